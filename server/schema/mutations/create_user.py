"""`createUser`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import create_user as deeds
from server.schema.enums import GlobalPermission
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.user import User


@strawberry.input(description="A user to make.")
class CreateUserInput:
    """Without permissions on any project."""

    login: str = strawberry.field(description="Unique: 1 to 200 letters, digits or any of . _ @ + -, starting with a letter or digit.")
    display_name: str | None = strawberry.field(description="The name to show; absent: the login.", default=None)
    global_permissions: list[GlobalPermission] = strawberry.field(
        description="What they hold on the whole instance.", default_factory=list[GlobalPermission]
    )


@strawberry.type(description="The new user, or why there is none.")
class CreateUserPayload:
    """They have no token yet: `nbinsight token create LOGIN` makes one."""

    user: User | None = strawberry.field(description="The user.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(description="Make a user.", extensions=deed(Action.CREATE_USER, CreateUserPayload))
async def create_user(info: Info, input: CreateUserInput) -> CreateUserPayload | None:
    """Turn the row into the payload."""
    row = await deeds.create_user(info.context, input.login, input.display_name, input.global_permissions)
    return CreateUserPayload(user=show(row))
