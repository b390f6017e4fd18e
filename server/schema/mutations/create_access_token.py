"""`createAccessToken`."""

from datetime import datetime

import strawberry

from server.auth.rules import Action
from server.resolvers import access_tokens as deeds
from server.schema.enums import TokenScope
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.types.access_token import AccessToken


@strawberry.input(description="A token to make for yourself.")
class CreateAccessTokenInput:
    """Never wider or longer-lived than the token used."""

    name: str = strawberry.field(description="What it is for, up to 200 characters.")
    scope: TokenScope = strawberry.field(description="What it may be used for.", default=TokenScope.READ)
    expires_at: datetime | None = strawberry.field(
        description="When it ends; absent: when the token used ends, or never. Never later than the token used.", default=None
    )


@strawberry.type(description="The new token, or why there is none.")
class CreateAccessTokenPayload:
    """The secret is shown this once."""

    token: str | None = strawberry.field(description="The secret: keep it, it is not shown again.", default=None)
    access_token: AccessToken | None = strawberry.field(description="What is known of it afterwards.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Make an access token for yourself.", extensions=deed(Action.CREATE_ACCESS_TOKEN, CreateAccessTokenPayload)
)
async def create_access_token(info: Info, input: CreateAccessTokenInput) -> CreateAccessTokenPayload | None:
    """Turn the token into the payload."""
    issued = await deeds.create_access_token(info.context, input.name, input.scope, input.expires_at)
    return CreateAccessTokenPayload(token=issued.secret, access_token=AccessToken.of(issued.row))
