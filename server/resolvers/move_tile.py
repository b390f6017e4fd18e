"""Move a tile on its page, to another page or to another dashboard."""

from dataclasses import dataclass

from server.auth.rules import Action
from server.context import Context
from server.db.models import DashboardRow, InsightRow, PageRow, TileRow
from server.db.repositories import dashboards
from server.domain.dashboards import TileClickAction
from server.domain.errors import InvalidInput
from server.domain.grid import Box
from server.resolvers import nodes
from server.resolvers.editing import Edit, Wish, authorize_source, edit_dashboards, make_place
from server.resolvers.subjects import subject_of


@dataclass(frozen=True, slots=True)
class MoveTile:
    """Where to; no page: where it is, no box: the first free slot of its size."""

    tile_id: str
    expected_version: int | None = None
    target_expected_version: int | None = None
    page_id: str | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class MovedTile:
    """The tile, its dashboard, and the one it came from, which may be the same; both have their new versions."""

    tile: TileRow
    dashboard: DashboardRow
    source: DashboardRow


async def move_tile(context: Context, given: MoveTile) -> MovedTile:
    """Move the tile, as an editor of both dashboards; what its box covers moves down."""
    tile = await nodes.get(context, TileRow, given.tile_id, ["input", "tile_id"])
    source = target = await nodes.dashboard_of(context, tile)
    if given.page_id is not None:
        page = await nodes.get(context, PageRow, given.page_id, ["input", "page_id"])
        check_page_in_project(tile, page)
        target = await nodes.dashboard_of(context, page)
    await _authorize(context, tile, source, target)
    edits = [Edit(source, given.expected_version), Edit(target, given.target_expected_version, "target_expected_version")]
    await edit_dashboards(context, edits, action=Action.MOVE_TILE)
    await dashboards.lock_inside(context.session, source, tile)
    page = await nodes.get(context, PageRow, given.page_id or tile.page_id, ["input", "page_id"])
    await dashboards.lock_inside(context.session, target, page)
    wish = Wish(given.box, (tile.box_width, tile.box_height))
    place = await make_place(context, page, wish, tile_id=tile.id)
    if target.id != source.id:
        await _forget_hidden_target(context, tile)
    tile.page_id = page.id
    tile.box_left, tile.box_top, tile.box_width, tile.box_height = place.left, place.top, place.width, place.height
    await context.flush()
    return MovedTile(tile, target, source)


def check_page_in_project(tile: TileRow, page: PageRow) -> None:
    """Raise InvalidInput for a page of another project."""
    if page.project_id != tile.project_id:
        msg = "The page belongs to another project: tiles stay within theirs."
        raise InvalidInput(msg, ["input", "page_id"])


async def _forget_hidden_target(context: Context, tile: TileRow) -> None:
    """Let a click open nothing where it would open an insight that whoever moves the tile does not see, as in a copy."""
    if tile.target_insight_id is not None and await nodes.find(context, InsightRow, tile.target_insight_id) is None:
        tile.target_insight_id, tile.click_action = None, TileClickAction.NONE


async def _authorize(context: Context, tile: TileRow, source: DashboardRow, target: DashboardRow) -> None:
    """Ask for the right to edit both; on another dashboard an insight is shown anew, which takes what showing it there takes."""
    for dashboard in (source, target):
        context.authorize(Action.MOVE_TILE, await subject_of(context, dashboard))
    if target.id != source.id and tile.insight_id is not None:
        await authorize_source(context, target, await nodes.find(context, InsightRow, tile.insight_id))
