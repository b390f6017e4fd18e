"""What is in a column of a SQLite file and cannot be: bytes in place of text, a word of no enumeration, a date that is none.

SQLite keeps whatever it is given, so whoever edits a file by hand may leave it there. PostgreSQL holds its columns to their types.
Values are never told, for some are secret.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import JSON, Boolean, DateTime, Enum, Integer, MetaData, String, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

from server.backup.manifest import BackupFailed
from server.db.columns import Digest, UtcTime
from server.db.copying import tables
from server.db.session import Database
from server.domain.counts import counted
from server.stores.digests import is_digest

_DIALECT: Final = sqlite.dialect()
_NO_TEXT: Final = object()
"""In place of text that is not UTF-8."""


class _Kind(NamedTuple):
    """What a column holds, and whether a value is that."""

    name: str
    fits: Callable[[object], bool]


async def list_misfits(database: Database) -> list[str]:
    """Return a line for each column that holds what it cannot; none for PostgreSQL. Raises what sqlite3 raises."""
    return await asyncio.to_thread(_look_through, _file_of(database), tables()) if database.is_sqlite else []


async def require_fitting(database: Database) -> None:
    """Raise BackupFailed where a column holds what it cannot, and what sqlite3 raises."""
    _refuse(await list_misfits(database))


async def require_fitting_once(database: Database) -> None:
    """Do the same for a SQLite file of another revision, as far as its own tables tell what a column holds."""
    there, known = MetaData(), {table.name for table in tables()}
    async with database.reading() as session:
        connection = await session.connection()
        await connection.run_sync(lambda sync: there.reflect(sync, only=lambda name, _: name in known))
    _refuse(await asyncio.to_thread(_look_through, _file_of(database), there.tables.values()))


def _refuse(misfits: list[str]) -> None:
    if misfits:
        more = f" (and {counted(len(misfits) - 1, 'more column')})" if len(misfits) > 1 else ""
        msg = f"Nothing was copied: {misfits[0]}{more}. Use the nbinsight that wrote it, or another backup."
        raise BackupFailed(msg)


def _file_of(database: Database) -> Path:
    return Path(database.engine.url.database or "")


def _look_through(file: Path, among: Iterable[Table]) -> list[str]:
    found = list[str]()
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.text_factory = _decoded
        for table in among:
            columns = [column for column in table.columns if column.name.isidentifier()]
            kinds, counts = [_kind_of(column.type) for column in columns], [0] * len(columns)
            names = ", ".join(f'"{column.name}"' for column in columns)
            for row in connection.execute(f'SELECT {names} FROM "{table.name}"'):  # noqa: S608  names of tables and columns
                for place, value in enumerate(row):
                    counts[place] += not (columns[place].nullable if value is None else kinds[place].fits(value))
            for column, kind, count in zip(columns, kinds, counts, strict=True):
                if count:
                    found.append(f"column {column.name} of table {table.name} holds in {counted(count, 'row')} what is no {kind.name}")
    return found


def _decoded(raw: bytes) -> object:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _NO_TEXT


def _kind_of(kind: TypeEngine[Any]) -> _Kind:
    if kind is Digest:
        return _Kind("digest of 64 hex digits", is_digest)
    match kind:
        case Enum():
            return _Kind("word that this nbinsight knows", partial(_is_among, frozenset(kind.enums)))
        case String():
            return _Kind("text", partial(_is_of, str))
        case Boolean():
            return _Kind("truth value", partial(_is_among, frozenset({0, 1})))
        case Integer():
            return _Kind("whole number", partial(_is_of, int))
        case DateTime() | UtcTime():
            return _Kind("time", _reading(kind, datetime))
        case JSON():
            return _Kind("JSON object", _reading(kind, dict))
        case _:
            return _Kind("value", partial(_is_of, object))


def _is_of(kind: type, value: object) -> bool:
    return isinstance(value, kind)


def _is_among(words: frozenset[object], value: object) -> bool:
    return value in words


def _reading(kind: TypeEngine[Any], into: type) -> Callable[[object], bool]:
    """Make the look at what is kept as text: can it be read as rows are, and be written."""
    read = kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)

    def fits(value: object) -> bool:
        try:
            found = read(value) if read and isinstance(value, str) else None
            orjson.dumps(found)
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            return False
        return isinstance(found, into)

    return fits
