"""Who follows what in this process: one look at the database, of three statements or so, serves all subscribers.

A look compares the state of everything that is followed with what it was; so each subscriber hears of its own thing alone,
several changes between two looks are one, and nothing is lost where a signal was.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from server.db.repositories.states import Followed, State, list_states
from server.db.session import Database
from server.db.signals import Signals

log = structlog.get_logger("server.watches")

_LONGEST_SECONDS: Final = 5
"""A look is taken that often at least: a pooler in front of PostgreSQL may pass no notice on."""
_SHORTEST_SECONDS: Final = 0.05
_AGAIN_SECONDS: Final = 1
_GIVEN_UP_SECONDS: Final = 10
"""A look that a database does not answer for so long is begun anew, on another connection."""
_MOST_IDS: Final = 1000


class Watch:
    """One subscriber's hold on what it follows."""

    def __init__(self, followed: Followed, id_: str, state: State | None) -> None:
        """Begin with the state of now; None is a thing that is not there."""
        self.followed, self.id = followed, id_
        self.state = state
        self._changed = asyncio.Event()

    def compare(self, state: State | None) -> None:
        """Take in what a look has found."""
        if state != self.state:
            self.state = state
            self._changed.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a change since the last call, so long at most; tell whether there was one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        changed = self._changed.is_set()
        self._changed.clear()
        return changed

    def catch_up(self) -> None:
        """Take the changes until now as noticed: whoever reads the thing next reads them too."""
        self._changed.clear()


class Watches:
    """All watches of this process; looks are taken while there are any."""

    def __init__(self, database: Database, signals: Signals) -> None:
        """Take the database, and what says when to look."""
        self._database, self._signals = database, signals
        self._watches: set[Watch] = set()
        self._looking: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._watches)

    @asynccontextmanager
    async def follow(self, followed: Followed, id_: str) -> AsyncGenerator[Watch]:
        """Watch a thing, whether it is there or not; whatever is committed from now on is noticed."""
        watch = Watch(followed, id_, (await self._states(followed, [id_])).get(id_))
        self._watches.add(watch)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield watch
        finally:
            self._watches.discard(watch)
            if not self._watches:
                await self.close()

    async def close(self) -> None:
        """Look no more, and let go of what signals need."""
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            await self._signals.close()

    async def _look(self) -> None:
        while True:
            try:
                await self._signals.wait(_LONGEST_SECONDS)
                async with asyncio.timeout(_GIVEN_UP_SECONDS):
                    await self._compare()
            except Exception as error:  # noqa: BLE001  drivers raise what they like; the database will be back
                log.warning("changes not seen", error=type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)
            await asyncio.sleep(_SHORTEST_SECONDS)

    async def _compare(self) -> None:
        for followed in Followed:
            watches = [watch for watch in self._watches if watch.followed is followed]
            states = await self._states(followed, sorted({watch.id for watch in watches}))
            for watch in watches:
                watch.compare(states.get(watch.id))

    async def _states(self, followed: Followed, ids: list[str]) -> dict[str, State]:
        found: dict[str, State] = {}
        for start in range(0, len(ids), _MOST_IDS):
            async with self._database.reading() as session:
                found |= await list_states(session, followed, ids[start : start + _MOST_IDS])
        return found
