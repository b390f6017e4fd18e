"""Users, groups, tokens and grants."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, String, delete, exists, literal, or_, select, type_coerce, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import AccessTokenRow, GlobalGrantRow, GroupMemberRow, GroupRow, ProjectGrantRow, ProjectRow, UserRow
from server.domain.grants import GlobalPermission, ProjectPermission

USE_IS_FRESH_FOR: Final = timedelta(minutes=1)
"""How far `last_used_at` may lag: a token in use costs one write a minute, not one a request."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user was granted, directly, through groups and as an owner; nothing expanded yet."""

    everywhere: frozenset[GlobalPermission]
    on_projects: dict[str, frozenset[ProjectPermission]]


async def find_live_token(
    session: AsyncSession, *, now: datetime, digest: str | None = None, token_id: str | None = None
) -> tuple[AccessTokenRow, UserRow] | None:
    """Find a token that still works and its active user, by the token's digest or its id."""
    named = AccessTokenRow.digest == digest if digest is not None else AccessTokenRow.id == token_id
    rows = await session.execute(
        select(AccessTokenRow, UserRow)
        .join(UserRow, UserRow.id == AccessTokenRow.user_id)
        .where(named, AccessTokenRow.revoked_at.is_(None), _not_expired(now), UserRow.active)
    )
    found = rows.one_or_none()
    return None if found is None else (found[0], found[1])


def _not_expired(now: datetime) -> ColumnElement[bool]:
    return or_(AccessTokenRow.expires_at.is_(None), AccessTokenRow.expires_at > now)


async def touch_token(session: AsyncSession, token_id: str, now: datetime) -> None:
    """Note that a token was used."""
    await session.execute(update(AccessTokenRow).where(AccessTokenRow.id == token_id).values(last_used_at=now))


async def get_rights(session: AsyncSession, user_id: str) -> Rights:
    """Read everything a user was granted, in one statement."""
    mine = select(GroupMemberRow.group_id).where(GroupMemberRow.user_id == user_id)
    rows = await session.execute(
        union_all(
            select(literal("", String), type_coerce(GlobalGrantRow.permission, String)).where(
                or_(GlobalGrantRow.user_id == user_id, GlobalGrantRow.group_id.in_(mine))
            ),
            select(type_coerce(ProjectGrantRow.project_id, String), type_coerce(ProjectGrantRow.permission, String)).where(
                or_(ProjectGrantRow.user_id == user_id, ProjectGrantRow.group_id.in_(mine))
            ),
            select(type_coerce(ProjectRow.id, String), literal(ProjectPermission.ADMIN.value, String)).where(
                ProjectRow.owner_id == user_id
            ),
        )
    )
    everywhere: set[GlobalPermission] = set()
    on_projects: dict[str, set[ProjectPermission]] = {}
    for project_id, name in rows:
        if not project_id:
            everywhere.add(GlobalPermission[name])
        else:
            on_projects.setdefault(project_id, set()).add(ProjectPermission[name])
    return Rights(frozenset(everywhere), {key: frozenset(held) for key, held in on_projects.items()})


async def find_user(session: AsyncSession, login: str) -> UserRow | None:
    """Find a user by login."""
    return await session.scalar(select(UserRow).where(UserRow.login == login))


async def find_group(session: AsyncSession, name: str) -> GroupRow | None:
    """Find a group by name."""
    return await session.scalar(select(GroupRow).where(GroupRow.name == name))


async def administrator_exists(session: AsyncSession) -> bool:
    """Tell whether an active user holds ADMINISTRATOR, directly or through a group."""
    member = exists(select(1).where(GroupMemberRow.group_id == GlobalGrantRow.group_id, GroupMemberRow.user_id == UserRow.id))
    held = exists(
        select(1).where(GlobalGrantRow.permission == GlobalPermission.ADMINISTRATOR, or_(GlobalGrantRow.user_id == UserRow.id, member))
    )
    return await session.scalar(select(UserRow.id).where(UserRow.active, held).limit(1)) is not None


async def list_tokens(session: AsyncSession, user_id: str, now: datetime) -> list[AccessTokenRow]:
    """List a user's tokens that still work, oldest first."""
    query = select(AccessTokenRow).where(AccessTokenRow.user_id == user_id, AccessTokenRow.revoked_at.is_(None), _not_expired(now))
    return list(await session.scalars(query.order_by(AccessTokenRow.id)))


async def list_members(session: AsyncSession, group_ids: Collection[str]) -> list[tuple[str, UserRow]]:
    """List (group id, user) of groups, by login."""
    rows = await session.execute(
        select(GroupMemberRow.group_id, UserRow)
        .join(UserRow, UserRow.id == GroupMemberRow.user_id)
        .where(GroupMemberRow.group_id.in_(group_ids))
        .order_by(UserRow.login)
    )
    return [(group_id, user) for group_id, user in rows]


async def list_project_grants(session: AsyncSession, project_id: str) -> list[ProjectGrantRow]:
    """List what was granted on a project."""
    query = select(ProjectGrantRow).where(ProjectGrantRow.project_id == project_id).order_by(ProjectGrantRow.id)
    return list(await session.scalars(query))


async def replace_project_grant(
    session: AsyncSession, project_id: str, principal: UserRow | GroupRow, permissions: Sequence[ProjectPermission]
) -> None:
    """Grant exactly these permissions to a principal."""
    keys = {"user_id": principal.id} if isinstance(principal, UserRow) else {"group_id": principal.id}
    await session.execute(delete(ProjectGrantRow).where(ProjectGrantRow.project_id == project_id).filter_by(**keys))
    session.add_all(ProjectGrantRow(project_id=project_id, permission=permission, **keys) for permission in permissions)
    await session.flush()


async def list_principals(session: AsyncSession, ids: Collection[str]) -> dict[str, UserRow | GroupRow]:
    """Map ids to users and groups."""
    users = await session.scalars(select(UserRow).where(UserRow.id.in_(ids)))
    groups = await session.scalars(select(GroupRow).where(GroupRow.id.in_(ids)))
    return {row.id: row for row in [*users, *groups]}
