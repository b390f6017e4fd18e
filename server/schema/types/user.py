"""User."""

from typing import Self

import strawberry
from strawberry import federation

from server.auth.rules import Action
from server.db.models import UserRow
from server.resolvers.subjects import subject_of
from server.schema.enums import GlobalPermission
from server.schema.info import Info
from server.schema.nodes import Node, shows
from server.schema.types.access_token import AccessToken


@shows(UserRow)
@federation.type(
    keys=["id", "login"], description="Somebody. Anybody signed in may see who they are; what they may do, only they and administrators."
)
class User(Node):
    """Made from their row."""

    row: strawberry.Private[UserRow]
    login: str = strawberry.field(description="The unique name they sign in by.")
    display_name: str = strawberry.field(description="The name to show.")

    @classmethod
    def of(cls, row: UserRow) -> Self:
        """Show a row."""
        return cls(id=strawberry.ID(row.id), row=row, login=row.login, display_name=row.display_name)

    @strawberry.field(description="Whether they may sign in; null to others than themselves and administrators.")
    async def active(self, info: Info) -> bool | None:
        """Tell, to those who may know."""
        return self.row.active if await self._shows_account(info) else None

    @strawberry.field(
        description="What they were given on the whole instance, apart from groups; null to others than themselves and administrators."
    )
    async def global_permissions(self, info: Info) -> list[GlobalPermission] | None:
        """Load them, for those who may know."""
        return await info.context.loaders.global_grants.load(self.row.id) if await self._shows_account(info) else None

    @strawberry.field(
        description="Their access tokens that are neither revoked nor expired; null to others than themselves and administrators."
    )
    async def access_tokens(self, info: Info) -> list[AccessToken] | None:
        """Load them, for those who may know."""
        if not await self._shows_account(info):
            return None
        return [AccessToken.of(row) for row in await info.context.loaders.tokens.load(self.row.id)]

    async def _shows_account(self, info: Info) -> bool:
        context = info.context
        if context.viewer is None:  # whoever has just been kept out by their own deed
            return False
        return context.decide(Action.SEE_ACCOUNT, await subject_of(context, self.row)).allowed
