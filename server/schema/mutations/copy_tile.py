"""`copyTile`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import copy_tile as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard
from server.schema.types.tile import Tile


@strawberry.input(description="Which tile to copy where to.")
class CopyTileInput:
    """Within the project."""

    tile_id: strawberry.ID = strawberry.field(description="The tile.")
    page_id: strawberry.ID = strawberry.field(description="The page to copy it onto, into the first free slot of its size.")
    expected_version: int | None = strawberry.field(
        description="Refuse with VersionConflict if the dashboard copied onto has another version.", default=None
    )
    share_insight: bool = strawberry.field(
        description="Whether the copy shows the same insight; if not, one of your own that begins like it.", default=False
    )


@strawberry.type(description="The copy, or why there is none.")
class CopyTilePayload:
    """The dashboard has its new version."""

    tile: Tile | None = strawberry.field(description="The copy.", default=None)
    dashboard: Dashboard | None = strawberry.field(description="The dashboard that the copy is on.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Copy a tile onto a page. An insight tile takes the rights to add its insight there and, unless shared, to create one.",
    extensions=deed(Action.COPY_TILE, CopyTilePayload),
)
async def copy_tile(info: Info, input: CopyTileInput) -> CopyTilePayload | None:
    """Turn rows into the payload."""
    given = deeds.CopyTile(input.tile_id, input.page_id, input.expected_version, input.share_insight)
    tile, dashboard = await deeds.copy_tile(info.context, given)
    return CopyTilePayload(tile=show(tile), dashboard=show(dashboard))
