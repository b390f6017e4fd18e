"""Engine and sessions: short reads on any connection, one writer per deed."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from server.db.changes import Changes, PostgresqlChanges, SqliteChanges
from server.db.postgresql import postgresql_engine
from server.db.sqlite import sqlite_engine

_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_WRITES_HERE: Final[ContextVar["Database | None"]] = ContextVar("nbinsight_writes_here", default=None)
_LOGGED: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


def address_of(database_url: str) -> URL:
    """Return SQLAlchemy's address of `sqlite:///FILE` or `postgresql://…`; raises ValueError for anything else."""
    url = make_url(database_url)
    if url.drivername not in _DRIVERS:
        msg = f"{url.drivername} is not a database nbinsight knows: use sqlite:///FILE or postgresql://USER@HOST/NAME."
        raise ValueError(msg)
    return url.set(drivername=_DRIVERS[url.drivername])


class Database:
    """Hands out sessions; SQLite is put into WAL mode so that reads never wait."""

    def __init__(self, database_url: str, *, log_sql: bool = False) -> None:
        """Connect lazily."""
        url = address_of(database_url)
        self.is_sqlite = url.drivername.startswith("sqlite")
        if self.is_sqlite and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # whoever was used last knows pages and plans: on SQLite, a total took each connection twice as long the first time
        pool = {"pool_size": 10, "max_overflow": 20, "pool_use_lifo": True}
        self.engine: AsyncEngine = (sqlite_engine if self.is_sqlite else postgresql_engine)(url, **pool)
        self.changes: Changes = SqliteChanges(Path(url.database or "")) if self.is_sqlite else PostgresqlChanges(self.engine)
        self._reads = async_sessionmaker(self.engine.execution_options(sqlite_read=True), expire_on_commit=False)
        self._deeds = async_sessionmaker(self.engine, expire_on_commit=False)
        self._notes = async_sessionmaker(self.engine.execution_options(sqlite_hasty=True), expire_on_commit=False)
        # SQLite has one writer anyway: waiting here is fair and holds no connection, its busy handler polls and starves
        self._turn = asyncio.Lock() if self.is_sqlite else None
        if log_sql:
            listen(self.engine.sync_engine, "before_cursor_execute", _log_statement)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """Open a short session; loaders run side by side, so they never share one."""
        async with self._reads() as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncSession]:
        """Open a transaction: commits on leaving, rolls back on any error."""
        async with self._turn or nullcontext(), self._deeds() as session, session.begin():
            mine = _WRITES_HERE.set(self)
            try:
                yield session
            finally:
                _WRITES_HERE.reset(mine)

    @asynccontextmanager
    async def noting(self) -> AsyncGenerator[AsyncSession]:
        """Open a transaction for what is not worth waiting for; raises SQLAlchemy's OperationalError where SQLite's one writer is taken."""
        async with self._turn or nullcontext(), self._notes() as session, session.begin():
            yield session

    @property
    def is_writing(self) -> bool:
        """Whether somebody in this process holds SQLite's one writer; PostgreSQL has as many as are asked for."""
        return self._turn is not None and self._turn.locked()

    @property
    def is_writing_here(self) -> bool:
        """Whether this is asked from within a deed, which would wait for itself if it opened another one."""
        return _WRITES_HERE.get() is self

    async def check(self) -> None:
        """Run the smallest statement; raises what the driver raises."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Let go of every connection."""
        self.changes.close()
        await self.engine.dispose()


def _log_statement(connection: Connection, cursor: object, statement: str, *rest: object) -> None:
    """Write one line a statement, without its values."""
    del connection, cursor, rest
    if statement.lstrip().upper().startswith(_LOGGED):
        sys.stderr.write(f"sql: {' '.join(statement.split())}\n")
