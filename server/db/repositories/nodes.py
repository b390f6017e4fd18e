"""Every look-up of something with an id, whatever its kind; hidden rows are left out."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from server.db.models import (
    AccessTokenRow,
    AuditEventRow,
    AuthorizedObjectRow,
    DashboardRow,
    Entity,
    ExportRow,
    GroupRow,
    InsightRow,
    NotebookRow,
    PageRow,
    ProjectRow,
    TileRow,
    UserRow,
)
from server.domain.ids import Kind, kind_of

KINDS: Final[Mapping[Kind, type[Entity]]] = {
    Kind.PROJECT: ProjectRow,
    Kind.NOTEBOOK: NotebookRow,
    Kind.EXPORT: ExportRow,
    Kind.INSIGHT: InsightRow,
    Kind.DASHBOARD: DashboardRow,
    Kind.PAGE: PageRow,
    Kind.TILE: TileRow,
    Kind.AUTHORIZED_OBJECT: AuthorizedObjectRow,
    Kind.USER: UserRow,
    Kind.GROUP: GroupRow,
    Kind.ACCESS_TOKEN: AccessTokenRow,
    Kind.AUDIT_EVENT: AuditEventRow,
}


async def lock(session: AsyncSession, row: Entity) -> None:
    """Read a row anew and keep other deeds from changing it until this one ends; raises StaleDataError for one that was deleted meanwhile.

    NO KEY: a plain FOR UPDATE would also stop whoever adds a row that refers to this one, and two such deeds end in a deadlock.
    """
    try:
        await session.refresh(row, with_for_update={"key_share": True})
    except InvalidRequestError as error:
        msg = "the row was deleted by another deed"
        raise StaleDataError(msg) from error


def by_ids(kind: type[Entity], visible: ColumnElement[bool]) -> Select[Any]:
    """Select the visible rows of a kind whose ids are the parameter `ids`."""
    return select(kind).where(kind.id.in_(bindparam("ids", expanding=True)), visible)


async def list_by_ids(session: AsyncSession, ids: Collection[str], query: Callable[[type[Entity]], Select[Any]]) -> dict[str, Entity]:
    """Fetch rows by id, by one statement a kind, made by `by_ids`; what is absent or hidden is missing from the answer."""
    by_kind: dict[Kind, list[str]] = {}
    for id_ in ids:
        kind = kind_of(id_)
        if kind is not None:
            by_kind.setdefault(kind, []).append(id_)
    found: dict[str, Entity] = {}
    for kind, wanted in by_kind.items():
        rows = await session.scalars(query(KINDS[kind]), {"ids": wanted})
        found |= {row.id: row for row in rows}
    return found
