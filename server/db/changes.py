"""Tells whether anything in a database has changed: what was decided from it holds while nothing has.

| database | its state | costs |
|---|---|---|
| SQLite | `PRAGMA data_version` of a connection that never writes: another number after each commit of any process | 10 µs, no thread |
| PostgreSQL | the snapshot: another one after each transaction that wrote, in any database of the server | one round trip |
"""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from server.db.commits import as_domain_errors


class Changes(Protocol):
    """Where a state is asked for; two that are equal have the same rows between them, None equals nothing."""

    async def state(self) -> str | None:
        """Return the state of now, read after the call began."""
        ...

    def close(self) -> None:
        """Let go of what asking needs."""
        ...


class SqliteChanges:
    """Asks the file's own counter, on the event loop: readers of a WAL wait for nobody."""

    def __init__(self, path: Path) -> None:
        """Open the file when first asked."""
        self._path = path
        self._connection: sqlite3.Connection | None = None

    async def state(self) -> str | None:
        """Return the counter; None while the file is not there or locked."""
        try:
            if self._connection is None:
                address = f"{self._path.resolve().as_uri()}?mode=rw"
                self._connection = sqlite3.connect(address, uri=True, timeout=0, check_same_thread=False)
            [[version]] = self._connection.execute("PRAGMA data_version").fetchall()  # all: the statement, so its read, ends here
        except sqlite3.Error:
            return None
        return str(version)

    def close(self) -> None:
        """Close the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


class PostgresqlChanges:
    """Asks for the snapshot that a statement begun now would see."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Take the engine whose connections are asked."""
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def state(self) -> str | None:
        """Return the snapshot as text; raises RateLimited where all connections are taken."""
        with as_domain_errors():
            async with self._engine.connect() as connection:
                return str(await connection.scalar(text("SELECT pg_current_snapshot()")))

    def close(self) -> None:
        """Have nothing of one's own."""
