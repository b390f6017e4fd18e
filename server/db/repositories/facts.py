"""What rules ask about a thing, as SQL."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from server.db.models import AuthorizedObjectRow, InsightRow, NotebookRow, ProjectRow
from server.domain.grants import DashboardWritePolicy

NotebookId = InstrumentedAttribute[str] | InstrumentedAttribute[str | None] | ColumnElement[str]
ProjectId = InstrumentedAttribute[str]


def is_authorized(notebook_id: NotebookId, project_id: ProjectId) -> ColumnElement[bool]:
    """Tell whether a notebook is dashboard-authorized, by itself or by its project's switch."""
    return is_authorized_alone(notebook_id) | _is_switched(project_id)


def shows_authorized() -> ColumnElement[bool]:
    """Tell whether an insight's notebook is dashboard-authorized; of a deleted one, what it was by itself, or the switch."""
    return shows_authorized_alone() | _is_switched(InsightRow.project_id)


def shows_authorized_alone() -> ColumnElement[bool]:
    """Tell whether an insight's notebook is authorized by itself, or was when it was deleted, whatever the switch says."""
    return is_authorized_alone(InsightRow.notebook_id) | InsightRow.was_authorized.expression


def is_authorized_alone(notebook_id: NotebookId) -> ColumnElement[bool]:
    """Tell whether a notebook is dashboard-authorized by itself, whatever its project's switch says."""
    return exists(select(1).where(AuthorizedObjectRow.notebook_id == notebook_id))


def _is_switched(project_id: ProjectId) -> ColumnElement[bool]:
    return exists(select(1).where(ProjectRow.id == project_id, ProjectRow.authorizes_all_objects))


def is_published() -> ColumnElement[bool]:
    """Tell whether a notebook has an export."""
    return NotebookRow.published.expression


def any_writer_edits(project_id: ProjectId) -> ColumnElement[bool]:
    """Tell whether a project lets any dashboard writer edit what others own."""
    return exists(select(1).where(ProjectRow.id == project_id, ProjectRow.dashboard_write_policy == DashboardWritePolicy.ANY_WRITER))
