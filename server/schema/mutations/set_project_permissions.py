"""`setProjectPermissions`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import set_project_permissions as deeds
from server.schema.enums import ProjectPermission
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.types.project import PermissionGrant


@strawberry.input(description="What a user or a group may do on a project: exactly one of `userLogin` and `groupName`.")
class SetProjectPermissionsInput:
    """Replaces what they held before."""

    project_key: str = strawberry.field(description="The project's key.")
    user_login: str | None = strawberry.field(description="The user.", default=None)
    group_name: str | None = strawberry.field(description="The group.", default=None)
    permissions: list[ProjectPermission] = strawberry.field(description="All that they are to hold; empty: nothing.")


@strawberry.type(description="The grant, or why it has not changed.")
class SetProjectPermissionsPayload:
    """It holds from the next request on."""

    grant: PermissionGrant | None = strawberry.field(description="What they hold now; null if nothing.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Grant a user or a group permissions on a project, or take them away. Nobody grants or removes what they lack.",
    extensions=deed(Action.SET_PROJECT_PERMISSIONS, SetProjectPermissionsPayload),
)
async def set_project_permissions(info: Info, input: SetProjectPermissionsInput) -> SetProjectPermissionsPayload | None:
    """Turn the grant into the payload."""
    grant = await deeds.set_project_permissions(
        info.context, input.project_key, input.permissions, user_login=input.user_login, group_name=input.group_name
    )
    return SetProjectPermissionsPayload(grant=PermissionGrant.of(grant) if grant else None)
