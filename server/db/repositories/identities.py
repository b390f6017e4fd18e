"""Users, groups, tokens and grants."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, String, delete, literal, or_, select, type_coerce, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import (
    AccessTokenRow,
    DashboardRow,
    GlobalGrantRow,
    GroupMemberRow,
    GroupRow,
    InsightRow,
    ProjectGrantRow,
    ProjectRow,
    UserRow,
)
from server.db.repositories.paging import Order
from server.domain.grants import GlobalPermission, ProjectPermission
from server.domain.names import fold

USERS_BY_AGE = Order(UserRow.id)
GROUPS_BY_AGE = Order(GroupRow.id)

_LOGIN: Final = "login"
"""Stands where the id of a project stands otherwise; no id is like it."""
_AT_ONCE: Final = 1000
"""A statement takes some 32,000 values at most."""
USE_IS_FRESH_FOR: Final = timedelta(minutes=1)
"""How far `last_used_at` may lag: a token in use costs one write a minute, not one a request."""


@dataclass(frozen=True, slots=True)
class Rights:
    """An active user, and what they were granted, directly, through groups and as an owner; nothing expanded yet."""

    login: str
    everywhere: frozenset[GlobalPermission]
    on_projects: dict[str, frozenset[ProjectPermission]]


async def find_live_token(
    session: AsyncSession, *, now: datetime, digest: str | None = None, token_id: str | None = None
) -> AccessTokenRow | None:
    """Find a token that still works, by its digest or its id; whether its user is active is not looked at."""
    named = AccessTokenRow.digest == digest if digest is not None else AccessTokenRow.id == token_id
    return await session.scalar(select(AccessTokenRow).where(named, AccessTokenRow.revoked_at.is_(None), _not_expired(now)))


def _not_expired(now: datetime) -> ColumnElement[bool]:
    return or_(AccessTokenRow.expires_at.is_(None), AccessTokenRow.expires_at > now)


async def touch_token(session: AsyncSession, token_id: str, now: datetime) -> None:
    """Note that a token was used; not where somebody else is changing its row, which PostgreSQL would wait for."""
    free = select(AccessTokenRow.id).where(AccessTokenRow.id == token_id).with_for_update(skip_locked=True)
    await session.execute(update(AccessTokenRow).where(AccessTokenRow.id.in_(free)).values(last_used_at=now))


async def get_rights(session: AsyncSession, user_id: str) -> Rights | None:
    """Read everything a user was granted, in one statement; None for nobody and for who is not active."""
    mine = select(GroupMemberRow.group_id).where(GroupMemberRow.user_id == user_id)
    rows = await session.execute(
        union_all(
            select(literal(_LOGIN, String), type_coerce(UserRow.login, String)).where(UserRow.id == user_id, UserRow.active),
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
    login: str | None = None
    everywhere: set[GlobalPermission] = set()
    on_projects: dict[str, set[ProjectPermission]] = {}
    for project_id, name in rows:
        if project_id == _LOGIN:
            login = name
        elif not project_id:
            everywhere.add(GlobalPermission[name])
        else:
            on_projects.setdefault(project_id, set()).add(ProjectPermission[name])
    return None if login is None else Rights(login, frozenset(everywhere), {key: frozenset(held) for key, held in on_projects.items()})


async def find_user(session: AsyncSession, login: str) -> UserRow | None:
    """Find a user by login."""
    return await session.scalar(select(UserRow).where(UserRow.login == login))


async def find_twin(session: AsyncSession, login: str) -> UserRow | None:
    """Find a user whose login differs in case at most; one, if there are several from before that was refused."""
    return await session.scalar(select(UserRow).where(or_(UserRow.login_folded == fold(login), UserRow.login == login)))


async def find_group(session: AsyncSession, name: str) -> GroupRow | None:
    """Find a group by name."""
    return await session.scalar(select(GroupRow).where(GroupRow.name == name))


async def administrator_exists(session: AsyncSession) -> bool:
    """Tell whether an active user holds ADMINISTRATOR, directly or through a group."""
    grants = GlobalGrantRow.permission == GlobalPermission.ADMINISTRATOR
    directly = select(GlobalGrantRow.user_id).where(grants)
    by_group = select(GroupMemberRow.user_id).join(GlobalGrantRow, GlobalGrantRow.group_id == GroupMemberRow.group_id).where(grants)
    query = select(UserRow.id).where(UserRow.active, UserRow.id.in_(directly) | UserRow.id.in_(by_group))
    return await session.scalar(query.limit(1)) is not None


async def list_tokens(session: AsyncSession, user_ids: Collection[str], now: datetime) -> dict[str, list[AccessTokenRow]]:
    """Map users to their tokens that are neither revoked nor expired, oldest first."""
    query = select(AccessTokenRow).where(AccessTokenRow.user_id.in_(user_ids), AccessTokenRow.revoked_at.is_(None), _not_expired(now))
    found: dict[str, list[AccessTokenRow]] = {}
    for row in await session.scalars(query.order_by(AccessTokenRow.id)):
        found.setdefault(row.user_id, []).append(row)
    return found


def users(visible: ColumnElement[bool]) -> Select[UserRow]:
    """Select the visible users."""
    return select(UserRow).where(visible)


def groups(visible: ColumnElement[bool]) -> Select[GroupRow]:
    """Select the visible groups."""
    return select(GroupRow).where(visible)


def members_of(group_id: str, visible: ColumnElement[bool]) -> Select[UserRow]:
    """Select the visible users in a group."""
    return select(UserRow).join(GroupMemberRow, GroupMemberRow.user_id == UserRow.id).where(GroupMemberRow.group_id == group_id, visible)


async def list_global_grants(session: AsyncSession, principal_ids: Collection[str]) -> dict[str, set[GlobalPermission]]:
    """Map users and groups to the global permissions that they were given themselves."""
    query = select(GlobalGrantRow).where(or_(GlobalGrantRow.user_id.in_(principal_ids), GlobalGrantRow.group_id.in_(principal_ids)))
    found: dict[str, set[GlobalPermission]] = {}
    for row in await session.scalars(query):
        found.setdefault(row.user_id or row.group_id or "", set()).add(row.permission)
    return found


async def list_project_grants(session: AsyncSession, project_id: str) -> list[ProjectGrantRow]:
    """List what was granted on a project."""
    query = select(ProjectGrantRow).where(ProjectGrantRow.project_id == project_id).order_by(ProjectGrantRow.id)
    return list(await session.scalars(query))


async def replace_project_grant(
    session: AsyncSession, project_id: str, principal: UserRow | GroupRow, permissions: Sequence[ProjectPermission]
) -> None:
    """Grant exactly these permissions to a principal."""
    keys = _keys_of(principal)
    await session.execute(delete(ProjectGrantRow).where(ProjectGrantRow.project_id == project_id).filter_by(**keys))
    session.add_all(ProjectGrantRow(project_id=project_id, permission=permission, **keys) for permission in permissions)
    await session.flush()


def _keys_of(principal: UserRow | GroupRow) -> dict[str, str]:
    return {"user_id": principal.id} if isinstance(principal, UserRow) else {"group_id": principal.id}


async def lock_people(session: AsyncSession) -> None:
    """Let no other deed change who holds what until this one ends: two administrators could remove each other at the same moment.

    The oldest user's row stands for all, as no user is ever deleted; SQLite has one writer anyway. NO KEY: see `nodes.lock`.
    """
    await session.execute(select(UserRow.id).order_by(UserRow.id).limit(1).with_for_update(key_share=True))


async def list_users_by_login(session: AsyncSession, logins: Collection[str], visible: ColumnElement[bool]) -> dict[str, UserRow]:
    """Map logins to the visible users who have them."""
    rows = await session.scalars(select(UserRow).where(UserRow.login.in_(logins), visible))
    return {row.login: row for row in rows}


async def find_user_ids(session: AsyncSession, logins: Collection[str]) -> dict[str, str]:
    """Map logins to the ids of the users who have them, however many there are."""
    wanted, found = sorted(logins), dict[str, str]()
    for start in range(0, len(wanted), _AT_ONCE):
        rows = await session.execute(select(UserRow.login, UserRow.id).where(UserRow.login.in_(wanted[start : start + _AT_ONCE])))
        found |= {row.login: row.id for row in rows}
    return found


async def replace_members(session: AsyncSession, group_id: str, user_ids: Collection[str]) -> None:
    """Put exactly these users into a group."""
    await session.execute(delete(GroupMemberRow).where(GroupMemberRow.group_id == group_id))
    session.add_all(GroupMemberRow(group_id=group_id, user_id=user_id) for user_id in user_ids)
    await session.flush()


async def replace_global_grants(session: AsyncSession, principal: UserRow | GroupRow, permissions: Collection[GlobalPermission]) -> None:
    """Grant exactly these global permissions to a principal."""
    keys = _keys_of(principal)
    await session.execute(delete(GlobalGrantRow).filter_by(**keys))
    session.add_all(GlobalGrantRow(permission=permission, **keys) for permission in dict.fromkeys(permissions))
    await session.flush()


async def end_tokens(session: AsyncSession, user_id: str, now: datetime) -> None:
    """Revoke all tokens of a user that are not revoked yet."""
    await session.execute(
        update(AccessTokenRow).where(AccessTokenRow.user_id == user_id, AccessTokenRow.revoked_at.is_(None)).values(revoked_at=now)
    )


async def list_owned(session: AsyncSession, user_id: str) -> list[InsightRow | DashboardRow | ProjectRow]:
    """List what somebody owns, locked in the order in which others lock: kind by kind, each by its ids."""
    found: list[InsightRow | DashboardRow | ProjectRow] = []
    for kind in (InsightRow, DashboardRow, ProjectRow):
        found += await session.scalars(select(kind).where(kind.owner_id == user_id).order_by(kind.id).with_for_update(key_share=True))
    return found


async def list_principals(session: AsyncSession, ids: Collection[str]) -> dict[str, UserRow | GroupRow]:
    """Map ids to users and groups."""
    users = await session.scalars(select(UserRow).where(UserRow.id.in_(ids)))
    groups = await session.scalars(select(GroupRow).where(GroupRow.id.in_(ids)))
    return {row.id: row for row in [*users, *groups]}
