"""`moveTile`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import move_tile as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.mutations.inputs import TileBoxInput
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard
from server.schema.types.tile import Tile


@strawberry.input(description="Which tile to move where to.")
class MoveTileInput:
    """Within the project."""

    tile_id: strawberry.ID = strawberry.field(description="The tile.")
    expected_version: int | None = strawberry.field(
        description="Refuse with VersionConflict if its dashboard has another version.", default=None
    )
    target_expected_version: int | None = strawberry.field(
        description="Refuse with VersionConflict if the dashboard moved to has another version.", default=None
    )
    page_id: strawberry.ID | None = strawberry.field(
        description="The page to move to, of this dashboard or another one of the project; absent: the page where it is.", default=None
    )
    box: TileBoxInput | None = strawberry.field(
        description="Where on the page; tiles that it covers move down. Absent: the first free slot of the tile's size.", default=None
    )

    def given(self) -> deeds.MoveTile:
        """Return it as the resolvers' input."""
        return deeds.MoveTile(
            tile_id=self.tile_id,
            expected_version=self.expected_version,
            target_expected_version=self.target_expected_version,
            page_id=self.page_id,
            box=self.box.box() if self.box else None,
        )


@strawberry.type(description="The tile, or why it has not moved.")
class MoveTilePayload:
    """Both dashboards have their new versions."""

    tile: Tile | None = strawberry.field(description="The tile.", default=None)
    dashboard: Dashboard | None = strawberry.field(description="The dashboard that it is on now.", default=None)
    source_dashboard: Dashboard | None = strawberry.field(
        description="The dashboard that it came from, which may be the same.", default=None
    )
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Move a tile, or change its size. Another dashboard takes the right to edit both, and for an insight that to add it there.",
    extensions=deed(Action.MOVE_TILE, MoveTilePayload),
)
async def move_tile(info: Info, input: MoveTileInput) -> MoveTilePayload | None:
    """Turn rows into the payload."""
    done = await deeds.move_tile(info.context, input.given())
    return MoveTilePayload(tile=show(done.tile), dashboard=show(done.dashboard), source_dashboard=show(done.source))
