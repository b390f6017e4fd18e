"""Asked to stop, the server lets event streams end first: it waits for every answer, and these would go on."""

import asyncio
import signal
from collections.abc import Callable
from types import FrameType
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class EndsStreams:
    """Hears the signals that stop a server before uvicorn does, which has its handlers by the time of the lifespan."""

    def __init__(self, app: ASGIApp, end: Callable[[], None]) -> None:
        """Take the application, and what ends its streams."""
        self._app, self._end = app, end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""
        if scope["type"] == "lifespan":
            loop = asyncio.get_running_loop()
            for number in _SIGNALS:
                self._hear(number, loop)
        await self._app(scope, receive, send)

    def _hear(self, number: signal.Signals, loop: asyncio.AbstractEventLoop) -> None:
        before = signal.getsignal(number)

        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._end)
            if callable(before):
                before(number, frame)

        signal.signal(number, handle)
