"""The audit trail: read newest first; rows are only ever added."""

from sqlalchemy import ColumnElement, Select, select

from server.db.models import AuditEventRow
from server.db.repositories.paging import Order

EVENTS_NEWEST_FIRST = Order(AuditEventRow.id, descending=True)


def events(visible: ColumnElement[bool]) -> Select[AuditEventRow]:
    """Select the visible events."""
    return select(AuditEventRow).where(visible)


def events_of(project_id: str, visible: ColumnElement[bool]) -> Select[AuditEventRow]:
    """Select the visible events of a project."""
    return events(visible).where(AuditEventRow.project_id == project_id)
