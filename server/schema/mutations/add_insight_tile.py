"""`addInsightTile`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import add_insight_tile as deeds
from server.resolvers.editing import TileLook
from server.schema.enums import TileClickAction, TileTitleMode
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.mutations.inputs import TileBoxInput
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard
from server.schema.types.tile import InsightTile
from server.schema.types.warning import Warning, no_warnings  # noqa: A004  the API's name


@strawberry.input(description="Which insight to put where, and how it looks.")
class AddInsightTileInput:
    """Dashboard and insight belong to one project."""

    dashboard_id: strawberry.ID = strawberry.field(description="The dashboard.")
    page_id: strawberry.ID | None = strawberry.field(description="A page of it; absent: the first.", default=None)
    insight_id: strawberry.ID = strawberry.field(description="The insight.")
    expected_version: int | None = strawberry.field(description="Refuse with VersionConflict if it has another version.", default=None)
    box: TileBoxInput | None = strawberry.field(
        description="Where on the page; tiles that it covers move down. Absent: the first free slot of 12 by 15.", default=None
    )
    show_code: bool = strawberry.field(description="Whether the tile shows the code.", default=False)
    title: str | None = strawberry.field(description="A title instead of the insight's name, up to 200 characters.", default=None)
    title_mode: TileTitleMode = strawberry.field(description="When the title shows.", default=TileTitleMode.ALWAYS)
    click_action: TileClickAction = strawberry.field(
        description="What a click opens: NONE or OPEN_INSIGHT; for OPEN_OTHER_INSIGHT use updateTile.", default=TileClickAction.NONE
    )
    authorize: bool = strawberry.field(
        description="Also open the notebook's exports to dashboard-only readers; needs MANAGE_AUTHORIZED_OBJECTS.", default=False
    )

    def given(self) -> deeds.AddInsightTile:
        """Return it as the resolvers' input."""
        return deeds.AddInsightTile(
            dashboard_id=self.dashboard_id,
            insight_id=self.insight_id,
            page_id=self.page_id,
            expected_version=self.expected_version,
            box=self.box.box() if self.box else None,
            look=TileLook(self.show_code, self.title, self.title_mode, self.click_action),
            authorize=self.authorize,
        )


@strawberry.type(description="The new tile, or why there is none.")
class AddInsightTilePayload:
    """The dashboard has its new version."""

    tile: InsightTile | None = strawberry.field(description="The tile.", default=None)
    dashboard: Dashboard | None = strawberry.field(description="The dashboard.", default=None)
    warnings: list[Warning] = strawberry.field(description="What went well and yet needs a look.", default_factory=no_warnings)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(description="Put an insight on a dashboard.", extensions=deed(Action.ADD_INSIGHT_TILE, AddInsightTilePayload))
async def add_insight_tile(info: Info, input: AddInsightTileInput) -> AddInsightTilePayload | None:
    """Turn rows into the payload."""
    done = await deeds.add_insight_tile(info.context, input.given())
    return AddInsightTilePayload(tile=InsightTile.of(done.tile), dashboard=show(done.dashboard), warnings=Warning.of_all(done.warnings))
