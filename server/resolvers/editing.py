"""Edit a dashboard: its lock, its version, places on its grid."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.auth.rules import Action
from server.context import Context
from server.db.models import DashboardRow, InsightRow, PageRow, TileRow
from server.db.repositories import dashboards
from server.db.repositories.nodes import lock
from server.domain.dashboards import TileClickAction, TileKind, TileTitleMode
from server.domain.errors import InvalidInput, VersionConflict
from server.domain.grid import GRID_ROWS, NOTEBOOK_TILE, Box, fault_of, first_free, make_room
from server.domain.ids import Kind
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


@dataclass(frozen=True, slots=True)
class PinTarget:
    """Where a new tile goes: the first page and the first free slot, unless told otherwise."""

    dashboard_id: str
    page_id: str | None = None
    box: Box | None = None
    show_code: bool = False


@dataclass(frozen=True, slots=True)
class TileLook:
    """How an insight tile looks, besides its box."""

    show_code: bool = False
    title: str | None = None
    title_mode: TileTitleMode = TileTitleMode.ALWAYS
    click_action: TileClickAction = TileClickAction.NONE


async def edit_dashboard(
    context: Context, dashboard: DashboardRow, *, action: Action = Action.EDIT_DASHBOARD, expected_version: int | None = None
) -> None:
    """Authorize an edit, lock the dashboard and count its version up by one; raises Forbidden and VersionConflict."""
    context.authorize(action, await subject_of(context, dashboard))
    await lock(context.session, dashboard)
    if expected_version is not None and expected_version != dashboard.version:
        raise VersionConflict(dashboard.id, dashboard.version, ["input", "expected_version"])
    dashboard.version += 1
    dashboard.modified_at = context.now()


async def pin_everywhere(context: Context, insight: InsightRow, targets: Sequence[PinTarget]) -> list[TileRow]:
    """Put an insight on each target, or on none; a dashboard named twice is edited once."""
    named = [
        await nodes.get(context, DashboardRow, target.dashboard_id, ["input", "targets", str(index), "dashboard_id"])
        for index, target in enumerate(targets)
    ]
    for index, dashboard in enumerate(named):
        check_same_project(dashboard, insight, ["input", "targets", str(index), "dashboard_id"])
    for dashboard in sorted({row.id: row for row in named}.values(), key=lambda row: row.id):  # one order of locks: no deadlock
        await edit_dashboard(context, dashboard)
    tiles: list[TileRow] = []
    for index, (dashboard, target) in enumerate(zip(named, targets, strict=True)):
        path = ["input", "targets", str(index)]
        page = await page_for(context, dashboard, target.page_id, [*path, "page_id"])
        tiles.append(await pin(context, page, insight, TileLook(show_code=target.show_code), target.box, [*path, "box"]))
    return tiles


def check_same_project(dashboard: DashboardRow, insight: InsightRow, field: Sequence[str]) -> None:
    """Raise InvalidInput for an insight of another project."""
    if dashboard.project_id != insight.project_id:
        msg = "A dashboard shows insights of its own project only."
        raise InvalidInput(msg, field)


async def page_for(context: Context, dashboard: DashboardRow, page_id: str | None, field: Sequence[str]) -> PageRow:
    """Get the page of a dashboard, the first one by default; raises NotFound, and InvalidInput for a page of another dashboard."""
    if page_id is None:
        return (await context.loaders.pages.load(dashboard.id))[0]
    page = await nodes.get(context, PageRow, page_id, field)
    if page.dashboard_id != dashboard.id:
        msg = "The page belongs to another dashboard."
        raise InvalidInput(msg, field)
    return page


async def pin(context: Context, page: PageRow, insight: InsightRow, look: TileLook, box: Box | None, field: Sequence[str]) -> TileRow:
    """Put an insight on a page of a dashboard being edited; what its box covers moves down."""
    place = await make_place(context, page, box, field)
    tile = TileRow(
        id=context.new_id(Kind.TILE),
        page_id=page.id,
        project_id=page.project_id,
        kind=TileKind.INSIGHT,
        insight_id=insight.id,
        box_left=place.left,
        box_top=place.top,
        box_width=place.width,
        box_height=place.height,
        show_code=look.show_code,
        title=look.title,
        title_mode=look.title_mode,
        click_action=look.click_action,
    )
    context.session.add(tile)
    await context.flush()
    return tile


async def make_place(context: Context, page: PageRow, box: Box | None, field: Sequence[str]) -> Box:
    """Find the first free slot of a notebook tile, or push down what lies in the box; raises InvalidInput for a box off the grid."""
    taken = await dashboards.list_boxes(context.session, page.id)
    place = box or first_free(*NOTEBOOK_TILE, list(taken.values()))
    if (fault := fault_of(place)) is not None:
        raise InvalidInput(fault, field)
    moved = make_room(place, taken)
    if any(other.bottom > GRID_ROWS for other in moved.values()):
        msg = "There is no room left below on this page."
        raise InvalidInput(msg, field)
    await dashboards.move_tiles(context.session, moved)
    return place
