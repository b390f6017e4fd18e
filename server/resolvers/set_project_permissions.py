"""Say what a user or a group may do on a project."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.auth.rules import Action
from server.context import Context
from server.db.models import GroupRow, ProjectRow, UserRow
from server.db.repositories import identities
from server.db.repositories.nodes import lock
from server.domain.errors import Forbidden, InvalidInput, NotFound
from server.domain.grants import ProjectPermission, expand
from server.domain.names import is_storable
from server.resolvers import nodes
from server.resolvers.accounts import get_user
from server.resolvers.subjects import subject_of


@dataclass(frozen=True, slots=True)
class Grant:
    """What was granted to whom, as given and with all that it implies."""

    principal: UserRow | GroupRow
    granted: tuple[ProjectPermission, ...]

    @property
    def effective(self) -> tuple[ProjectPermission, ...]:
        """What was granted and all that it implies, in the order of the enum."""
        held = expand(self.granted)
        return tuple(permission for permission in ProjectPermission if permission in held)


async def set_project_permissions(
    context: Context, project_key: str, permissions: Sequence[ProjectPermission], *, user_login: str | None, group_name: str | None
) -> Grant | None:
    """Grant exactly these permissions, none to take them all away; nobody grants or removes what they lack themselves."""
    project = await nodes.get_project_by_key(context, project_key, ["input", "project_key"])
    context.authorize(Action.SET_PROJECT_PERMISSIONS, await subject_of(context, project))
    principal = await _principal(context, user_login, group_name)
    await lock(context.session, project)
    before = {grant.principal.id: grant.granted for grant in await list_grants(context, project)}.get(principal.id, ())
    wanted = tuple(permission for permission in ProjectPermission if permission in permissions)
    lacking = (frozenset(before) ^ frozenset(wanted)) - context.caller.permissions_on(project.id)
    if lacking:
        msg = "Nobody grants or removes a permission that they lack themselves; ask a project administrator."
        raise Forbidden(sorted(permission.value for permission in lacking), msg)
    await identities.replace_project_grant(context.session, project.id, principal, wanted)
    return Grant(principal, wanted) if wanted else None


async def list_grants(context: Context, project: ProjectRow) -> list[Grant]:
    """List a project's grants, users before groups, in the order they were first given."""
    async with context.reading() as session:
        rows = await identities.list_project_grants(session, project.id)
        people = await identities.list_principals(session, [row.user_id or row.group_id or "" for row in rows])
    held: dict[str, set[ProjectPermission]] = {}
    for row in rows:
        held.setdefault(row.user_id or row.group_id or "", set()).add(row.permission)
    return [Grant(people[key], tuple(p for p in ProjectPermission if p in granted)) for key, granted in held.items()]


async def _principal(context: Context, login: str | None, group_name: str | None) -> UserRow | GroupRow:
    if (login is None) == (group_name is None):
        msg = "Name exactly one of `userLogin` and `groupName`."
        raise InvalidInput(msg, ["input", "user_login"])
    if login is not None:
        return await get_user(context, login, ["input", "user_login"])
    group = await identities.find_group(context.session, group_name or "") if is_storable(group_name or "") else None
    if group is None:
        raise NotFound(["input", "group_name"], what="group")
    return group
