"""`deleteInsight`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import delete_insight as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.types.tile import InsightTile


@strawberry.input(description="Which insight to delete.")
class DeleteInsightInput:
    """Its notebook and exports stay."""

    insight_id: strawberry.ID = strawberry.field(description="The insight.")


@strawberry.type(description="What was deleted, or why nothing was.")
class DeleteInsightPayload:
    """No dashboard gets a new version by it."""

    deleted_insight_id: strawberry.ID | None = strawberry.field(description="The id of what was an insight.", default=None)
    affected_tiles: list[InsightTile] | None = strawberry.field(
        description="The tiles that showed it, or opened it at a click, on the dashboards you find in lists.", default=None
    )
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Delete an insight for good. Its tiles keep their boxes and say INSIGHT_DELETED; their dashboards keep their versions.",
    extensions=deed(Action.DELETE_INSIGHT, DeleteInsightPayload),
)
async def delete_insight(info: Info, input: DeleteInsightInput) -> DeleteInsightPayload | None:
    """Turn rows into the payload."""
    tiles = await deeds.delete_insight(info.context, input.insight_id)
    return DeleteInsightPayload(deleted_insight_id=input.insight_id, affected_tiles=[InsightTile.of(tile) for tile in tiles])
