"""Choose what an insight shows: an export of its notebook, or always the newest."""

from server.auth.rules import Action
from server.context import Context
from server.db.models import InsightRow
from server.domain.dashboards import ExportSelectionMode
from server.resolvers import nodes
from server.resolvers.insights import export_to_pin
from server.resolvers.subjects import subject_of


async def select_export(context: Context, insight_id: str, mode: ExportSelectionMode, export_id: str | None) -> InsightRow:
    """Pin an export, or follow the newest one."""
    insight = await nodes.get(context, InsightRow, insight_id, ["input", "insight_id"])
    context.authorize(Action.SELECT_EXPORT, await subject_of(context, insight))
    export = await export_to_pin(context, insight.notebook_id, mode, export_id)
    insight.mode, insight.pinned_export_id = mode, None if export is None else export.id
    insight.modified_at = context.now()
    await context.flush()
    return insight
