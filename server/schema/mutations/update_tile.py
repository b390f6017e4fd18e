"""`updateTile`."""

import strawberry
from strawberry.types.unset import UNSET

from server.auth.rules import Action
from server.resolvers import update_tile as deeds
from server.schema.enums import TileClickAction, TileTitleMode
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.mutations.inputs import unless_left_out
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard
from server.schema.types.tile import Tile


@strawberry.input(description="What to change about a tile; what is absent stays.")
class UpdateTileInput:
    """A title of null takes the title away."""

    tile_id: strawberry.ID = strawberry.field(description="The tile.")
    expected_version: int | None = strawberry.field(
        description="Refuse with VersionConflict if its dashboard has another version.", default=None
    )
    show_code: bool | None = strawberry.field(description="Whether the tile shows the code.", default=None)
    title: str | None = strawberry.field(description="A title instead of the insight's name; null: none.", default=UNSET)
    title_mode: TileTitleMode | None = strawberry.field(description="When the title shows.", default=None)
    click_action: TileClickAction | None = strawberry.field(description="What a click opens.", default=None)
    target_insight_id: strawberry.ID | None = strawberry.field(
        description="With OPEN_OTHER_INSIGHT, and only then: the insight that a click opens, of the same project.", default=None
    )

    markdown: str | None = strawberry.field(description="The text of a text tile, up to 100,000 characters.", default=None)

    def given(self) -> deeds.UpdateTile:
        """Return it as the resolvers' input."""
        return deeds.UpdateTile(
            tile_id=self.tile_id,
            expected_version=self.expected_version,
            show_code=self.show_code,
            title=unless_left_out(self.title),
            title_mode=self.title_mode,
            click_action=self.click_action,
            target_insight_id=self.target_insight_id,
            markdown=self.markdown,
        )


@strawberry.type(description="The tile, or why it has not changed.")
class UpdateTilePayload:
    """The dashboard has its new version."""

    tile: Tile | None = strawberry.field(description="The tile.", default=None)
    dashboard: Dashboard | None = strawberry.field(description="The dashboard.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(description="Change how a tile looks, or its text.", extensions=deed(Action.EDIT_DASHBOARD, UpdateTilePayload))
async def update_tile(info: Info, input: UpdateTileInput) -> UpdateTilePayload | None:
    """Turn rows into the payload."""
    done = await deeds.update_tile(info.context, input.given())
    return UpdateTilePayload(tile=show(done.tile), dashboard=show(done.dashboard))
