"""`revokeAuthorization`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import revoke_authorization as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.insight import Insight
from server.schema.types.notebook import Notebook


@strawberry.input(description="Which notebook to close to dashboard-only readers.")
class RevokeAuthorizationInput:
    """The project's switch stays as it is."""

    notebook_id: strawberry.ID = strawberry.field(description="The notebook.")


@strawberry.type(description="What those readers lose, or why nothing has changed.")
class RevokeAuthorizationPayload:
    """It holds from the next request on, addresses already given out included."""

    notebook: Notebook | None = strawberry.field(description="The notebook, if you still see it.", default=None)
    affected_insights: list[Insight] | None = strawberry.field(
        description=(
            "The insights on it that those readers lose, as far as you find them in lists; none while the project authorizes all notebooks."
        ),
        default=None,
    )
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description=(
        "Close a notebook's exports to dashboard-only readers again. While the project authorizes all its notebooks it stays open, and "
        "this only takes its own exposure of code away: refused with InvalidInput where the project's is wider."
    ),
    extensions=deed(Action.AUTHORIZE_NOTEBOOK, RevokeAuthorizationPayload),
)
async def revoke_authorization(info: Info, input: RevokeAuthorizationInput) -> RevokeAuthorizationPayload | None:
    """Turn rows into the payload."""
    done = await deeds.revoke_authorization(info.context, input.notebook_id)
    return RevokeAuthorizationPayload(notebook=show(done.notebook), affected_insights=[show(row) for row in done.affected])
