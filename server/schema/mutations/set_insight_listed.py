"""`setInsightListed`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import set_insight_listed as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.insight import Insight
from server.schema.types.warning import Warning, no_warnings  # noqa: A004  the API's name


@strawberry.input(description="Whether plain readers find an insight in lists.")
class SetInsightListedInput:
    """Unlisted ones open by id."""

    insight_id: strawberry.ID = strawberry.field(description="The insight.")
    listed: bool = strawberry.field(description="Listed or not.")
    authorize: bool = strawberry.field(
        description="When listing, also open its notebook's exports to dashboard-only readers; needs MANAGE_AUTHORIZED_OBJECTS.",
        default=False,
    )


@strawberry.type(description="The insight, or why it has not changed.")
class SetInsightListedPayload:
    """A warning says that readers would not see it."""

    insight: Insight | None = strawberry.field(description="The insight.", default=None)
    warnings: list[Warning] = strawberry.field(description="What went well and yet needs a look.", default_factory=no_warnings)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="List an insight for plain readers, or take it off the list.",
    extensions=deed(Action.SET_INSIGHT_LISTED, SetInsightListedPayload),
)
async def set_insight_listed(info: Info, input: SetInsightListedInput) -> SetInsightListedPayload | None:
    """Turn rows into the payload."""
    done = await deeds.set_insight_listed(info.context, input.insight_id, listed=input.listed, authorize_source=input.authorize)
    return SetInsightListedPayload(insight=show(done.insight), warnings=Warning.of_all(done.warnings))
