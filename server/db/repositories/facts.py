"""What rules ask about a thing, as SQL."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from server.db.models import AuthorizedObjectRow, NotebookRow, ProjectRow
from server.domain.grants import DashboardWritePolicy

NotebookId = InstrumentedAttribute[str] | InstrumentedAttribute[str | None] | ColumnElement[str]


def is_authorized(notebook_id: NotebookId, project_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Tell whether a notebook is dashboard-authorized, by itself or by its project's switch; a deleted one is not."""
    alone = is_authorized_alone(notebook_id)
    switched = exists(select(1).where(ProjectRow.id == project_id, ProjectRow.authorizes_all_objects))
    return alone | (switched & notebook_id.is_not(None))


def is_authorized_alone(notebook_id: NotebookId) -> ColumnElement[bool]:
    """Tell whether a notebook is dashboard-authorized by itself, whatever its project's switch says."""
    return exists(select(1).where(AuthorizedObjectRow.notebook_id == notebook_id))


def is_published() -> ColumnElement[bool]:
    """Tell whether a notebook has an export."""
    return NotebookRow.published.expression


def any_writer_edits(project_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Tell whether a project lets any dashboard writer edit what others own."""
    return exists(select(1).where(ProjectRow.id == project_id, ProjectRow.dashboard_write_policy == DashboardWritePolicy.ANY_WRITER))
