"""Answers of deeds that carried a key."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import IdempotencyKeyRow


async def find_answer(session: AsyncSession, user_id: str, mutation: str, key: str) -> IdempotencyKeyRow | None:
    """Find what the same user's earlier call with the key answered."""
    return await session.scalar(
        select(IdempotencyKeyRow).where(
            IdempotencyKeyRow.user_id == user_id, IdempotencyKeyRow.mutation == mutation, IdempotencyKeyRow.key == key
        )
    )
