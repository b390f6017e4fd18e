"""`addTextTile`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import add_text_tile as deeds
from server.resolvers.editing import TileLook
from server.schema.enums import TileTitleMode
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.mutations.inputs import TileBoxInput
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard
from server.schema.types.tile import TextTile


@strawberry.input(description="Which text to put where, and how it looks.")
class AddTextTileInput:
    """The text is Markdown."""

    dashboard_id: strawberry.ID = strawberry.field(description="The dashboard.")
    page_id: strawberry.ID | None = strawberry.field(description="A page of it; absent: the first.", default=None)
    markdown: str = strawberry.field(description="The text, in Markdown with TeX between dollar signs, up to 100,000 characters.")
    expected_version: int | None = strawberry.field(description="Refuse with VersionConflict if it has another version.", default=None)
    box: TileBoxInput | None = strawberry.field(
        description="Where on the page; tiles that it covers move down. Absent: the first free slot of 6 by 6.", default=None
    )
    title: str | None = strawberry.field(description="A title, up to 200 characters.", default=None)
    title_mode: TileTitleMode = strawberry.field(description="When the title shows.", default=TileTitleMode.NEVER)

    def given(self) -> deeds.AddTextTile:
        """Return it as the resolvers' input."""
        return deeds.AddTextTile(
            dashboard_id=self.dashboard_id,
            markdown=self.markdown,
            page_id=self.page_id,
            expected_version=self.expected_version,
            box=self.box.box() if self.box else None,
            look=TileLook(title=self.title, title_mode=self.title_mode),
        )


@strawberry.type(description="The new tile, or why there is none.")
class AddTextTilePayload:
    """The dashboard has its new version."""

    tile: TextTile | None = strawberry.field(description="The tile.", default=None)
    dashboard: Dashboard | None = strawberry.field(description="The dashboard.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(description="Put a text on a dashboard.", extensions=deed(Action.EDIT_DASHBOARD, AddTextTilePayload))
async def add_text_tile(info: Info, input: AddTextTileInput) -> AddTextTilePayload | None:
    """Turn rows into the payload."""
    tile, dashboard = await deeds.add_text_tile(info.context, input.given())
    return AddTextTilePayload(tile=TextTile.of(tile), dashboard=show(dashboard))
