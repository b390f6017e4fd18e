"""All rows of one database into another, of whatever kind: batches in the order of foreign keys, ids and times as they are.

Renderings stay behind: their bytes can be made again, and are on first use.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Table, func, insert, inspect, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import Model, RenderingRow

_BATCH: Final = 500
_KEPT_BACK: Final = frozenset({RenderingRow.__tablename__})

_REVISION: Final = "alembic_version"

Told = Callable[[int], None]
"""Hears how many rows were done since it was told last."""


class Content(NamedTuple):
    """What a table holds: how many rows, and a sum over them that does not depend on their order."""

    rows: int
    fingerprint: str


def tables() -> list[Table]:
    """Return what is copied, those that are referred to first."""
    return [table for table in Model.metadata.sorted_tables if table.name not in _KEPT_BACK]


async def count_rows(session: AsyncSession) -> int:
    """Count the rows of all tables that are copied; raises what the driver raises where there are none."""
    return sum((await count_each(session)).values())


async def count_each(session: AsyncSession) -> dict[str, int]:
    """Count the rows of each table that is copied; raises what the driver raises where it is not there."""
    return {table.name: await session.scalar(select(func.count()).select_from(table)) or 0 for table in tables()}


async def list_tables(session: AsyncSession) -> set[str]:
    """Name the tables that are there, ours and others, but for what migrations note."""
    connection = await session.connection()
    names = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    return names - {_REVISION}


async def copy_rows(source: AsyncSession, target: AsyncSession, told: Told = lambda _: None) -> None:
    """Copy everything that one transaction sees into another, which is empty; whoever calls commits."""
    for table in tables():
        async for rows in _batches(source, table):
            await target.execute(insert(table), [dict(row) for row in rows])
            told(len(rows))
        await _go_on_counting(target, table)


async def contents(session: AsyncSession) -> dict[str, Content]:
    """Return what each table holds, alike on either kind of database."""
    found = dict[str, Content]()
    for table in tables():
        count = total = 0
        async for rows in _batches(session, table):
            count += len(rows)
            total += sum(int.from_bytes(sha256(_written(row)).digest()) for row in rows)
        found[table.name] = Content(count, f"{total % 2**256:064x}")
    return found


async def _batches(session: AsyncSession, table: Table) -> AsyncGenerator[list[Mapping[str, Any]]]:
    key = list(table.primary_key.columns)
    last: tuple[Any, ...] | None = None
    while True:
        asked = select(table).order_by(*key).limit(_BATCH)
        if last is not None:
            asked = asked.where(tuple_(*key) > tuple_(*last))
        rows: list[Mapping[str, Any]] = [dict(row) for row in (await session.execute(asked)).mappings()]
        if not rows:
            return
        yield rows
        last = tuple(rows[-1][column.name] for column in key)


async def _go_on_counting(session: AsyncSession, table: Table) -> None:
    """Let PostgreSQL's sequence of a numbered table go on after the numbers that were copied; SQLite looks by itself."""
    column = table.autoincrement_column
    if column is None or session.get_bind().dialect.name != "postgresql":
        return
    most = await session.scalar(select(func.max(column)))
    if most is not None:
        sequence = f"{table.name}_{column.name}_seq"
        await session.execute(text("SELECT setval(CAST(:sequence AS regclass), :most)"), {"sequence": sequence, "most": most})


def _written(row: Mapping[str, Any]) -> bytes:
    return orjson.dumps(dict(row), option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
