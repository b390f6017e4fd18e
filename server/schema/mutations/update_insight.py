"""`updateInsight`."""

import strawberry
from strawberry.types.unset import UNSET

from server.auth.rules import Action
from server.resolvers import update_insight as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.mutations.inputs import unless_left_out
from server.schema.nodes import show
from server.schema.types.insight import Insight


@strawberry.input(description="What to change about an insight; what is absent stays.")
class UpdateInsightInput:
    """A description of null takes the description away."""

    insight_id: strawberry.ID = strawberry.field(description="The insight.")
    name: str | None = strawberry.field(description="Its new name, up to 200 characters; null: as it is.", default=None)
    description: str | None = strawberry.field(
        description="What to say about it, up to 10,000 characters; null or empty: nothing.", default=UNSET
    )

    def given(self) -> deeds.UpdateInsight:
        """Return it as the resolvers' input."""
        return deeds.UpdateInsight(self.insight_id, self.name, unless_left_out(self.description))


@strawberry.type(description="The insight, or why it has not changed.")
class UpdateInsightPayload:
    """Its tiles show its name at once."""

    insight: Insight | None = strawberry.field(description="The insight.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(description="Rename or describe an insight.", extensions=deed(Action.UPDATE_INSIGHT, UpdateInsightPayload))
async def update_insight(info: Info, input: UpdateInsightInput) -> UpdateInsightPayload | None:
    """Turn the row into the payload."""
    return UpdateInsightPayload(insight=show(await deeds.update_insight(info.context, input.given())))
