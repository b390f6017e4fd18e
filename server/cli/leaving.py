"""Asked to stop, the server says so, lets event streams end, then takes no more connections and finishes what runs.

| signal | what happens |
|---|---|
| the first SIGTERM or SIGINT | `/readyz` says so, streams end, connections close behind answers; after `stop_delay_seconds` uvicorn ends |
| the second | what runs is given up |

A worker leaves SIGINT to its parent: a terminal sends it to both, and the parent's word would be the second.
"""

import asyncio
import multiprocessing
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class EndsStreams:
    """Hears the signals that stop a server before uvicorn does, which has its handlers by the time of the lifespan."""

    def __init__(self, app: ASGIApp, end: Callable[[], None], *, delay_seconds: float) -> None:
        """Take the application, what ends its streams, and how long it goes on serving then."""
        self._app, self._end, self._delay_seconds = app, end, delay_seconds
        self._heard = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through."""
        if scope["type"] == "lifespan":
            loop = asyncio.get_running_loop()
            for number in _SIGNALS:
                self._hear(number, loop)
        await self._app(scope, receive, send)

    def _hear(self, number: signal.Signals, loop: asyncio.AbstractEventLoop) -> None:
        stop: Any = signal.getsignal(number)
        if number is signal.SIGINT and multiprocessing.parent_process() is not None:
            signal.signal(number, signal.SIG_IGN)
            return

        def handle(number: int, frame: FrameType | None) -> None:
            self._heard += 1
            if not callable(stop):
                return
            if self._heard == 1:
                loop.call_soon_threadsafe(self._begin_to_end, loop, lambda: stop(number, frame))
            else:  # uvicorn gives up what runs when it was asked before and SIGINT comes
                stop(signal.SIGTERM, frame)
                stop(signal.SIGINT, frame)

        signal.signal(number, handle)

    def _begin_to_end(self, loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
        self._end()
        loop.call_later(self._delay_seconds, stop)
