"""`removeTile`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import remove_tile as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard


@strawberry.input(description="Which tile to take off its dashboard.")
class RemoveTileInput:
    """The insight that it shows stays."""

    tile_id: strawberry.ID = strawberry.field(description="The tile.")
    expected_version: int | None = strawberry.field(
        description="Refuse with VersionConflict if its dashboard has another version.", default=None
    )


@strawberry.type(description="What was removed, or why nothing was.")
class RemoveTilePayload:
    """The dashboard has its new version."""

    removed_tile_id: strawberry.ID | None = strawberry.field(description="The id of what was a tile.", default=None)
    dashboard: Dashboard | None = strawberry.field(description="The dashboard.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Take a tile off its dashboard; its insight and the other tiles stay.",
    extensions=deed(Action.EDIT_DASHBOARD, RemoveTilePayload),
)
async def remove_tile(info: Info, input: RemoveTileInput) -> RemoveTilePayload | None:
    """Turn the row into the payload."""
    removed, dashboard = await deeds.remove_tile(info.context, input.tile_id, input.expected_version)
    return RemoveTilePayload(removed_tile_id=strawberry.ID(removed), dashboard=show(dashboard))
