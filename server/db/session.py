"""Engine and sessions: short reads on any connection, one writer per deed."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from server.db.addresses import address_of, shown_address, sqlite_file
from server.db.changes import Changes, PostgresqlChanges, SqliteChanges
from server.db.commits import as_domain_errors, before_commit, commit
from server.db.failures import tell_failures
from server.db.postgresql import NO_HURRY, Connections, limit_waiting, postgresql_engine
from server.db.sqlite import sqlite_engine, write_beside
from server.db.tracing import trace_statements
from server.domain.measures import UNMEASURED, Measures
from server.domain.traces import UNTRACED, Traces

_WRITES_HERE: Final[ContextVar["Database | None"]] = ContextVar("nbinsight_writes_here", default=None)
_USUAL: Final = Connections()
_GOODBYE_SECONDS: Final = 5
_LOGGED: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


class Database:
    """Hands out sessions; SQLite is put into WAL mode so that reads never wait."""

    def __init__(
        self,
        database_url: str,
        connections: Connections = _USUAL,
        *,
        log_sql: bool = False,
        measures: Measures = UNMEASURED,
        traces: Traces = UNTRACED,
    ) -> None:
        """Connect lazily; raises ValueError for an address that cannot be used."""
        url = address_of(database_url)
        self.address, self._connections = shown_address(url), connections
        self.is_sqlite = url.drivername.startswith("sqlite")
        file = sqlite_file(url)
        self._folder = None if file is None else file.parent
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.engine: AsyncEngine = sqlite_engine(url, **connections.pool) if self.is_sqlite else postgresql_engine(url, connections)
        self.changes: Changes = SqliteChanges(Path(url.database or "")) if self.is_sqlite else PostgresqlChanges(self.engine)
        self._reads = async_sessionmaker(self.engine.execution_options(sqlite_read=True), expire_on_commit=False)
        self._deeds = async_sessionmaker(self.engine, expire_on_commit=False)
        self._notes = async_sessionmaker(self.engine.execution_options(sqlite_hasty=True), expire_on_commit=False)
        # SQLite has one writer anyway: waiting here is fair and holds no connection, its busy handler polls and starves
        self._turn = asyncio.Lock() if self.is_sqlite else None
        self._measures = measures
        tell_failures(self.engine.sync_engine, measures)
        if traces.is_on:
            trace_statements(self.engine.sync_engine, traces)
        if log_sql:
            listen(self.engine.sync_engine, "before_cursor_execute", _log_statement)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """Open a short session; loaders run side by side, so they never share one. Raises RateLimited where all connections are taken."""
        with as_domain_errors(self._measures):
            async with self._reads() as session:
                yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[AsyncSession]:
        """Open a session that sees one moment for as long as it takes; nobody waits for it, and it cannot write."""
        async with self._reads() as session:
            if not self.is_sqlite:
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
            await self.take_time(session)
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncSession]:
        """Open a transaction: commits on leaving, rolls back on any error.

        Raises RateLimited where connections or rows are taken for too long, `NothingCommitted` where the connection was lost and nothing
        can have been committed, `CommitUnknown` where that cannot be told.
        """
        with as_domain_errors(self._measures):
            async with self._turn or nullcontext(), self._deeds() as session:
                mine = _WRITES_HERE.set(self)
                try:
                    with before_commit():
                        if self.is_pooled:
                            await limit_waiting(session, self._connections)
                        yield session
                        await session.flush()
                finally:
                    _WRITES_HERE.reset(mine)
                await commit(session, None if self.is_sqlite else self.engine)

    async def take_time(self, session: AsyncSession) -> None:
        """Let a transaction be as slow as it is, between statements too: a copy of everything."""
        if not self.is_sqlite:
            await session.execute(text(NO_HURRY))

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
    def is_pooled(self) -> bool:
        """Whether a pooler stands before PostgreSQL, so that a connection is one's own for a transaction only."""
        return self._connections.pooler and not self.is_sqlite

    @property
    def is_writing_here(self) -> bool:
        """Whether this is asked from within a deed, which would wait for itself if it opened another one."""
        return _WRITES_HERE.get() is self

    async def check(self) -> None:
        """Run the smallest statement; raises what the driver raises."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def check_disk(self) -> None:
        """See that SQLite's disk takes something; raises OSError. PostgreSQL looks after its own."""
        if self._folder is not None:
            await asyncio.to_thread(write_beside, self._folder)

    async def close(self) -> None:
        """Let go of every connection; those whose other side does not say goodbye in time are left to the end of the process."""
        self.changes.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self.engine.dispose()


def _log_statement(connection: Connection, cursor: object, statement: str, *rest: object) -> None:
    """Write one line a statement, without its values."""
    del connection, cursor, rest
    if statement.lstrip().upper().startswith(_LOGGED):
        sys.stderr.write(f"sql: {' '.join(statement.split())}\n")
