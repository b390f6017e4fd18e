"""What subscribers follow, as values that differ whenever they would be told of a change."""

from collections.abc import Collection, Mapping
from enum import Enum, auto
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import DashboardRow, ExportRow, InsightRow, NotebookRow
from server.domain.dashboards import ExportSelectionMode

State = tuple[Any, ...]


class Followed(Enum):
    """What can be followed."""

    EXPORTS_OF_NOTEBOOK = auto()
    INSIGHT = auto()
    DASHBOARD = auto()


async def list_states(session: AsyncSession, followed: Followed, ids: Collection[str]) -> dict[str, State]:
    """Return the state of each thing by its id, whoever may see it; what is gone is missing."""
    rows = await session.execute(_STATEMENTS[followed].where(_IDS[followed].in_(ids)))
    return {row[0]: tuple(row[1:]) for row in rows}


async def list_exports_after(session: AsyncSession, notebook_id: str, sequence: int, most: int) -> list[tuple[str, int]]:
    """Return id and sequence of a notebook's exports above a sequence, oldest first."""
    chosen = select(ExportRow.id, ExportRow.sequence).where(ExportRow.notebook_id == notebook_id, ExportRow.sequence > sequence)
    rows = await session.execute(chosen.order_by(ExportRow.sequence).limit(most))
    return [(id_, number) for id_, number in rows]


# what an insight shows changes with its notebook's newest export, unless it is pinned
_SHOWN: Final = (
    select(func.max(ExportRow.sequence))
    .where(ExportRow.notebook_id == InsightRow.notebook_id, InsightRow.mode == ExportSelectionMode.LATEST)
    .scalar_subquery()
)
_STATEMENTS: Final[Mapping[Followed, Select[*tuple[Any, ...]]]] = {
    Followed.EXPORTS_OF_NOTEBOOK: select(NotebookRow.id, NotebookRow.last_sequence),
    Followed.INSIGHT: select(
        InsightRow.id,
        InsightRow.modified_at,
        InsightRow.notebook_id,
        InsightRow.mode,
        InsightRow.pinned_export_id,
        InsightRow.listed,
        InsightRow.owner_id,
        _SHOWN,
    ),
    Followed.DASHBOARD: select(DashboardRow.id, DashboardRow.version),
}
_IDS: Final = {
    Followed.EXPORTS_OF_NOTEBOOK: NotebookRow.id,
    Followed.INSIGHT: InsightRow.id,
    Followed.DASHBOARD: DashboardRow.id,
}
