"""Change what a user is called and may do on the whole instance, and whether they may sign in."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.context import Context
from server.db.models import UserRow
from server.db.repositories import identities
from server.domain.grants import GlobalPermission
from server.domain.names import check_name
from server.resolvers.accounts import get_user, keep_administrator, set_active


@dataclass(frozen=True, slots=True)
class UpdateUser:
    """What to change; None leaves it as it is."""

    login: str
    display_name: str | None = None
    global_permissions: Sequence[GlobalPermission] | None = None
    active: bool | None = None


async def update_user(context: Context, given: UpdateUser) -> UserRow:
    """Change what is given; it holds from the next request on. What they own stays theirs."""
    context.authorize(Action.UPDATE_USER, Subject())
    await identities.lock_people(context.session)
    user = await get_user(context, given.login, ["input", "login"])
    if given.display_name is not None:
        user.display_name = check_name(given.display_name, ["input", "display_name"])
    if given.global_permissions is not None:
        await identities.replace_global_grants(context.session, user, given.global_permissions)
    if given.active is not None:
        await set_active(context, user, active=given.active)
    await keep_administrator(context, ["input", "active" if given.active is False else "global_permissions"])
    context.subject = Subject(id=user.id)
    return user
