"""Whose turn it is to have a child: who asked first, but what runs long leaves one child to the others.

| a rendering | has |
|---|---|
| new | the next child that is free |
| running for longer than `slow_seconds` | all children but one, together with others like it; one too many goes back while somebody waits |
| gone back | a turn of its own, to its end, once a child but the last is free |

So one author of notebooks that take for ever cannot keep everybody else waiting. What went back begins anew, and finds the cells that it
had drawn. With a single child there is nothing to leave.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Turn:
    """Leave to use one child; `called_back` is done when it must be given up."""

    called_back: asyncio.Future[None]
    number: int
    resumed: bool
    slow: bool


@dataclass(eq=False, frozen=True, slots=True)
class _Waiting:
    number: int
    turn: asyncio.Future[Turn]


class Turns:
    """As many turns at a time as there are children."""

    def __init__(self, workers: int, slow_seconds: float) -> None:
        """Give none yet."""
        self._workers, self._slow_seconds = workers, slow_seconds
        self._places_for_slow = max(1, workers - 1)
        self._new, self._gone_back = deque[_Waiting](), deque[_Waiting]()
        self._running = set[Turn]()
        self._count = 0

    @asynccontextmanager
    async def take(self, *, resumed: bool) -> AsyncGenerator[Turn]:
        """Wait for a turn and have it; `resumed` says that it was called back before."""
        loop = asyncio.get_running_loop()
        self._count += 1
        waiting = _Waiting(self._count, loop.create_future())
        queue = self._gone_back if resumed else self._new
        queue.append(waiting)
        self._give()
        try:
            turn = await waiting.turn
        except asyncio.CancelledError:
            if waiting in queue:
                queue.remove(waiting)
            elif not waiting.turn.cancelled():
                self._return(waiting.turn.result())
            raise
        growing_slow = loop.call_later(self._slow_seconds, self._becomes_slow, turn)
        try:
            yield turn
        finally:
            growing_slow.cancel()
            self._return(turn)

    def _return(self, turn: Turn) -> None:
        self._running.discard(turn)
        self._give()

    def _give(self) -> None:
        """Give free children to those who wait longest."""
        while len(self._running) < self._workers:
            queues = [self._new] if self._new else []
            if self._gone_back and len(self._slow()) < self._places_for_slow:
                queues.append(self._gone_back)
            if not queues:
                break
            queue = min(queues, key=lambda queue: queue[0].number)
            waiting = queue.popleft()
            if waiting.turn.cancelled():  # it left, and has not run since to take itself out
                continue
            resumed = queue is self._gone_back
            turn = Turn(asyncio.get_running_loop().create_future(), waiting.number, resumed, slow=resumed)
            self._running.add(turn)
            waiting.turn.set_result(turn)
        self._call_back()

    def _becomes_slow(self, turn: Turn) -> None:
        turn.slow = True
        self._call_back()

    def _call_back(self) -> None:
        """Have the slow one that began last go back, where slow ones leave no child to those who wait."""
        slow = self._slow()
        if self._new and len(slow) > self._places_for_slow and not any(turn.called_back.done() for turn in slow):
            last = max((turn for turn in slow if not turn.resumed), key=lambda turn: turn.number)
            last.called_back.set_result(None)

    def _slow(self) -> list[Turn]:
        return [turn for turn in self._running if turn.slow]
