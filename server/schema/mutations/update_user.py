"""`updateUser`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import update_user as deeds
from server.schema.enums import GlobalPermission
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.user import User


@strawberry.input(description="What to change about a user; what is absent stays.")
class UpdateUserInput:
    """Permissions on projects are given by setProjectPermissions, groups by saveGroup."""

    login: str = strawberry.field(description="Their login, which stays as it is.")
    display_name: str | None = strawberry.field(description="The name to show, up to 200 characters.", default=None)
    global_permissions: list[GlobalPermission] | None = strawberry.field(
        description="All that they are to hold on the whole instance, apart from groups.", default=None
    )
    active: bool | None = strawberry.field(
        description="Whether they may sign in. To change it ends all their access tokens for good: they need new ones afterwards.",
        default=None,
    )


@strawberry.type(description="The user, or why nothing has changed.")
class UpdateUserPayload:
    """It holds from the next request on."""

    user: User | None = strawberry.field(description="The user as they are now.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description=(
        "Change a user's name and global permissions, keep them out or let them in again. Refused if nobody active would be "
        "ADMINISTRATOR any more."
    ),
    extensions=deed(Action.UPDATE_USER, UpdateUserPayload),
)
async def update_user(info: Info, input: UpdateUserInput) -> UpdateUserPayload | None:
    """Turn the row into the payload."""
    given = deeds.UpdateUser(input.login, input.display_name, input.global_permissions, input.active)
    return UpdateUserPayload(user=show(await deeds.update_user(info.context, given)))
