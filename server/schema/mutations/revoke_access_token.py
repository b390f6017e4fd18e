"""`revokeAccessToken`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import access_tokens as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info


@strawberry.input(description="Which token to end.")
class RevokeAccessTokenInput:
    """One's own; an administrator may end anybody's."""

    access_token_id: strawberry.ID = strawberry.field(description="The token's id, not its secret.")


@strawberry.type(description="The token that ended, or why it did not.")
class RevokeAccessTokenPayload:
    """It holds from the next request on."""

    revoked_access_token_id: strawberry.ID | None = strawberry.field(description="The token's id.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="End an access token, and every content address made with it.",
    extensions=deed(Action.REVOKE_ACCESS_TOKEN, RevokeAccessTokenPayload),
)
async def revoke_access_token(info: Info, input: RevokeAccessTokenInput) -> RevokeAccessTokenPayload | None:
    """Turn the id into the payload."""
    ended = await deeds.revoke_access_token(info.context, input.access_token_id)
    return RevokeAccessTokenPayload(revoked_access_token_id=strawberry.ID(ended))
