"""The rule table as SQL: what a listing or a look-up by id may return. Counts use the same filter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from sqlalchemy import ColumnElement, and_, false, or_, true

from server.auth.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Fact,
    Holds,
    HoldsAnything,
    HoldsCodeRight,
    HoldsGlobally,
    Is,
    IsSignedIn,
)
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
from server.domain.grants import ProjectPermission

Columns = Mapping[Fact, ColumnElement[bool]]


def visible_to(viewer: Viewer, kind: type[Entity], action: Action | None = None) -> ColumnElement[bool]:
    """Return the condition under which rows of a kind exist for a viewer; `action` narrows it to what a list shows.

    It is made of the viewer's rights alone, once for as long as these hold.
    """
    rule = action or SEEING[kind]
    return viewer.once(
        (visible_to, kind, rule), lambda: _as_sql(RULES[rule].condition, Anywhere(viewer, _project_of(kind)), _facts_of(viewer, kind))
    )


@dataclass(frozen=True, slots=True)
class Anywhere:
    """Look a project permission up row by row."""

    viewer: Viewer
    project_id: ColumnElement[str] | None

    def holds(self, permission: ProjectPermission | None) -> ColumnElement[bool]:
        """Name the projects on which the viewer holds a permission, or any at all."""
        if self.viewer.is_administrator:
            return true()
        held = self.viewer.projects.items()
        projects = [key for key, permissions in held if (permissions if permission is None else permission in permissions)]
        return false() if self.project_id is None or not projects else self.project_id.in_(projects)


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
        return {Fact.AUTHORIZED: facts.is_authorized(NotebookRow.authorized, NotebookRow.project_id), Fact.PUBLISHED: facts.is_published()}
    if kind is ExportRow:
        alone = facts.is_authorized_alone(ExportRow.notebook_id)
        return {Fact.AUTHORIZED: facts.is_authorized(alone, ExportRow.project_id)}
    if kind is InsightRow:
        return {
            Fact.AUTHORIZED: facts.is_authorized(InsightRow.authorized, InsightRow.project_id),
            Fact.LISTED: InsightRow.listed.expression,
            Fact.OWN: InsightRow.owner_id == viewer.user_id,
        }
    if kind is DashboardRow:
        return {
            Fact.LISTED: DashboardRow.listed.expression,
            Fact.OWN: DashboardRow.owner_id == viewer.user_id,
            Fact.ANY_WRITER: facts.any_writer_edits(DashboardRow.project_id),
        }
    if kind is UserRow:
        return {Fact.OWN: UserRow.id == viewer.user_id}
    if kind is AccessTokenRow:
        return {Fact.OWN: AccessTokenRow.user_id == viewer.user_id}
    return {}


def _as_sql(condition: Condition, place: Anywhere, columns: Columns) -> ColumnElement[bool]:
    match condition:
        case Holds():
            return place.holds(condition.permission)
        case HoldsAnything():
            return place.holds(None)
        case HoldsGlobally():
            return true() if condition.permission in place.viewer.global_permissions else false()
        case HoldsCodeRight():
            return true() if place.viewer.can_write_code else false()
        case IsSignedIn():
            return true()
        case Is():
            return columns[condition.fact]
        case AllOf():
            return and_(*(_as_sql(part, place, columns) for part in condition.parts))
        case AnyOf():
            return or_(*(_as_sql(part, place, columns) for part in condition.parts))
    assert_never(condition)
