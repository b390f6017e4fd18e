"""Foreign identities and the groups that come with them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import ForeignIdentityRow, GroupMemberRow, GroupRow, UserRow


async def find_user(session: AsyncSession, issuer: str, subject: str) -> UserRow | None:
    """Find whom an identity was bound to."""
    bound = select(ForeignIdentityRow.user_id).where(ForeignIdentityRow.issuer == issuer, ForeignIdentityRow.subject == subject)
    return await session.scalar(select(UserRow).where(UserRow.id == bound.scalar_subquery()))


async def list_group_names(session: AsyncSession, user_id: str, source: str) -> frozenset[str]:
    """Return the names of a user's groups that come from one source."""
    mine = select(GroupMemberRow.group_id).where(GroupMemberRow.user_id == user_id)
    return frozenset(await session.scalars(select(GroupRow.name).where(GroupRow.source == source, GroupRow.id.in_(mine))))


async def list_groups(session: AsyncSession, names: Collection[str]) -> dict[str, GroupRow]:
    """Map names to the groups that have them."""
    return {row.name: row for row in await session.scalars(select(GroupRow).where(GroupRow.name.in_(names)))}


async def bind(session: AsyncSession, issuer: str, subject: str, user_id: str, now: datetime) -> None:
    """Bind an identity to a user; the database refuses one that is bound."""
    session.add(ForeignIdentityRow(issuer=issuer, subject=subject, user_id=user_id, created_at=now))
    await session.flush()


async def replace_groups(session: AsyncSession, user_id: str, source: str, group_ids: Collection[str]) -> None:
    """Put a user into exactly these groups of a source; groups of others stay."""
    of_source = select(GroupRow.id).where(GroupRow.source == source)
    await session.execute(delete(GroupMemberRow).where(GroupMemberRow.user_id == user_id, GroupMemberRow.group_id.in_(of_source)))
    session.add_all(GroupMemberRow(group_id=group_id, user_id=user_id) for group_id in group_ids)
    await session.flush()
