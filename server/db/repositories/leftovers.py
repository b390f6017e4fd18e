"""Rows that are of no use after a time: what they hold can be made again, or nobody will ask for it."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import IdempotencyKeyRow, RenderingRow

Leftover = type[RenderingRow] | type[IdempotencyKeyRow]

_BATCH: Final = 1000
"""Rows that are deleted in one transaction: as long others wait who write to SQLite."""


async def count_older(session: AsyncSession, table: Leftover, before: datetime) -> int:
    """Count the rows made before a time."""
    return await session.scalar(select(func.count()).select_from(table).where(table.created_at < before)) or 0


async def delete_older(session: AsyncSession, table: Leftover, before: datetime) -> int:
    """Delete some of the rows made before a time; return how many, 0 where none is left."""
    key = tuple_(*table.__mapper__.primary_key)
    some = select(*table.__mapper__.primary_key).where(table.created_at < before).limit(_BATCH)
    result: Any = await session.execute(delete(table).where(key.in_(some)).execution_options(synchronize_session=False))
    return int(result.rowcount)
