"""Which blobs the rows name, and the guard between those who begin to name one and whoever removes what nothing names."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select, text, union, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from server.db.models import ExportRow, NotebookRow, RenderingRow

Naming = tuple[type[NotebookRow | ExportRow | RenderingRow], ...]
SOURCES: Final[Naming] = (NotebookRow, ExportRow)
"""Tables whose blobs are worth keeping."""
RENDERINGS: Final[Naming] = (RenderingRow,)
"""The table whose blobs can be made again."""
NAMING: Final[tuple[InstrumentedAttribute[str], ...]] = tuple(table.digest for table in SOURCES + RENDERINGS)
"""Every column that names a blob; the other digests in the tables are of tokens, inputs and keys."""

_CLASS: Final = 0x626C6F62
"""Tells our advisory locks from those of others."""
_HOLD: Final = text("SELECT pg_advisory_xact_lock_shared(:class, :key)")
_TAKE: Final = text(
    "SELECT digest FROM unnest(CAST(:digests AS text[]), CAST(:keys AS int[])) AS wanted(digest, key) "
    "WHERE pg_try_advisory_xact_lock(:class, key)"
)


async def hold(session: AsyncSession, digest: str) -> None:
    """Keep a blob from being taken until the transaction ends: to be called before a row that names it is written.

    On SQLite the transaction does so by itself: there is one writer.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_HOLD, {"class": _CLASS, "key": _key(digest)})


async def take_unnamed(session: AsyncSession, digests: Collection[str], renderings_since: datetime) -> set[str]:
    """Return those of the blobs that no row names, and that none can begin to name before the transaction ends.

    What somebody holds is left out and not waited for. It is one statement that looks for names: an export takes its digest over from
    its notebook, which may take another one at once, and of two statements each could look where the name is not.
    """
    free = set(digests)
    if session.get_bind().dialect.name == "postgresql":
        wanted = {"digests": list(digests), "keys": [_key(digest) for digest in digests], "class": _CLASS}
        free = set(await session.scalars(_TAKE, wanted))
    return free - await list_named(session, renderings_since, free)


async def list_named(session: AsyncSession, renderings_since: datetime, among: Collection[str]) -> set[str]:
    """Return those of the digests that a row names; renderings made before a time do not count."""
    queries: list[Select[Any]] = []
    for column in NAMING:
        query = select(column.label("digest")).where(column.in_(among))
        queries.append(query.where(RenderingRow.created_at >= renderings_since) if column.class_ is RenderingRow else query)
    return set(await session.scalars(select(union_all(*queries).subquery().c.digest).distinct()))


async def count_digests(session: AsyncSession, tables: Naming) -> int:
    """Count the blobs that rows of these tables name, each once."""
    every = union_all(*(select(table.digest) for table in tables)).subquery()
    return await session.scalar(select(func.count(every.c.digest.distinct()))) or 0


async def list_digests(session: AsyncSession, tables: Naming, after: str, limit: int) -> list[str]:
    """Return so many digests that rows of these tables name, in the database's order, each once: those that come next after one."""
    pages = [select(table.digest).distinct().where(table.digest > after).order_by(table.digest).limit(limit) for table in tables]
    every = union(*(select(page.subquery().c.digest) for page in pages)).subquery()
    return list(await session.scalars(select(every.c.digest).order_by(every.c.digest).limit(limit)))


async def list_sizes(session: AsyncSession, tables: Naming, among: Collection[str]) -> dict[str, set[int]]:
    """Return those of the digests that rows of these tables name, with what each row says of its size in bytes."""
    found = dict[str, set[int]]()
    for table in tables:
        for row in await session.execute(select(table.digest, table.byte_size).where(table.digest.in_(among)).distinct()):
            found.setdefault(row.digest, set()).add(row.byte_size)
    return found


def _key(digest: str) -> int:
    """Make a digest fit an advisory lock; two that share one wait for each other, and no more."""
    return int.from_bytes(bytes.fromhex(digest[:8]), signed=True)
