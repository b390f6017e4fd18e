"""Create a group, or change the one of that name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.context import Context
from server.db.models import GroupRow
from server.db.repositories import identities
from server.domain.errors import InvalidInput, NotFound
from server.domain.grants import GlobalPermission
from server.domain.ids import Kind
from server.domain.names import check_name, is_login
from server.resolvers.accounts import keep_administrator

MAX_MEMBERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class SaveGroup:
    """What the group of that name is to be; None leaves it as it is."""

    name: str
    global_permissions: Sequence[GlobalPermission] | None = None
    member_logins: Sequence[str] | None = None


async def save_group(context: Context, given: SaveGroup) -> GroupRow:
    """Save what is given; raises NotFound for an unknown member. Nobody grants what they lack: whoever gets here lacks nothing."""
    context.authorize(Action.SAVE_GROUP, Subject())
    name = check_name(given.name, ["input", "name"])
    await identities.lock_people(context.session)
    group = await identities.find_group(context.session, name) or await _make(context, name)
    if given.global_permissions is not None:
        await identities.replace_global_grants(context.session, group, given.global_permissions)
    if given.member_logins is not None:
        if group.source is not None:
            msg = f"Who is in {name} is what {group.source} says: change it there, and leave the members out here."
            raise InvalidInput(msg, ["input", "member_logins"])
        await identities.replace_members(context.session, group.id, await _members(context, given.member_logins))
    await keep_administrator(context, ["input", _culprit(given)])
    context.subject = Subject(id=group.id)
    return group


async def _make(context: Context, name: str) -> GroupRow:
    source = name.partition(":")[0]
    group = GroupRow(
        id=context.new_id(Kind.GROUP),
        name=name,
        source=source if ":" in name and source in context.parts.settings.sources else None,
        created_at=context.now(),
    )
    context.session.add(group)
    await context.session.flush()
    return group


async def _members(context: Context, logins: Sequence[str]) -> list[str]:
    """Return the users' ids, each once, inactive ones included: what a client has read it may send back."""
    field = ["input", "member_logins"]
    if len(logins) > MAX_MEMBERS:
        msg = f"A group has at most {MAX_MEMBERS:,} members; these are {len(logins):,}."
        raise InvalidInput(msg, field)
    found = await identities.find_user_ids(context.session, {login for login in logins if is_login(login)})
    unknown = next((index for index, login in enumerate(logins) if login not in found), None)
    if unknown is not None:
        raise NotFound([*field, str(unknown)], what="user")
    return sorted(set(found.values()))


def _culprit(given: SaveGroup) -> str:
    """Name the field that took the last administrator away."""
    taken = given.global_permissions is not None and GlobalPermission.ADMINISTRATOR not in given.global_permissions
    return "global_permissions" if taken else "member_logins"
