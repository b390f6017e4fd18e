"""Insights, dashboards, pages and tiles."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, cast

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from server.db.models import DashboardRow, InsightRow, NotebookRow, PageRow, ProjectRow, TileRow
from server.db.repositories.nodes import lock
from server.domain.grid import Box

_OF_DASHBOARDS: Final = (
    select(PageRow, ProjectRow)
    .join(ProjectRow, ProjectRow.id == PageRow.project_id)
    .where(PageRow.dashboard_id.in_(bindparam("ids", expanding=True)))
    .order_by(PageRow.position, PageRow.id)
)


def insights_of_notebook(notebook_id: str, visible: ColumnElement[bool]) -> Select[InsightRow]:
    """Select the visible insights on a notebook."""
    return select(InsightRow).where(InsightRow.notebook_id == notebook_id, visible)


async def list_insights_of_notebook(session: AsyncSession, notebook_id: str, visible: ColumnElement[bool]) -> Sequence[InsightRow]:
    """List the visible insights on a notebook, oldest first."""
    return (await session.scalars(insights_of_notebook(notebook_id, visible).order_by(InsightRow.id))).all()


async def list_insights_pinning(
    session: AsyncSession, export_ids: Collection[str], visible: ColumnElement[bool]
) -> dict[str, list[InsightRow]]:
    """Map exports to the visible insights that pin them, oldest first."""
    rows = await session.scalars(select(InsightRow).where(InsightRow.pinned_export_id.in_(export_ids), visible).order_by(InsightRow.id))
    found: dict[str, list[InsightRow]] = {}
    for row in rows:
        found.setdefault(row.pinned_export_id or "", []).append(row)
    return found


async def list_pages(session: AsyncSession, dashboard_ids: Collection[str]) -> dict[str, list[tuple[PageRow, ProjectRow]]]:
    """Map dashboards to their pages, in order, each with its project."""
    found: dict[str, list[tuple[PageRow, ProjectRow]]] = {}
    for page, project in await session.execute(_OF_DASHBOARDS, {"ids": dashboard_ids}):
        found.setdefault(page.dashboard_id, []).append((page, project))
    return found


def tiles_of_pages(visible_insights: ColumnElement[bool]) -> Select[TileRow, InsightRow | None]:
    """Select the tiles of pages whose ids are the parameter `ids`, from the top left, each with its insight where that is visible."""
    query = (
        select(TileRow, InsightRow)
        .outerjoin(InsightRow, (InsightRow.id == TileRow.insight_id) & visible_insights)
        .where(TileRow.page_id.in_(bindparam("ids", expanding=True)))
        .order_by(TileRow.box_top, TileRow.box_left, TileRow.id)
    )
    return cast("Select[TileRow, InsightRow | None]", query)


async def list_tiles(
    session: AsyncSession, page_ids: Collection[str], query: Select[TileRow, InsightRow | None]
) -> dict[str, list[tuple[TileRow, InsightRow | None]]]:
    """Map pages to their tiles by a query made by `tiles_of_pages`."""
    found: dict[str, list[tuple[TileRow, InsightRow | None]]] = {}
    for tile, insight in await session.execute(query, {"ids": page_ids}):
        found.setdefault(tile.page_id, []).append((tile, insight))
    return found


async def list_tiles_of_insights(
    session: AsyncSession, insight_ids: Collection[str], visible_dashboards: ColumnElement[bool]
) -> dict[str, list[tuple[TileRow, DashboardRow]]]:
    """Map insights to their tiles on visible dashboards, oldest first, each with its dashboard."""
    rows = await session.execute(
        select(TileRow, DashboardRow)
        .join(PageRow, PageRow.id == TileRow.page_id)
        .join(DashboardRow, DashboardRow.id == PageRow.dashboard_id)
        .where(TileRow.insight_id.in_(insight_ids), visible_dashboards)
        .order_by(TileRow.id)
    )
    found: dict[str, list[tuple[TileRow, DashboardRow]]] = {}
    for tile, dashboard in rows:
        found.setdefault(tile.insight_id or "", []).append((tile, dashboard))
    return found


async def list_sources_without_authorization(
    session: AsyncSession, dashboard_id: str, authorized: ColumnElement[bool]
) -> Sequence[NotebookRow]:
    """List the notebooks a dashboard shows that dashboard-only readers may not see, oldest first."""
    shown = exists(
        select(1)
        .select_from(TileRow)
        .join(PageRow, PageRow.id == TileRow.page_id)
        .join(InsightRow, InsightRow.id == TileRow.insight_id)
        .where(PageRow.dashboard_id == dashboard_id, InsightRow.notebook_id == NotebookRow.id)
    )
    return (await session.scalars(select(NotebookRow).where(shown, ~authorized).order_by(NotebookRow.id))).all()


async def list_boxes(session: AsyncSession, page_id: str) -> dict[str, Box]:
    """Map the tiles of a page to their boxes."""
    rows = await session.execute(
        select(TileRow.id, TileRow.box_left, TileRow.box_top, TileRow.box_width, TileRow.box_height).where(TileRow.page_id == page_id)
    )
    return {tile_id: Box(left, top, width, height) for tile_id, left, top, width, height in rows}


async def push_tiles(session: AsyncSession, boxes: Mapping[str, Box]) -> None:
    """Write where tiles were pushed to: one statement, sent with many values, and in one order, which avoids deadlocks."""
    if not boxes:
        return
    await session.execute(update(TileRow), [{"id": tile_id, "box_top": box.top} for tile_id, box in sorted(boxes.items())])
    for row in session.identity_map.values():  # such a statement tells the session nothing
        if isinstance(row, TileRow) and row.id in boxes:
            set_committed_value(row, "box_top", boxes[row.id].top)


async def lock_inside(session: AsyncSession, dashboard: DashboardRow, part: PageRow | TileRow) -> None:
    """Lock a part of a locked dashboard; raises StaleDataError for one that was removed meanwhile, or moved to another dashboard."""
    await lock(session, part)
    page = part if isinstance(part, PageRow) else await session.get(PageRow, part.page_id)
    if page is None or page.dashboard_id != dashboard.id:
        msg = "the tile was moved by another deed"
        raise StaleDataError(msg)


async def count_pages(session: AsyncSession, dashboard: DashboardRow) -> int:
    """Count a dashboard's pages."""
    return await session.scalar(select(func.count()).where(PageRow.dashboard_id == dashboard.id)) or 0


async def shift_pages(session: AsyncSession, dashboard: DashboardRow, *, first: int, last: int, by: int) -> None:
    """Move the pages of a dashboard whose positions lie between two, these included."""
    between = PageRow.position.between(first, last)
    await session.execute(update(PageRow).where(PageRow.dashboard_id == dashboard.id, between).values(position=PageRow.position + by))


async def any_dashboard(session: AsyncSession, project_id: str, condition: ColumnElement[bool]) -> bool:
    """Tell whether a project has a dashboard that meets a condition."""
    return await session.scalar(select(DashboardRow.id).where(DashboardRow.project_id == project_id, condition).limit(1)) is not None
