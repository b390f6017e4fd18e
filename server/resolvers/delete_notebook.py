"""Delete a notebook, its exports and its authorization."""

from server.auth.rules import Action
from server.auth.visibility import visible_to
from server.context import Context
from server.db.models import InsightRow, NotebookRow
from server.db.repositories.insights import delete_exports_of, lock_insights_on
from server.db.repositories.nodes import lock
from server.domain.dashboards import ExportSelectionMode
from server.domain.errors import NotebookInUse
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


async def delete_notebook(context: Context, notebook_id: str, *, force: bool) -> list[InsightRow]:
    """Delete it; raises NotebookInUse, unless forced to leave insights without a notebook. Return those one finds in lists."""
    notebook = await nodes.get(context, NotebookRow, notebook_id, ["input", "notebook_id"])
    context.authorize(Action.DELETE_NOTEBOOK, await subject_of(context, notebook))
    await lock(context.session, notebook)
    showing = await lock_insights_on(context.session, notebook.id, visible_to(context.caller, InsightRow, Action.LIST_INSIGHTS))
    if showing.rows and not force:
        raise NotebookInUse([row.id for row in showing.visible], ["input", "notebook_id"])
    for insight in showing.rows:
        # `authorized` stays: whoever saw the content is told what became of it
        insight.mode, insight.pinned_export_id, insight.notebook_id = ExportSelectionMode.LATEST, None, None
        insight.modified_at = context.now()
    await context.flush()
    await delete_exports_of(context.session, notebook.id)
    await context.session.delete(notebook)  # its authorization goes with it
    await context.flush()
    return showing.visible
