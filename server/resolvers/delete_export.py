"""Delete an export."""

from server.auth.rules import Action
from server.auth.visibility import visible_to
from server.context import Context
from server.db.models import ExportRow, InsightRow, NotebookRow
from server.db.repositories.insights import lock_insights_pinning
from server.db.repositories.nodes import lock
from server.domain.dashboards import ExportSelectionMode
from server.domain.errors import ExportPinned
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


async def delete_export(context: Context, export_id: str, *, unpin: bool) -> list[InsightRow]:
    """Delete it; raises ExportPinned, unless told to let the insights that pin it follow the newest. Return those one finds in lists.

    Hidden insights protect it as well, and are moved as well: whoever may delete the export need not be able to edit them.
    """
    export = await nodes.get(context, ExportRow, export_id, ["input", "export_id"])
    context.authorize(Action.DELETE_EXPORT, await subject_of(context, export))
    notebook = await nodes.get(context, NotebookRow, export.notebook_id, ["input", "export_id"])
    await lock(context.session, notebook)
    await lock(context.session, export)  # of two who delete at once the second finds nothing
    pinning = await lock_insights_pinning(context.session, export.id, visible_to(context.caller, InsightRow, Action.LIST_INSIGHTS))
    if pinning.rows and not unpin:
        raise ExportPinned([row.id for row in pinning.visible], ["input", "export_id"])
    for insight in pinning.rows:
        insight.mode, insight.pinned_export_id = ExportSelectionMode.LATEST, None
        insight.modified_at = context.now()
    await context.flush()
    await context.session.delete(export)
    await context.flush()
    state = await context.loaders.notebook_states.load(notebook.id)
    notebook.published = state is not None and state.latest_export is not None
    await context.flush()
    return pinning.visible
