"""Tile, InsightTile and TextTile."""

from typing import Self

import strawberry
from typing_extensions import override

from server.db.models import InsightRow, TileRow
from server.domain.dashboards import TileKind
from server.resolvers import nodes
from server.resolvers.json_size import json_size
from server.resolvers.renderings import choose_tile_rendering
from server.resolvers.tiles import access_state_of_tile, displayed_title_of, html_of_text, visible_title_of
from server.schema.enums import InsightAccessState, RenderProfile, RenderTheme, TileClickAction, TileTitleMode
from server.schema.info import Info
from server.schema.nodes import Node, show, shows
from server.schema.types.export import Profile, Theme
from server.schema.types.refs import InsightRef, PageRef
from server.schema.types.rendering import Rendering


@strawberry.type(description="A rectangle on a page's grid, in columns and rows.")
class TileBox:
    """Rows and columns start at 0."""

    left: int = strawberry.field(description="The first column.")
    top: int = strawberry.field(description="The first row.")
    width: int = strawberry.field(description="How many columns.")
    height: int = strawberry.field(description="How many rows.")

    @classmethod
    def of(cls, row: TileRow) -> Self:
        """Show the box of a tile."""
        return cls(left=row.box_left, top=row.box_top, width=row.box_width, height=row.box_height)


@shows(TileRow)
@strawberry.interface(description="A box on a page of a dashboard.")
class Tile(Node):
    """What all tiles share."""

    row: strawberry.Private[TileRow]
    box: TileBox = strawberry.field(description="Where it lies.")
    title_mode: TileTitleMode = strawberry.field(description="When its title shows.")

    @classmethod
    def of(cls, row: TileRow) -> "Tile":
        """Show a row as what it holds."""
        return TextTile.of(row) if row.kind is TileKind.TEXT else InsightTile.of(row)

    @strawberry.field(description="The page it lies on.")
    async def page(self, info: Info) -> PageRef:
        """Load it."""
        return show(await nodes.page_of(info.context, self.row))

    @strawberry.field(
        description="The title that was given, if any; null where you do not see the insight, unless you may edit the dashboard."
    )
    async def title(self, info: Info) -> str | None:
        """Hide it with the insight."""
        return await visible_title_of(info.context, self.row)

    @strawberry.field(
        description="The title, which only editors of the dashboard see where the insight is hidden from them; "
        "else the insight's name, if you see it."
    )
    async def displayed_title(self, info: Info) -> str | None:
        """Hide it with the insight."""
        return await displayed_title_of(info.context, self.row)


@strawberry.type(description="A tile that shows an insight. It keeps its box, and says why, where the insight cannot be shown.")
class InsightTile(Tile):
    """Made from its row."""

    click_action: TileClickAction = strawberry.field(description="What a click opens.")
    show_code: bool = strawberry.field(description="Whether its author shows the code.")

    @classmethod
    @override
    def of(cls, row: TileRow) -> Self:
        """Show a row."""
        return cls(
            id=strawberry.ID(row.id),
            row=row,
            box=TileBox.of(row),
            title_mode=row.title_mode,
            click_action=row.click_action,
            show_code=row.show_code,
        )

    @strawberry.field(description="What a click opens with OPEN_OTHER_INSIGHT; null if you may not see it.")
    async def target_insight(self, info: Info) -> InsightRef | None:
        """Load it."""
        return show(await nodes.find(info.context, InsightRow, self.row.target_insight_id))

    @strawberry.field(description="The insight; null if you may not see it or it was deleted.")
    async def insight(self, info: Info) -> InsightRef | None:
        """Load it."""
        return show(await nodes.find(info.context, InsightRow, self.row.insight_id))

    @strawberry.field(description="Why its content shows, or does not.")
    async def access_state(self, info: Info) -> InsightAccessState:
        """Look at insight, notebook and export."""
        return await access_state_of_tile(info.context, self.row)

    @strawberry.field(description="What its insight shows now, with code only if its author shows it; null unless ACCESSIBLE.")
    async def rendering(self, info: Info, theme: Theme = RenderTheme.LIGHT, profile: Profile = RenderProfile.STATIC) -> Rendering | None:
        """Decide; render nothing yet."""
        choice = await choose_tile_rendering(info.context, self.row, theme or RenderTheme.LIGHT, profile or RenderProfile.STATIC)
        return None if choice is None else Rendering.of(choice)


@strawberry.type(description="A tile that shows a text.")
class TextTile(Tile):
    """Made from its row."""

    @classmethod
    @override
    def of(cls, row: TileRow) -> Self:
        """Show a row."""
        return cls(id=strawberry.ID(row.id), row=row, box=TileBox.of(row), title_mode=row.title_mode)

    @strawberry.field(description="The text, in Markdown with TeX between dollar signs.")
    def markdown(self, info: Info) -> str:
        """Take room for it in the answer."""
        text = self.row.markdown or ""
        info.context.budget.take_bytes(json_size(text))
        return text

    @strawberry.field(
        description="The text as safe HTML: sanitised, its maths as MathML, nothing in it runs or loads. A text that cannot be drawn, "
        "or not in time, is there as it was written, in `pre`."
    )
    async def html(self, info: Info) -> str:
        """Draw it in a child process, once."""
        html = await html_of_text(info.context, self.row)
        info.context.budget.take_bytes(json_size(html))
        return html
