"""One line a request in the log, and an id that the request, all its lines and its answer share.

| a line has | which is |
|---|---|
| `request_id` | the proxy's `X-Request-ID`, if it is one that is trusted; else made here |
| `route`, `method`, `status`, `seconds` | the path's first word: addresses of content are secrets. No status: the client left |
| `operation`, `kind`, `outcome` | what the client called its operation, and how that ended |
| `user` | the id of whoever signed in |

No text of a document, no variable, no notebook and no token is in it. WebSockets have a line when they end, and one for each operation.
Answers of content addresses do not have the id: those that lead nowhere are alike to the last byte.
"""

import asyncio
import re
import secrets
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Final

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.context import Told
from server.domain.measures import ANSWERS, UNMEASURED, Measures
from server.domain.traces import UNTRACED, Traces
from server.http.credentials import comes_by_proxy

log = structlog.get_logger("server.requests")

HEADER: Final = "x-request-id"
_TRACE: Final = "traceparent"
_SANE: Final = re.compile("[A-Za-z0-9._=+/-]{1,128}")
_CONTENT: Final = "content"
_QUIET: Final = frozenset({"static", "healthz", "readyz", "metrics"})
"""Nothing is logged of what goes well here: whoever looks after a server asks every few seconds."""
_ROUTES: Final = _QUIET | {"graphql", _CONTENT}
_WELL: Final = 400
_LAST: Final = ((b"connection", b"close"),)
_LONGEST_NAME: Final = 80
_NOTE: Final = "nbinsight.note"

Note = Callable[[], Mapping[str, object]]
"""Tells at the end of a request what there is to say of it."""


class TellsRequests:
    """Gives each request its id, logs its end and counts its answer."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        is_logged: bool,
        closing: asyncio.Event,
        root_path: str = "",
        measures: Measures = UNMEASURED,
        traces: Traces = UNTRACED,
    ) -> None:
        """Wrap an application; once `closing` is set, connections end behind their next answer."""
        self._app, self._is_logged, self._root_path, self._measures = app, is_logged, root_path, measures
        self._closing, self._traces = closing, traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with the id as one more header of the answer."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id, began = _id_of(HTTPConnection(scope)), perf_counter()
        route = _route_of(scope, self._root_path)
        shown = () if route == _CONTENT else ((HEADER.encode(), request_id.encode()),)
        scope = {**scope, _NOTE: list[Note]()}
        status: int | None = None

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                last = _LAST if self._closing.is_set() else ()
                message["headers"] = [*message.get("headers", ()), *shown, *last]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id), self._traces.asked_by(_trace_of(HTTPConnection(scope))):
            try:
                await self._app(scope, receive, answer)
            finally:
                self._tell(scope, route, status, perf_counter() - began)

    def _tell(self, scope: Scope, route: str, status: int | None, seconds: float) -> None:
        if scope["type"] == "http":
            self._measures.add(ANSWERS, route, "none" if status is None else str(status))
        if not self._is_logged or (route in _QUIET and status is not None and status < _WELL):
            return
        said: dict[str, object] = {} if scope["type"] == "websocket" else {"method": scope["method"], "status": status}
        for note in scope[_NOTE]:
            said |= note()
        log.info(scope["type"].replace("http", "request"), route=route, seconds=round(seconds, 4), **said)


def remember(connection: HTTPConnection, note: Note) -> None:
    """Have something said at the end of a request; nothing happens where nobody listens."""
    connection.scope.get(_NOTE, []).append(note)


def said_of(told: Told | None, user_id: str | None) -> dict[str, object]:
    """Return what lines say of an operation and its sender."""
    said: dict[str, object] = {} if user_id is None else {"user": user_id}
    if told is not None:
        said |= {"operation": (told.name or told.label)[:_LONGEST_NAME], "kind": told.kind, "outcome": told.outcome}
    return said


def _id_of(connection: HTTPConnection) -> str:
    given = connection.headers.get(HEADER)
    return given if given is not None and comes_by_proxy(connection) and _SANE.fullmatch(given) else secrets.token_hex(8)


def _trace_of(connection: HTTPConnection) -> str | None:
    """Return the trace that a proxy says this is part of."""
    given: str | None = connection.headers.get(_TRACE)
    return given if comes_by_proxy(connection) else None


def _route_of(scope: Scope, root_path: str) -> str:
    path: str = scope["path"].removeprefix(root_path)
    word = path.strip("/").partition("/")[0]
    return word if word in _ROUTES else "other"
