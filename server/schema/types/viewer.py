"""Viewer: whoever asks."""

from typing import Annotated

import strawberry

from server.auth.viewer import Viewer as SignedIn
from server.db.models import UserRow
from server.resolvers import nodes
from server.schema.enums import GlobalPermission, ProjectPermission
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.access_token import AccessToken
from server.schema.types.user import User

ProjectKey = Annotated[str, strawberry.argument(description="The project's key.")]


@strawberry.type(description="Whoever asks, and what they may do.")
class Viewer:
    """Made from the operation's viewer."""

    signed_in: strawberry.Private[SignedIn]
    global_permissions: list[GlobalPermission] = strawberry.field(
        description="What you hold on the whole instance, through groups as well."
    )
    can_write_code: bool = strawberry.field(description="Whether you hold the code right.")

    @classmethod
    def of(cls, viewer: SignedIn) -> "Viewer":
        """Show the viewer."""
        held = [permission for permission in GlobalPermission if permission in viewer.global_permissions]
        return cls(signed_in=viewer, global_permissions=held, can_write_code=viewer.can_write_code)

    @strawberry.field(description="You.")
    async def user(self, info: Info) -> User:
        """Load the viewer's own row."""
        return show(await nodes.get(info.context, UserRow, self.signed_in.user_id, []))

    @strawberry.field(description="What you effectively hold on a project; empty for one that you may not see.")
    async def project_permissions(self, info: Info, project_key: ProjectKey) -> list[ProjectPermission]:
        """Look the project up, and the viewer's rights on it."""
        project = await nodes.find_project_by_key(info.context, project_key)
        held = self.signed_in.permissions_on(project.id if project else None)
        return [permission for permission in ProjectPermission if permission in held]

    @strawberry.field(description="Your access tokens that still work.")
    async def access_tokens(self, info: Info) -> list[AccessToken]:
        """List them."""
        return [AccessToken.of(row) for row in await info.context.loaders.tokens.load(self.signed_in.user_id)]
