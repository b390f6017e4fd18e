"""Authorize a notebook for dashboard-only readers."""

from server.context import Context
from server.db.models import AuthorizedObjectRow, NotebookRow
from server.domain.grants import CodeExposure
from server.resolvers import nodes
from server.resolvers.authorizing import authorize


async def authorize_notebook(context: Context, notebook_id: str, code_exposure: CodeExposure | None) -> AuthorizedObjectRow:
    """Open the notebook's exports, never its live source, to those who may only see dashboards."""
    notebook = await nodes.get(context, NotebookRow, notebook_id, ["input", "notebook_id"])
    return await authorize(context, notebook, code_exposure)
