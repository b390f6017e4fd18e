"""Insights and what names them, as deeds find them that take something away: whatever the caller may see of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import DashboardRow, ExportRow, InsightRow, PageRow, TileRow


@dataclass(frozen=True, slots=True)
class Found:
    """Insights, hidden ones too, and the ids of those that the caller may see."""

    rows: Sequence[InsightRow]
    visible_ids: frozenset[str]

    @property
    def visible(self) -> list[InsightRow]:
        """Those that the caller finds in lists."""
        return [row for row in self.rows if row.id in self.visible_ids]


async def lock_insights_on(session: AsyncSession, notebook_id: str, visible: ColumnElement[bool]) -> Found:
    """Lock every insight on a notebook, oldest first."""
    return await _lock(session, InsightRow.notebook_id == notebook_id, visible)


async def lock_insights_pinning(session: AsyncSession, export_id: str, visible: ColumnElement[bool]) -> Found:
    """Lock every insight that pins an export, oldest first."""
    return await _lock(session, InsightRow.pinned_export_id == export_id, visible)


async def _lock(session: AsyncSession, condition: ColumnElement[bool], visible: ColumnElement[bool]) -> Found:
    query = select(InsightRow).where(condition).order_by(InsightRow.id)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    rows = (await session.scalars(locked)).all()
    return Found(rows, frozenset(await session.scalars(select(InsightRow.id).where(condition, visible))))


async def delete_exports_of(session: AsyncSession, notebook_id: str) -> None:
    """Delete all exports of a notebook; no insight may pin one of them any more."""
    await session.execute(delete(ExportRow).where(ExportRow.notebook_id == notebook_id))


async def lock_tiles_naming(
    session: AsyncSession, insight_id: str, visible_dashboards: ColumnElement[bool]
) -> tuple[Sequence[TileRow], frozenset[str]]:
    """Return every tile that shows an insight or opens it at a click, oldest first, and the ids of those on visible dashboards.

    Their dashboards are locked first, in the order of their ids, as by everybody who moves tiles.
    """
    names_it = or_(TileRow.insight_id == insight_id, TileRow.target_insight_id == insight_id)
    placed = select(PageRow.dashboard_id).join(TileRow, TileRow.page_id == PageRow.id).where(names_it)
    dashboards = select(DashboardRow.id).where(DashboardRow.id.in_(placed)).order_by(DashboardRow.id)
    await session.execute(dashboards.with_for_update(key_share=True))
    rows = await session.scalars(select(TileRow).where(names_it).order_by(TileRow.id).execution_options(populate_existing=True))
    visible = (
        select(TileRow.id)
        .join(PageRow, PageRow.id == TileRow.page_id)
        .join(DashboardRow, DashboardRow.id == PageRow.dashboard_id)
        .where(names_it, visible_dashboards)
    )
    return rows.all(), frozenset(await session.scalars(visible))
