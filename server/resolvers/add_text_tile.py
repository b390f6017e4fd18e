"""Put a text on a dashboard."""

from dataclasses import dataclass, field

from server.context import Context
from server.db.models import DashboardRow, TileRow
from server.domain.grid import TEXT_TILE, Box
from server.domain.names import check_label, check_markdown
from server.resolvers import nodes
from server.resolvers.editing import TileContent, TileLook, Wish, edit_dashboard, page_for, put_tile


@dataclass(frozen=True, slots=True)
class AddTextTile:
    """Which text to put where, and how it looks."""

    dashboard_id: str
    markdown: str
    page_id: str | None = None
    expected_version: int | None = None
    box: Box | None = None
    look: TileLook = field(default_factory=TileLook)


async def add_text_tile(context: Context, given: AddTextTile) -> tuple[TileRow, DashboardRow]:
    """Add the tile, as an editor of the dashboard."""
    dashboard = await nodes.get(context, DashboardRow, given.dashboard_id, ["input", "dashboard_id"])
    await edit_dashboard(context, dashboard, expected_version=given.expected_version)
    page = await page_for(context, dashboard, given.page_id, ["input", "page_id"])
    content = TileContent(markdown=check_markdown(given.markdown, ["input", "markdown"]))
    look = TileLook(title=check_label(given.look.title, ["input", "title"]), title_mode=given.look.title_mode)
    return await put_tile(context, page, content, look, Wish(given.box, TEXT_TILE)), dashboard
