"""GraphQL over server-sent events, "distinct connections": one request, one operation, its outcomes as events.

A comment goes out at the beginning and whenever nothing else has for a while: proxies keep what speaks. Each outcome is worked out
when the one before it has been taken off our hands.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from server.http.answers import accepted
from server.http.running import Outcome, Tell, fault
from server.http.sending import Line, send_in_pieces

EVENT_STREAM: Final = "text/event-stream"
_QUIET_SECONDS: Final = 12
_COMMENT: Final = b":\n\n"
_COMPLETE: Final = b"event: complete\ndata:\n\n"

Run = Callable[[Tell], Awaitable[None]]
"""Runs the operation, telling its outcomes."""


class ClientLeft(Exception):
    """What was to be said nobody is there to take."""


class Wish(Enum):
    """What a client thinks of event streams."""

    NO = auto()
    FOR_SUBSCRIPTIONS = auto()
    ALWAYS = auto()


def wish_of(accept: str) -> Wish:
    """Read an Accept header: clients that send one for all operations name the stream after JSON."""
    weights = [(name, weight) for name, weight in accepted(accept) if weight > 0]
    streams = [weight for name, weight in weights if name in {EVENT_STREAM, "text/*"}]
    if not streams:
        return Wish.NO
    first, _ = max(weights, key=lambda entry: entry[1])
    return Wish.ALWAYS if first in {EVENT_STREAM, "text/*"} else Wish.FOR_SUBSCRIPTIONS


@dataclass(slots=True)
class _Writer:
    """One writer at a time; remembers whether anything was said."""

    send: Send
    line: Line
    lock: asyncio.Lock
    spoke: bool = False

    async def say(self, chunk: bytes, *, more: bool = True) -> None:
        with self.line.holding(len(chunk)):
            async with self.lock:
                try:
                    await send_in_pieces(self.send, chunk, more=more)
                except OSError as error:
                    raise ClientLeft from error
                self.spoke = True


class EventStream(Response):
    """The answer that goes on: ends with the operation, when the client is gone, or when the server stops."""

    def __init__(
        self, run: Run, line: Line, *, leave: Callable[[], None], closing: asyncio.Event, quiet_seconds: float = _QUIET_SECONDS
    ) -> None:
        """Take what runs the operation, the books of its bytes, what is to be done at the end, and what says that the server stops."""
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no", "x-content-type-options": "nosniff"})
        self.headers["content-type"] = f"{EVENT_STREAM}; charset=utf-8"
        self.headers["vary"] = "accept"
        del self.headers["content-length"]
        self._run, self._line = run, line
        self._leave, self._closing, self._quiet_seconds = leave, closing, quiet_seconds

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the outcomes, beside a look at whether the client is still there."""
        try:
            with suppress(ClientLeft):
                await self._send_all(receive, send)
        finally:
            self._leave()

    async def _send_all(self, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        writer = _Writer(send, self._line, asyncio.Lock())
        await writer.say(_COMMENT)
        work = asyncio.create_task(self._work(writer))
        others: set[asyncio.Task[Any]] = {
            asyncio.create_task(wait) for wait in (_gone(receive), _comment(writer, self._quiet_seconds), self._closing.wait())
        }
        try:
            await asyncio.wait({work, *others}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, *others):
                task.cancel()
            ended: list[object] = await asyncio.gather(work, *others, return_exceptions=True)
        for result in ended:
            if isinstance(result, Exception) and not isinstance(result, ClientLeft):
                raise result
        if self._closing.is_set():  # without `complete`: clients come back
            await writer.say(b"", more=False)

    async def _work(self, writer: _Writer) -> None:
        async def tell(outcome: Outcome) -> None:
            await writer.say(b"event: next\ndata: " + outcome.body + b"\n\n")

        try:
            await self._run(tell)
        except ClientLeft:
            raise
        except Exception as error:  # noqa: BLE001  logged, and told by its id or as what is away
            await tell(fault(error))
        await writer.say(_COMPLETE)
        await writer.say(b"", more=False)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _comment(writer: _Writer, quiet_seconds: float) -> None:
    while True:
        writer.spoke = False
        await asyncio.sleep(quiet_seconds)
        if not writer.spoke:
            await writer.say(_COMMENT)
