"""GraphQL by WebSocket: the protocol `graphql-transport-ws`, and nothing older.

It is described at https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md

Who asks is said in the upgrade's Authorization header or in `connection_init`, and looked up anew for each operation, each event,
and now and then. No cookie is ever read here, so that a page of another origin has nobody's rights. But a gateway in front may read one,
and say in headers who that is: then the page must be of this origin, or of a listed one.

| closed with | because |
|---|---|
| 1009 | a message is larger than a request's body may be |
| 1013 | who would know who asks does not answer: try again soon |
| 4400 | a message is not of the protocol |
| 4401 | an operation before `connection_init` |
| 4403 | the token is unknown, expired or revoked, now or by now; a gateway says who asks, but a page of another origin sends it |
| 4406 | another subprotocol |
| 4408 | no `connection_init` in time |
| 4409 | an id that is taken |
| 4429 | a second `connection_init`, a flood of messages, too many sockets of one person |

Who does not read gets no code: the connection is cut (`cli/connections.py`), which a browser tells as 1006.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Final, Protocol, cast

import orjson
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.auth.authenticate import Authenticator
from server.auth.credentials import Credentials, ProviderAway, WrongToken
from server.auth.viewer import Viewer
from server.config import Settings
from server.domain.errors import RateLimited
from server.domain.measures import UNMEASURED, Measures
from server.http import running
from server.http.credentials import credentials_of, is_of_another_site
from server.http.documents import Documents
from server.http.places import Places
from server.http.requests import GraphQLRequest, RefusedRequest, checked_request
from server.http.running import EVERYTHING, Outcome, count_errors, refused, run_operation
from server.http.sending import Line, Outbox
from server.schema.masking import Schema

log = structlog.get_logger("server.sockets")

PROTOCOL: Final = "graphql-transport-ws"
_BEFORE_INIT_BYTES: Final = 16 * 1024
_LONGEST_ID: Final = 128
_BURST: Final = 500
_PER_SECOND: Final = 100
_FORBIDDEN: Final = (4403, "Forbidden")
_AWAY: Final = (1013, "Who asks cannot be looked up now: try again soon")


class Closed(Exception):
    """The socket is to be closed; the reason has 123 bytes at most."""

    def __init__(self, code: int, reason: str) -> None:
        """Say why."""
        super().__init__(reason)
        self.code, self.reason = code, reason


class Connection(running.Connection, Protocol):
    """Whoever asks, told by the header that they sent; may have lost their token since."""

    async def check(self) -> bool:
        """Look the sender up; tell whether somebody is signed in. Raises WrongToken."""
        ...

    async def wait(self) -> None:
        """Wait where many documents of the sender's were refused."""
        ...

    def said(self) -> dict[str, object]:
        """Return what logs say of its operation and its sender."""
        ...

    @property
    def is_refused(self) -> bool:
        """Whether the token was found to have ended."""
        ...


@dataclass(frozen=True, slots=True)
class SocketEndpoint:
    """Answers the upgrade of /graphql."""

    schema: Schema
    settings: Settings
    authenticator: Authenticator
    connect: Callable[[Credentials, WebSocket, Line, GraphQLRequest], Connection]
    places: Places
    documents: Documents
    outbox: Outbox
    measures: Measures = UNMEASURED

    async def serve(self, socket: WebSocket) -> None:
        """Talk until one side closes."""
        if PROTOCOL not in socket.scope["subprotocols"]:
            await socket.accept()
            await socket.close(4406, f"Subprotocol not acceptable: use {PROTOCOL}")
            return
        await socket.accept(PROTOCOL)
        try:
            await Session(self, socket).talk()
        except Closed as closed:
            await socket.close(closed.code, closed.reason)
        except WebSocketDisconnect:
            return


class Session:
    """One socket: its sender, its operations."""

    def __init__(self, endpoint: SocketEndpoint, socket: WebSocket) -> None:
        """Begin with nobody and nothing."""
        self._endpoint, self._socket = endpoint, socket
        self._credentials = credentials_of(socket)
        self._viewer: Viewer | None = None
        self._ids: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._flow = Flow(asyncio.get_running_loop().time)
        self._line = endpoint.outbox.line(None)
        self._one_at_a_time = asyncio.Lock()

    async def talk(self) -> None:
        """Take the init, then operations. Raises Closed, and WebSocketDisconnect when the client leaves."""
        settings = self._endpoint.settings
        try:
            async with asyncio.timeout(settings.live_init_seconds):
                user_id = await self._initiated()
        except TimeoutError as error:
            raise Closed(4408, "Connection initialisation timeout") from error
        try:
            with self._endpoint.places.taken(user_id):
                self._line = self._endpoint.outbox.line(user_id)
                await self._socket.send_text('{"type":"connection_ack"}')
                await self._serve(settings.live_check_seconds)
        except RefusedRequest as refusal:
            raise Closed(4429, refusal.message) from refusal

    async def _initiated(self) -> str | None:
        """Return who is signed in, None for nobody."""
        message = await self._receive(_BEFORE_INIT_BYTES)
        while message["type"] in {"ping", "pong"}:
            await self._pong(message)
            message = await self._receive(_BEFORE_INIT_BYTES)
        if message["type"] != "connection_init":
            raise Closed(4401, "Unauthorized")
        payload: object = message.get("payload") or {}
        if not isinstance(payload, dict):
            raise Closed(4400, "Invalid connection init payload")
        given = cast("dict[str, Any]", payload)
        header = given.get("Authorization", given.get("authorization"))
        if not isinstance(header, str | None):
            raise Closed(*_FORBIDDEN)
        self._credentials = self._credentials if header is None else replace(self._credentials, authorization=header)
        if self._is_borrowed():
            raise Closed(*_FORBIDDEN)
        viewer = await self._checked()
        self._credentials = self._credentials.settled(None if viewer is None else viewer.holder)
        return None if viewer is None else viewer.user_id

    def _is_borrowed(self) -> bool:
        """Tell whether headers alone say who asks, where a page of another site may have had them sent."""
        if self._credentials.authorization is not None:
            return False
        origins = self._endpoint.settings.gateway_page_origins
        return is_of_another_site(self._socket, origins) and self._endpoint.authenticator.is_named(self._credentials)

    async def _checked(self) -> Viewer | None:
        try:
            self._viewer = await self._endpoint.authenticator.by_credentials(self._credentials)
        except WrongToken as error:
            raise Closed(*_FORBIDDEN) from error
        except ProviderAway as error:
            raise Closed(*_AWAY) from error
        return self._viewer

    async def _serve(self, check_seconds: float) -> None:
        """Read and look the sender up until one of the two ends it; what runs ends with that."""
        both = {asyncio.create_task(self._read()), asyncio.create_task(self._check(check_seconds))}
        try:
            await asyncio.wait({*both, self._end}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*both, *self._tasks):
                task.cancel()
            ended = await asyncio.gather(*both, *self._tasks, return_exceptions=True)
        if self._end.done():
            raise Closed(*_FORBIDDEN)
        for result in ended:
            if isinstance(result, Exception):
                raise result

    async def _check(self, seconds: float) -> None:
        while True:
            now = self._endpoint.authenticator.clock()
            await asyncio.sleep(seconds if self._viewer is None else self._viewer.seconds_until_look(now, seconds))
            try:
                await self._checked()
            except (Closed, asyncio.CancelledError):
                raise
            except Exception as error:  # noqa: BLE001  drivers raise what they like; nothing can be read meanwhile either
                log.warning("sender not looked up", error=type(error).__name__)

    async def _read(self) -> None:
        while True:
            message = await self._receive(self._endpoint.settings.max_body_bytes)
            match message["type"]:
                case "ping" | "pong":
                    await self._pong(message)
                case "subscribe":
                    await self._subscribe(message)
                case "complete":
                    task = self._ids.pop(_id_of(message), None)
                    if task is not None:
                        task.cancel()
                case "connection_init":
                    raise Closed(4429, "Too many initialisation requests")
                case _:
                    raise Closed(4400, "Invalid message")

    async def _receive(self, limit_bytes: int) -> Mapping[str, Any]:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        if not self._flow.admits():
            raise Closed(4429, "Too many messages")
        text = message.get("text")
        if text is None:
            raise Closed(4400, "Invalid message: text is expected")
        if len(text.encode(errors="replace")) > limit_bytes:
            raise Closed(1009, f"At most {limit_bytes:,} bytes are accepted")
        try:
            read = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Closed(4400, "Invalid message: JSON is expected") from error
        if not isinstance(read, dict) or not isinstance(cast("dict[str, Any]", read).get("type"), str):
            raise Closed(4400, "Invalid message")
        return cast("dict[str, Any]", read)

    async def _pong(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "ping":
            await self._socket.send_text('{"type":"pong"}')

    async def _subscribe(self, message: Mapping[str, Any]) -> None:
        id_, settings = _id_of(message), self._endpoint.settings
        if id_ in self._ids:
            raise Closed(4409, f"Subscriber for {id_} already exists"[:123].encode(errors="replace")[:123].decode(errors="ignore"))
        if len(self._tasks) >= settings.max_live_operations:
            text = f"At most {settings.max_live_operations:,} operations may run on a socket: complete one first."
            await self._say(id_, refused(text, RateLimited.code, retryAfterSeconds=1))
            return
        try:
            request = checked_request(message.get("payload"), settings, self._endpoint.documents)
        except RefusedRequest as refusal:
            await self._say(id_, refused(refusal.message, refusal.code, **refusal.more))
            return
        task = asyncio.create_task(self._operate(id_, request))
        self._ids[id_] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _operate(self, id_: str, request: GraphQLRequest) -> None:
        connection, is_over = self._endpoint.connect(self._credentials, self._socket, self._line, request), False

        async def tell(outcome: Outcome) -> None:
            nonlocal is_over
            is_over = is_over or not outcome.executed
            if outcome.executed or not connection.is_refused:
                await self._say(id_, outcome)

        settings, began = self._endpoint.settings, perf_counter()
        try:
            await connection.check()
            await connection.wait()
            await run_operation(self._endpoint.schema, request, connection, tell, settings=settings, allowed=EVERYTHING)
            if not is_over:
                self._ids.pop(id_, None)
                await self._send({"id": id_, "type": "complete"})
        except (WrongToken, ProviderAway):
            self._end_once()
        except WebSocketDisconnect:
            return  # the reader hears of it too
        except Exception as error:  # noqa: BLE001  logged, and told by its id
            await tell(running.fault(error))
        finally:
            if settings.log_requests:
                log.info("operation", seconds=round(perf_counter() - began, 4), **connection.said())
        if connection.is_refused:  # it has ended meanwhile, by the operation itself perhaps, whose answer is out
            self._end_once()

    def _end_once(self) -> None:
        if not self._end.done():
            self._end.set_result(None)

    async def _say(self, id_: str, outcome: Outcome) -> None:
        """Send an outcome; after the last one, the id is free before the client can know."""
        count_errors(self._endpoint.measures, outcome)
        if outcome.executed:
            await self._send({"id": id_, "type": "next", "payload": orjson.Fragment(outcome.body)})
        else:
            self._ids.pop(id_, None)
            await self._send({"id": id_, "type": "error", "payload": outcome.errors})

    async def _send(self, message: Mapping[str, Any]) -> None:
        text = orjson.dumps(message)
        with self._line.holding(len(text)):
            async with self._one_at_a_time:
                await self._socket.send_text(text.decode())


class Flow:
    """Tells a flood of messages from much work: a burst is fine, and so many a second."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin with all of a burst."""
        self._clock, self._left, self._at = clock, float(_BURST), clock()

    def admits(self) -> bool:
        """Take one more message."""
        now = self._clock()
        self._left = min(_BURST, self._left + (now - self._at) * _PER_SECOND) - 1
        self._at = now
        return self._left >= 0


def _id_of(message: Mapping[str, Any]) -> str:
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= _LONGEST_ID:
        raise Closed(4400, "Invalid message: an id is expected")
    return id_
