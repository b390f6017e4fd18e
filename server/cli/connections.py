"""uvicorn's connections, which wait for clients without end, with a limit: who takes nothing of what lies there is cut off.

One place for HTTP, event streams, WebSockets and content alike. Nothing can be said first: what would say it lies behind what is not taken.
The client's end sees a reset; a WebSocket in a browser reports 1006.
"""

import asyncio
from functools import partial
from typing import Any, Final, cast

import structlog
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

log = structlog.get_logger("server.connections")

PROGRESS_BYTES: Final = 64 * 1024
"""Who takes less than that in the time, and not all there is, takes nothing."""


class Stall:
    """Looks at a transport for as long as something lies there."""

    def __init__(self, seconds: float) -> None:
        """Take the time."""
        self._seconds, self._left = seconds, 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, transport: asyncio.WriteTransport) -> None:
        """Something lies there from now on."""
        self.end()
        self._left = transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._look, transport)

    def end(self) -> None:
        """Nothing does any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self, transport: asyncio.WriteTransport) -> None:
        left = transport.get_write_buffer_size()
        if left and left > self._left - PROGRESS_BYTES:
            log.info("connection cut: nothing was taken", unsent_bytes=left, seconds=self._seconds)
            transport.abort()
        elif left:
            self.begin(transport)


class Watched:
    """What both kinds of connection do: look for as long as something lies there that the client does not take."""

    transport: Any

    def __init__(self, *args: Any, send_seconds: float, **kwargs: Any) -> None:  # noqa: ANN401  uvicorn's
        """Take the time beside what uvicorn gives."""
        super().__init__(*args, **kwargs)
        self._stall = Stall(send_seconds)

    def pause_writing(self) -> None:
        """Begin to look."""
        cast("Any", super()).pause_writing()
        self._stall.begin(self.transport)

    def resume_writing(self) -> None:
        """Look no more."""
        self._stall.end()
        cast("Any", super()).resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._stall.end()
        cast("Any", super()).connection_lost(exc)


class HttpConnection(Watched, HttpToolsProtocol):
    """Requests and their answers."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Hear of all that is not taken at once, be it ever so small."""
        transport.set_write_buffer_limits(high=0)
        super().connection_made(transport)


class SocketConnection(Watched, WebSocketsSansIOProtocol):
    """WebSockets; its limits on buffers are those that the request had, which became one."""

    @override
    async def send(self, message: Any) -> None:
        """Return when the message was taken; uvicorn would when the next one is to be sent."""
        await super().send(message)
        await self.writable.wait()


def protocols(send_seconds: float) -> dict[str, Any]:
    """Return what uvicorn's Config takes as `http` and `ws`; workers get it too, so it can be pickled."""
    return {
        "http": cast("Any", partial(HttpConnection, send_seconds=send_seconds)),
        "ws": cast("Any", partial(SocketConnection, send_seconds=send_seconds)),
    }
