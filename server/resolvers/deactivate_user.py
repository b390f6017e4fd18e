"""Keep a user out from the next request on, and hand over what they own."""

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.context import Context
from server.db.models import UserRow
from server.db.repositories import identities
from server.db.repositories.nodes import lock
from server.domain.errors import InvalidInput
from server.resolvers.accounts import get_user, keep_administrator, set_active
from server.resolvers.owning import hand_over_all


async def deactivate_user(context: Context, login: str, transfer_to: str | None) -> UserRow:
    """Deactivate, and give all they own to somebody else if one is named; else it stays in their name.

    Owning something never stops it: whoever must be kept out must be kept out now. Done again, it hands over what is still theirs.
    """
    context.authorize(Action.DEACTIVATE_USER, Subject())
    await identities.lock_people(context.session)
    user = await get_user(context, login, ["input", "login"])
    await lock(context.session, user)  # against a transfer of something to them
    heir = None if transfer_to is None else await _heir(context, user, transfer_to)
    await set_active(context, user, active=False)
    await keep_administrator(context, ["input", "login"])
    if heir is not None:
        await hand_over_all(context, user, heir, ["input", "transfer_to"])
    context.subject = Subject(id=user.id)
    return user


async def _heir(context: Context, user: UserRow, login: str) -> UserRow:
    field = ["input", "transfer_to"]
    heir = await get_user(context, login, field)
    if heir.id == user.id or not heir.active:
        msg = "Name another user, who is active."
        raise InvalidInput(msg, field)
    return heir
