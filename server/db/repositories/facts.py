"""What rules ask about a thing, as SQL."""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from server.db.models import AuthorizedObjectRow, NotebookRow, ProjectRow
from server.domain.grants import DashboardWritePolicy

Known = InstrumentedAttribute[bool] | ColumnElement[bool]


def is_authorized(alone: Known, project_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Tell whether a notebook is dashboard-authorized, by itself (`alone`) or by its project's switch."""
    return alone | exists(select(1).where(ProjectRow.id == project_id, ProjectRow.authorizes_all_objects))


def is_authorized_alone(notebook_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Tell whether a notebook is dashboard-authorized by itself, whatever its project's switch says."""
    return exists(select(1).where(AuthorizedObjectRow.notebook_id == notebook_id))


def is_published() -> ColumnElement[bool]:
    """Tell whether a notebook has an export."""
    return NotebookRow.published.expression


def any_writer_edits(project_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Tell whether a project lets any dashboard writer edit what others own."""
    return exists(select(1).where(ProjectRow.id == project_id, ProjectRow.dashboard_write_policy == DashboardWritePolicy.ANY_WRITER))
