"""SQLite as this server needs it: reads that never wait, one writer, and one hop to the connection's thread for each statement.

SQLite loses edits under SQLAlchemy's default transactions (200 told ok, 21 kept); with BEGIN IMMEDIATE for whatever writes it kept 200
of 200. aiosqlite hands each call to a thread, and SQLAlchemy makes four of them for a statement (cursor, execute, fetch, close) and two
around them: where a statement takes 50 µs, a hop costs as much. Here a statement with all its rows is one hop, and so is the end of a
transaction that began; the BEGIN of a read goes along with its first statement.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import aiosqlite
from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from typing_extensions import override

T = TypeVar("T")
_PATIENCE: Final = "busy_timeout=30000"
_PRAGMAS: Final = ("journal_mode=WAL", _PATIENCE, "synchronous=FULL", "foreign_keys=ON", "cache_size=-16384")
"""16 MiB of cache, taken as pages are read, hold the index of a list of 100,000: reading it takes a tenth less than with the usual 2."""
_OF_THE_DISK: Final = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN)
_CHUNK: Final = 64
"""aiosqlite asks for it; cursors here have all their rows at once."""


def sqlite_engine(url: URL, **given: Any) -> AsyncEngine:  # noqa: ANN401  what create_async_engine takes
    """Make an engine whose sessions read without waiting, and whose writers take the lock before they look."""
    arguments, options = url.get_dialect()().create_connect_args(url)

    async def connect() -> OneHopConnection:
        return await OneHopConnection.to(partial(sqlite3.connect, *arguments, **options))

    engine = create_async_engine(url, async_creator=connect, hide_parameters=True, **given)
    listen(engine.sync_engine, "connect", _prepare)
    listen(engine.sync_engine, "begin", _begin)
    listen(engine.sync_engine, "handle_error", _part_with_read_only)
    return engine


def is_refused_by_disk(error: BaseException | None) -> bool:
    """Tell whether SQLite could not read or write its files: full, read-only, broken, or not there."""
    return _kind_of(error) in _OF_THE_DISK


def write_beside(folder: Path) -> None:
    """Write a file that has no name, durably; raises OSError where the disk takes nothing."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"nbinsight")
        file.flush()
        os.fsync(file.fileno())


def was_in_haste(context: ExceptionContext) -> bool:
    """Tell whether the one writer was taken for somebody who would not wait for it, which is no failure but what they were ready for."""
    is_hasty = context.connection is not None and context.connection.get_execution_options().get("sqlite_hasty", False)
    return bool(is_hasty) and _kind_of(context.original_exception) == sqlite3.SQLITE_BUSY


class OneHopConnection(aiosqlite.Connection):
    """An aiosqlite connection that crosses to its thread once a statement."""

    _begin_with: str | None = None
    _may_be_open: bool = False

    @classmethod
    async def to(cls, connect: Callable[[], sqlite3.Connection]) -> "OneHopConnection":
        """Connect; the thread does not keep the process alive."""
        connection = cls(connect, _CHUNK)
        connection._thread.daemon = True  # pyright: ignore[reportPrivateUsage]  as SQLAlchemy does
        await connection
        return connection

    def begin_later(self, statement: str) -> None:
        """Begin a transaction along with the next statement."""
        self._begin_with = statement

    @override
    def cursor(self) -> Any:
        """Return a cursor, which costs nothing yet."""
        return OneHopCursor(self)

    @override
    async def commit(self) -> None:
        """End a transaction, if any began."""
        await self._end(self._conn.commit)

    @override
    async def rollback(self) -> None:
        """Undo a transaction, if any began."""
        await self._end(self._conn.rollback)

    async def _end(self, end: Callable[[], None]) -> None:
        self._begin_with = None
        if self._may_be_open:
            await self._cross(end)
            self._may_be_open = False

    async def run(self, deed: Callable[[sqlite3.Cursor], object]) -> tuple[Sequence[Any], sqlite3.Cursor]:
        """Run something with a cursor and fetch all that it gives, on the connection's thread."""
        begin, self._begin_with, self._may_be_open = self._begin_with, None, True
        return await self._cross(partial(_run, self._conn, begin, deed))

    async def _cross(self, deed: Callable[[], T]) -> T:
        done: T = await self._execute(deed)  # type: ignore[no-untyped-call]
        return done


def _run(
    connection: sqlite3.Connection, begin: str | None, deed: Callable[[sqlite3.Cursor], object]
) -> tuple[Sequence[Any], sqlite3.Cursor]:
    if begin is not None:
        connection.execute(begin)
    cursor = connection.cursor()
    deed(cursor)
    return (cursor.fetchall() if cursor.description else ()), cursor


class OneHopCursor:
    """What SQLAlchemy asks of an asynchronous cursor."""

    def __init__(self, connection: OneHopConnection) -> None:
        """Run nothing yet."""
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount, self.lastrowid, self.arraysize = -1, 0, 1

    async def __aenter__(self) -> Self:
        """Need nothing."""
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        """Run a statement and fetch its rows."""
        return await self._take(lambda cursor: cursor.execute(sql, tuple(parameters)))

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Run a statement once for each row of parameters."""
        return await self._take(lambda cursor: cursor.executemany(sql, [tuple(row) for row in parameters]))

    async def _take(self, deed: Callable[[sqlite3.Cursor], object]) -> Self:
        self._rows, cursor = await self._connection.run(deed)
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid or 0
        return self

    async def fetchall(self) -> Sequence[Any]:
        """Return the rows that came along."""
        return self._rows

    async def close(self) -> None:
        """Hold nothing."""


def _prepare(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    del entry
    connection.isolation_level = None  # pyright: ignore[reportAttributeAccessIssue]  only sqlite3 has it
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Take the write lock before the first read of a deed: else two deeds lose an update."""
    options = connection.get_execution_options()
    if options.get("sqlite_read", False):
        driver = connection.connection.driver_connection
        assert isinstance(driver, OneHopConnection)  # noqa: S101  sqlite_engine made it
        driver.begin_later("BEGIN")
    elif options.get("sqlite_hasty", False):
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA {_PATIENCE}")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _part_with_read_only(context: ExceptionContext) -> None:
    """Take a connection that cannot write for lost: opened while the file could not be written, it only reads for as long as it lives."""
    if _kind_of(context.original_exception) == sqlite3.SQLITE_READONLY:
        context.is_disconnect = True


def _kind_of(error: BaseException | None) -> int:
    """Return SQLite's code of an error without what it adds for some, 0 for errors of others."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
