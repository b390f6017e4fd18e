"""Tells when something may have been committed, by whatever process.

| database | how | what it costs |
|---|---|---|
| SQLite | the file's own counter (`db/changes.py`), looked at ten times a second | 10 µs each |
| PostgreSQL | LISTEN on a connection of its own; each deed's transaction ends in a notice | one statement a deed |
| PostgreSQL behind a pooler | the snapshot (`db/changes.py`), looked at twice a second, as nobody can listen | a round trip each |

A signal says no more than "look again": whoever waits finds out what has changed, so that a lost one costs time, not truth.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final, Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from server.db.changes import Changes
from server.db.commits import TRANSACTION
from server.db.postgresql import require_answer
from server.db.session import Database

_CHANNEL: Final = "nbinsight_changes"
_SIGNAL: Final = text("SELECT CAST(pg_current_xact_id() AS text) FROM pg_notify('nbinsight_changes', '')")
_POLL_SECONDS: Final = 0.1
_POLL_BY_NETWORK_SECONDS: Final = 0.5


class Signals(Protocol):
    """Where to wait for a commit."""

    async def wait(self, seconds: float) -> None:
        """Return when something may have been committed since the last call, at the latest after so long."""
        ...

    async def close(self) -> None:
        """Let go of what waiting needs."""
        ...


class PolledSignals:
    """Looks at a state that every commit changes."""

    def __init__(self, changes: Changes, every_seconds: float = _POLL_SECONDS) -> None:
        """Know no state yet: the first wait returns at once."""
        self._changes, self._every_seconds = changes, every_seconds
        self._seen: str | None = None

    async def wait(self, seconds: float) -> None:
        """Compare the state, again and again."""
        for _ in range(max(1, int(seconds / self._every_seconds))):
            state = await self._changes.state()
            if state is not None and state != self._seen:
                self._seen = state
                return
            await asyncio.sleep(self._every_seconds)

    async def close(self) -> None:
        """Have nothing of one's own."""


class NotifiedSignals:
    """Listens on a connection that it takes when first asked, and again when that is lost."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Take the engine that the connection comes from."""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._heard = asyncio.Event()
        self._is_lost = False

    async def wait(self, seconds: float) -> None:
        """Wait for a notice; to have listened anew counts as one, for what was missed. Raises what the driver raises."""
        if self._connection is None or self._is_lost:
            await self.close()
            self._connection = await self._listen()
            return
        try:
            async with asyncio.timeout(seconds):
                await self._heard.wait()
        except TimeoutError:
            await self._require_connection()
        self._heard.clear()

    async def close(self) -> None:
        """Close the connection itself: one that listens is not for others."""
        connection, self._connection, self._is_lost = self._connection, None, False
        if connection is not None:
            with suppress(SQLAlchemyError, OSError):  # a connection that was lost is gone already
                await connection.invalidate()
                await connection.close()

    async def _require_connection(self) -> None:
        """See that nothing was heard because nothing was said. Raises what the driver raises, and then the connection is lost."""
        try:
            await require_answer(self._driver)
        except BaseException:
            self._is_lost = True
            raise

    async def _listen(self) -> AsyncConnection:
        connection = await self._engine.connect()
        try:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            self._driver = driver
            driver.add_termination_listener(self._lose)
            await driver.add_listener(_CHANNEL, self._hear)
        except BaseException:
            await connection.close()
            raise
        return connection

    def _hear(self, *notice: object) -> None:
        del notice
        self._heard.set()

    def _lose(self, driver: object) -> None:
        del driver
        self._is_lost = True
        self._heard.set()


def signals_of(database: Database) -> Signals:
    """Choose by the kind of database."""
    if database.is_sqlite:
        return PolledSignals(database.changes)
    return PolledSignals(database.changes, _POLL_BY_NETWORK_SECONDS) if database.is_pooled else NotifiedSignals(database.engine)


async def announce(session: AsyncSession) -> None:
    """Let the transaction, when it commits, signal, and ask for its number; SQLite needs neither."""
    if session.get_bind().dialect.name == "postgresql":
        session.info[TRANSACTION] = await session.scalar(_SIGNAL)
