"""The rule table as SQL: what a listing or a look-up by id may return. Counts use the same filter."""

from collections.abc import Mapping
from typing import assert_never

from sqlalchemy import ColumnElement, and_, false, or_, true

from server.auth.conditions import AllOf, AnyOf, Condition, Fact, Holds, HoldsAnything, HoldsCodeRight, HoldsGlobally, Is, IsSignedIn
from server.auth.rules import RULES, Action
from server.auth.viewer import Viewer
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
from server.db.repositories import facts

Columns = Mapping[Fact, ColumnElement[bool]]


def visible_to(viewer: Viewer, kind: type[Entity], action: Action | None = None) -> ColumnElement[bool]:
    """Return the condition under which rows of a kind exist for a viewer; `action` narrows it to what a list shows."""
    rule = action or SEEING[kind]
    return _as_sql(RULES[rule].condition, viewer, _project_of(kind), _facts_of(viewer, kind))


SEEING: Mapping[type[Entity], Action] = {
    ProjectRow: Action.OPEN_PROJECT,
    NotebookRow: Action.VIEW_NOTEBOOK,
    ExportRow: Action.READ_EXPORT,
    InsightRow: Action.VIEW_INSIGHT,
    DashboardRow: Action.OPEN_DASHBOARD,
    PageRow: Action.OPEN_DASHBOARD,
    TileRow: Action.OPEN_DASHBOARD,
    AuthorizedObjectRow: Action.LIST_AUTHORIZED_OBJECTS,
    UserRow: Action.VIEW_USER,
    GroupRow: Action.LIST_GROUPS,
    AccessTokenRow: Action.SEE_ACCESS_TOKEN,
    AuditEventRow: Action.LIST_PROJECT_AUDIT_EVENTS,  # of no project: an administrator's alone
}


def _project_of(kind: type[Entity]) -> ColumnElement[str] | None:
    if kind is ProjectRow:
        return ProjectRow.id.expression
    column: ColumnElement[str] | None = getattr(kind, "project_id", None)
    return column


def _facts_of(viewer: Viewer, kind: type[Entity]) -> Columns:
    if kind is NotebookRow:
        return {Fact.AUTHORIZED: facts.is_authorized(NotebookRow.id, NotebookRow.project_id), Fact.PUBLISHED: facts.is_published()}
    if kind is ExportRow:
        return {Fact.AUTHORIZED: facts.is_authorized(ExportRow.notebook_id, ExportRow.project_id)}
    if kind is InsightRow:
        return {
            Fact.AUTHORIZED: facts.is_authorized(InsightRow.notebook_id, InsightRow.project_id),
            Fact.LISTED: InsightRow.listed.expression,
            Fact.OWN: InsightRow.owner_id == viewer.user_id,
        }
    if kind is DashboardRow:
        return {
            Fact.LISTED: DashboardRow.listed.expression,
            Fact.OWN: DashboardRow.owner_id == viewer.user_id,
            Fact.ANY_WRITER: facts.any_writer_edits(DashboardRow.project_id),
        }
    if kind is AccessTokenRow:
        return {Fact.OWN: AccessTokenRow.user_id == viewer.user_id}
    return {}


def _as_sql(condition: Condition, viewer: Viewer, project_id: ColumnElement[str] | None, columns: Columns) -> ColumnElement[bool]:
    match condition:
        case Holds():
            return _in_projects(viewer, project_id, [key for key, held in viewer.projects.items() if condition.permission in held])
        case HoldsAnything():
            return _in_projects(viewer, project_id, [key for key, held in viewer.projects.items() if held])
        case HoldsGlobally():
            return true() if condition.permission in viewer.global_permissions else false()
        case HoldsCodeRight():
            return true() if viewer.can_write_code else false()
        case IsSignedIn():
            return true()
        case Is():
            return columns[condition.fact]
        case AllOf():
            return and_(*(_as_sql(part, viewer, project_id, columns) for part in condition.parts))
        case AnyOf():
            return or_(*(_as_sql(part, viewer, project_id, columns) for part in condition.parts))
    assert_never(condition)


def _in_projects(viewer: Viewer, project_id: ColumnElement[str] | None, projects: list[str]) -> ColumnElement[bool]:
    if viewer.is_administrator:
        return true()
    return false() if project_id is None or not projects else project_id.in_(projects)
