"""Accounts: found by login, switched on and off; an instance is never left without somebody who may repair it."""

from collections.abc import Sequence

from server.context import Context
from server.db.models import UserRow
from server.db.repositories import identities
from server.domain.errors import InvalidInput, NotFound
from server.domain.names import is_login


async def find_user(context: Context, login: str) -> UserRow | None:
    """Find a user by what may be a login, or None."""
    return await identities.find_user(context.session, login) if is_login(login) else None


async def get_user(context: Context, login: str, field: Sequence[str]) -> UserRow:
    """Get a user by their login, or raise NotFound."""
    user = await find_user(context, login)
    if user is None:
        raise NotFound(field, what="user")
    return user


async def set_active(context: Context, user: UserRow, *, active: bool) -> None:
    """Let somebody in or keep them out. Either ends every token for good: one made while they were being kept out must not come alive."""
    if user.active is not active:
        user.active = active
        await identities.end_tokens(context.session, user.id, context.now())


async def keep_administrator(context: Context, field: Sequence[str]) -> None:
    """Raise InvalidInput if what was done leaves no active ADMINISTRATOR; for deeds that hold `identities.lock_people`."""
    await context.flush()
    if not await identities.administrator_exists(context.session):
        msg = "Nobody active would be ADMINISTRATOR any more, by themselves or by a group: make somebody else one first."
        raise InvalidInput(msg, field)
