"""Edit a dashboard: its lock, its version, places on its grid."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.auth.conditions import Fact, Subject
from server.auth.rules import Action
from server.context import Context
from server.db.models import DashboardRow, InsightRow, PageRow, TileRow
from server.db.repositories import dashboards
from server.db.repositories.nodes import lock
from server.domain.dashboards import TileClickAction, TileKind, TileTitleMode
from server.domain.errors import InvalidInput, VersionConflict
from server.domain.grid import GRID_ROWS, MOST_TILES, NOTEBOOK_TILE, Box, fault_of, first_free, make_room
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
    """How a tile looks, besides its box."""

    show_code: bool = False
    title: str | None = None
    title_mode: TileTitleMode = TileTitleMode.ALWAYS
    click_action: TileClickAction = TileClickAction.NONE


@dataclass(frozen=True, slots=True)
class TileContent:
    """What a tile holds: a text, or else an insight, which is gone if there is no id; and the other insight that a click opens."""

    insight_id: str | None = None
    target_insight_id: str | None = None
    markdown: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Where on a page a tile is to go: in this box, or in the first free slot of this size."""

    box: Box | None = None
    size: tuple[int, int] = NOTEBOOK_TILE
    field: Sequence[str] = ("input", "box")


@dataclass(frozen=True, slots=True)
class Edit:
    """A dashboard to edit, and the version that the caller knows, if they sent one."""

    dashboard: DashboardRow
    expected_version: int | None = None
    field: str = "expected_version"


async def edit_dashboard(
    context: Context, dashboard: DashboardRow, *, action: Action = Action.EDIT_DASHBOARD, expected_version: int | None = None
) -> None:
    """Authorize an edit, lock the dashboard and count its version up by one; raises Forbidden and VersionConflict."""
    await edit_dashboards(context, [Edit(dashboard, expected_version)], action=action)


async def edit_dashboards(context: Context, edits: Sequence[Edit], *, action: Action = Action.EDIT_DASHBOARD) -> None:
    """Do that with several, all or none; one named twice is edited once. All deeds lock in one order: no two wait for each other."""
    for edit in edits:
        context.authorize(action, await subject_of(context, edit.dashboard))
    rows = {edit.dashboard.id: edit.dashboard for edit in edits}
    for _, dashboard in sorted(rows.items()):
        await lock(context.session, dashboard)
    for edit in edits:
        if edit.expected_version is not None and edit.expected_version != edit.dashboard.version:
            raise VersionConflict(edit.dashboard.id, edit.dashboard.version, ["input", edit.field])
    for dashboard in rows.values():
        dashboard.version += 1
        dashboard.modified_at = context.now()


async def edit_part(context: Context, part: PageRow | TileRow, expected_version: int | None) -> DashboardRow:
    """Begin an edit of the dashboard that a page or tile is on, and read that anew; returns the dashboard."""
    dashboard = await nodes.dashboard_of(context, part)
    await edit_dashboard(context, dashboard, expected_version=expected_version)
    await dashboards.lock_inside(context.session, dashboard, part)
    return dashboard


async def authorize_source(context: Context, dashboard: DashboardRow, insight: InsightRow | None) -> None:
    """Check that the caller may show an insight on a dashboard; None is one that they may not see. Raises Forbidden."""
    edited = await subject_of(context, dashboard)
    shown = frozenset[Fact]() if insight is None else (await subject_of(context, insight)).facts
    context.authorize(Action.ADD_INSIGHT_TILE, Subject(dashboard.project_id, edited.facts | (shown & {Fact.AUTHORIZED}), id=dashboard.id))


async def pin_everywhere(context: Context, insight: InsightRow, targets: Sequence[PinTarget]) -> list[TileRow]:
    """Put an insight on each target, or on none; a dashboard named twice is edited once."""
    named = [
        await nodes.get(context, DashboardRow, target.dashboard_id, ["input", "targets", str(index), "dashboard_id"])
        for index, target in enumerate(targets)
    ]
    for index, dashboard in enumerate(named):
        check_same_project(dashboard, insight, ["input", "targets", str(index), "dashboard_id"])
    await edit_dashboards(context, [Edit(dashboard) for dashboard in named])
    tiles: list[TileRow] = []
    for index, (dashboard, target) in enumerate(zip(named, targets, strict=True)):
        path = ["input", "targets", str(index)]
        page = await page_for(context, dashboard, target.page_id, [*path, "page_id"])
        look, wish = TileLook(show_code=target.show_code), Wish(target.box, field=[*path, "box"])
        tiles.append(await put_tile(context, page, TileContent(insight.id), look, wish))
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


async def put_tile(context: Context, page: PageRow, content: TileContent, look: TileLook, wish: Wish) -> TileRow:
    """Make a tile on a page of a dashboard being edited; what its box covers moves down."""
    place = await make_place(context, page, wish)
    tile = TileRow(
        id=context.new_id(Kind.TILE),
        page_id=page.id,
        project_id=page.project_id,
        kind=TileKind.INSIGHT if content.markdown is None else TileKind.TEXT,
        insight_id=content.insight_id,
        box_left=place.left,
        box_top=place.top,
        box_width=place.width,
        box_height=place.height,
        show_code=look.show_code,
        title=look.title,
        title_mode=look.title_mode,
        click_action=look.click_action,
        target_insight_id=content.target_insight_id,
        markdown=content.markdown,
    )
    context.session.add(tile)
    await context.flush()
    return tile


async def make_place(context: Context, page: PageRow, wish: Wish, *, tile_id: str | None = None) -> Box:
    """Find the first free slot, or push down what lies in the box; `tile_id` is the tile to be placed, if it is there already.

    Raises InvalidInput for a box off the grid, and where what is pushed would leave it.
    """
    taken = await dashboards.list_boxes(context.session, page.id)
    taken.pop(tile_id or "", None)
    if len(taken) >= MOST_TILES:
        msg = f"A page holds at most {MOST_TILES:,} tiles: use another page."
        raise InvalidInput(msg, wish.field)
    place = wish.box or first_free(*wish.size, taken.values())
    if (fault := fault_of(place)) is not None:
        raise InvalidInput(fault, wish.field)
    moved = make_room(place, taken)
    if any(other.bottom > GRID_ROWS for other in moved.values()):
        msg = "There is no room left below on this page."
        raise InvalidInput(msg, wish.field)
    await dashboards.push_tiles(context.session, moved)
    return place
