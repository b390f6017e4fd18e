"""`deactivateUser`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import deactivate_user as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.user import User


@strawberry.input(description="Whom to keep out.")
class DeactivateUserInput:
    """Whoever is out already may still be named, to hand over what is theirs."""

    login: str = strawberry.field(description="Their login.")
    transfer_to: str | None = strawberry.field(
        description=(
            "Who is to own the projects, dashboards and insights that they own: an active user who may read dashboards wherever they "
            "own some. Absent: all stays in their name; the administrators of each project hand it over when they like."
        ),
        default=None,
    )


@strawberry.type(description="The user, or why nothing has changed.")
class DeactivateUserPayload:
    """Nothing is deleted."""

    user: User | None = strawberry.field(description="The user.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description=(
        "Keep a user out: their access tokens and content addresses end with the next request, for good. What they made stays "
        "as it is, and owning something never stops it. updateUser lets them in again. Refused if nobody active would be "
        "ADMINISTRATOR any more."
    ),
    extensions=deed(Action.DEACTIVATE_USER, DeactivateUserPayload),
)
async def deactivate_user(info: Info, input: DeactivateUserInput) -> DeactivateUserPayload | None:
    """Turn the row into the payload."""
    return DeactivateUserPayload(user=show(await deeds.deactivate_user(info.context, input.login, input.transfer_to)))
