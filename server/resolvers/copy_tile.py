"""Copy a tile onto a page, with an insight of its own."""

from dataclasses import dataclass

from server.auth.rules import Action
from server.context import Context
from server.db.models import DashboardRow, InsightRow, PageRow, TileRow
from server.db.repositories import dashboards
from server.domain.dashboards import TileClickAction
from server.domain.ids import Kind
from server.resolvers import nodes
from server.resolvers.editing import TileContent, TileLook, Wish, authorize_source, edit_dashboard, put_tile
from server.resolvers.move_tile import check_page_in_project
from server.resolvers.subjects import subject_of
from server.resolvers.tiles import visible_title_of


@dataclass(frozen=True, slots=True)
class CopyTile:
    """What to copy where to; the version is that of the dashboard copied onto."""

    tile_id: str
    page_id: str
    expected_version: int | None = None
    share_insight: bool = False


async def copy_tile(context: Context, given: CopyTile) -> tuple[TileRow, DashboardRow]:
    """Copy the tile into the first free slot of its size, as an editor of the dashboard there.

    An insight that the caller may not see is neither shown anew nor copied, a deleted one stays deleted, and what else
    they may not see of the tile is left out: its title, or the insight that a click opens.
    """
    tile = await nodes.get(context, TileRow, given.tile_id, ["input", "tile_id"])
    page = await nodes.get(context, PageRow, given.page_id, ["input", "page_id"])
    check_page_in_project(tile, page)
    dashboard = await nodes.dashboard_of(context, page)
    context.authorize(Action.COPY_TILE, await subject_of(context, dashboard))
    insight = await _authorize_insight(context, tile, dashboard, shared=given.share_insight)
    target = await nodes.find(context, InsightRow, tile.target_insight_id)
    opens_nothing = tile.click_action is TileClickAction.OPEN_OTHER_INSIGHT and target is None
    look = TileLook(
        show_code=tile.show_code,
        title=await visible_title_of(context, tile),
        title_mode=tile.title_mode,
        click_action=TileClickAction.NONE if opens_nothing else tile.click_action,
    )
    await edit_dashboard(context, dashboard, action=Action.COPY_TILE, expected_version=given.expected_version)
    await dashboards.lock_inside(context.session, dashboard, page)
    if insight is not None and not given.share_insight:
        insight = await _duplicate(context, insight)
    content = TileContent(None if insight is None else insight.id, None if target is None else target.id, tile.markdown)
    return await put_tile(context, page, content, look, Wish(size=(tile.box_width, tile.box_height), field=["input", "page_id"])), dashboard


async def _authorize_insight(context: Context, tile: TileRow, dashboard: DashboardRow, *, shared: bool) -> InsightRow | None:
    """Return the insight to show in the copy, if there is one; raises Forbidden for one that the caller may not see."""
    if tile.insight_id is None:
        return None
    insight = await nodes.find(context, InsightRow, tile.insight_id)
    await authorize_source(context, dashboard, insight)
    if insight is not None and not shared:
        context.authorize(Action.CREATE_INSIGHT, await subject_of(context, insight))
    return insight


async def _duplicate(context: Context, insight: InsightRow) -> InsightRow:
    """Make an unlisted insight of the caller's that shows the same."""
    now = context.now()
    row = InsightRow(
        id=context.new_id(Kind.INSIGHT),
        project_id=insight.project_id,
        notebook_id=insight.notebook_id,
        authorized=insight.authorized,
        name=insight.name,
        description=insight.description,
        owner_id=context.caller.user_id,
        mode=insight.mode,
        pinned_export_id=insight.pinned_export_id,
        created_at=now,
        modified_at=now,
    )
    context.session.add(row)
    await context.flush()
    return row
