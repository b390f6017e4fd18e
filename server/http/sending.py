"""Answers on their way out: how much may lie in this process that nobody has taken yet. One rule for sockets, streams and plain answers.

| whose answers | at most | above it |
|---|---|---|
| all together | `max_unsent_bytes` | |
| of one person; all that are not signed in count as one | a quarter of it | nothing more of theirs is worked out until some was taken |
| of one connection | an eighth of it | |

Answers that are being worked out by then may come on top. What is set aside for events that are worked out holds up events alone: where
many follow the same thing, everybody's requests would wait at each of its changes. Who takes nothing at all for a while loses the
connection, and with it what lay there: that is for the server, which alone can cut it (`cli/connections.py`).
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from server.domain.measures import UNMEASURED, UNSENT_BYTES, Measures

PIECE_BYTES: Final = 64 * 1024
"""So much of an answer is handed over at a time: what lies in the server's own buffers is no more than that."""
_OF_A_CALLER: Final = 4
_OF_A_LINE: Final = 8


class Outbox:
    """Counts the bytes of answers that were made and not taken, together and by caller."""

    def __init__(self, most_bytes: int, event_bytes: int, measures: Measures = UNMEASURED) -> None:
        """Take the bound, and what an event may have, which is set aside before it is worked out."""
        self._measures = measures
        self.most_bytes, self.event_bytes = most_bytes, event_bytes
        self.unsent = 0
        self.unsent_by = Counter[str | None]()
        self._set_aside = 0
        self._set_aside_by = Counter[str | None]()
        self._freed = asyncio.Event()

    def line(self, caller: str | None) -> "Line":
        """Open the books of a connection: for a user's id, None for somebody who is not signed in."""
        return Line(self, caller)

    def add(self, caller: str | None, size: int) -> None:
        """Count bytes, or with a negative size count them no more."""
        self.unsent += size
        self._measures.add(UNSENT_BYTES, by=size)
        _add(self.unsent_by, caller, size)
        self._wake(size)

    def set_aside(self, caller: str | None, size: int) -> None:
        """Count bytes that an event may come to, or with a negative size count them no more."""
        self._set_aside += size
        _add(self._set_aside_by, caller, size)
        self._wake(size)

    def is_full(self, caller: str | None) -> bool:
        """Whether no more answers of a caller's are to be worked out now."""
        return self.unsent_by[caller] >= self.most_bytes // _OF_A_CALLER or self.unsent >= self.most_bytes

    def is_full_for_events(self, caller: str | None) -> bool:
        """Whether no more events are, for which there is less room: beside what lies there, others may be coming."""
        of_caller = self.unsent_by[caller] + self._set_aside_by[caller]
        return of_caller >= self.most_bytes // _OF_A_CALLER or self.unsent + self._set_aside >= self.most_bytes

    def _wake(self, size: int) -> None:
        if size < 0:
            self._freed.set()
            self._freed = asyncio.Event()

    async def freed(self) -> None:
        """Wait until something was taken."""
        await self._freed.wait()


class Line:
    """One connection: what lies there that its client has not taken. Fits `context.Line`."""

    def __init__(self, outbox: Outbox, caller: str | None) -> None:
        """Owe nothing yet."""
        self._outbox, self._caller = outbox, caller
        self._unsent = 0
        self._one_event = asyncio.Lock()

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be worked out for it now."""
        return self._unsent >= self._outbox.most_bytes // _OF_A_LINE or self._outbox.is_full(self._caller)

    async def room(self) -> None:
        """Wait for as long as it is full."""
        while self.is_full:
            await self._outbox.freed()

    @asynccontextmanager
    async def event(self) -> AsyncGenerator[None]:
        """Work out one event and have it taken, when there is room; many subscriptions may hear of the same change at once."""
        async with self._one_event:
            while self.is_full or self._outbox.is_full_for_events(self._caller):
                await self._outbox.freed()
            size = self._outbox.event_bytes
            self._outbox.set_aside(self._caller, size)
            try:
                yield
            finally:
                self._outbox.set_aside(self._caller, -size)

    @contextmanager
    def holding(self, size: int) -> Generator[None]:
        """Count an answer until the block ends, when it was taken or nobody is there to take it."""
        self._unsent += size
        self._outbox.add(self._caller, size)
        try:
            yield
        finally:
            self._unsent -= size
            self._outbox.add(self._caller, -size)


def _add(counted: Counter[str | None], caller: str | None, size: int) -> None:
    counted[caller] += size
    if not counted[caller]:
        del counted[caller]


async def send_in_pieces(send: Send, body: bytes, *, more: bool = False) -> None:
    """Hand over a body piece by piece, each when the one before it was taken; with `more`, it goes on afterwards."""
    for start in range(0, max(1, len(body)), PIECE_BYTES):
        end = start + PIECE_BYTES
        await send({"type": "http.response.body", "body": body[start:end], "more_body": more or end < len(body)})


class Counted(Response):
    """A response that counts as unsent until it was taken."""

    def __init__(self, response: Response, line: Line) -> None:
        """Take what is to be sent, and the books."""
        self._line = line
        super().__init__(bytes(response.body), response.status_code)
        self.raw_headers = response.raw_headers

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        body = bytes(self.body)
        with self._line.holding(len(body)):
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send_in_pieces(send, body)
