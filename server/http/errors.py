"""The last net: whatever nobody foresaw leaves as an id, and is logged once."""

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.domain.errors import Unavailable
from server.domain.measures import ERRORS, UNMEASURED, Measures
from server.http.headers import UNSNIFFED
from server.schema.masking import Told, note_fault


class MaskFaults:
    """Answers 500 for an error that reached the edge, 503 for a database that is away; a body that has begun is cut off instead."""

    def __init__(self, app: ASGIApp, measures: Measures = UNMEASURED) -> None:
        """Wrap an application."""
        self._app, self._measures = app, measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            told = note_fault(error, method=scope["method"])
            self._measures.add(ERRORS, told.extensions["code"])
            if begun:
                raise
            await _answer(told)(scope, receive, send)


def _answer(told: Told) -> Response:
    content = {"errors": [{"message": told.message, "extensions": told.extensions}]}
    if told.extensions["code"] != Unavailable.code:
        return Response(orjson.dumps(content), status_code=500, media_type="application/json", headers=UNSNIFFED)
    headers = {**UNSNIFFED, "retry-after": str(Unavailable.retry_after_seconds)}
    return Response(orjson.dumps(content), status_code=503, media_type="application/json", headers=headers)
