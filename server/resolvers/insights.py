"""Insights: make one, choose its export, say what it shows to whom."""

from collections.abc import Sequence

from server.auth.rules import Action
from server.context import Context
from server.db.models import ExportRow, InsightRow, NotebookRow
from server.domain.dashboards import ExportSelectionMode, InsightAccessState
from server.domain.errors import InvalidInput
from server.domain.ids import Kind
from server.domain.names import MAX_NAME, check_name
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


async def make_insight(
    context: Context,
    notebook: NotebookRow,
    *,
    name: str | None,
    name_field: Sequence[str],
    pinned: ExportRow | None = None,
) -> InsightRow:
    """Make an unlisted insight of the caller's on a notebook; its default name carries the time, in UTC."""
    now = context.now()
    suffix = f" ({now:%Y-%m-%d %H:%M})"
    row = InsightRow(
        id=context.new_id(Kind.INSIGHT),
        project_id=notebook.project_id,
        notebook_id=notebook.id,
        authorized=notebook.authorized,
        name=notebook.name[: MAX_NAME - len(suffix)] + suffix if name is None else check_name(name, name_field),
        owner_id=context.caller.user_id,
        mode=ExportSelectionMode.LATEST if pinned is None else ExportSelectionMode.PINNED,
        pinned_export_id=None if pinned is None else pinned.id,
        created_at=now,
        modified_at=now,
    )
    context.session.add(row)
    await context.flush()
    return row


async def export_to_pin(context: Context, notebook_id: str | None, mode: ExportSelectionMode, export_id: str | None) -> ExportRow | None:
    """Check a choice of export: PINNED names one of this very notebook, LATEST names none; raises InvalidInput and NotFound."""
    field = ["input", "export_id"]
    if mode is ExportSelectionMode.LATEST:
        if export_id is not None:
            msg = "LATEST follows the newest export: leave `exportId` out, or choose PINNED."
            raise InvalidInput(msg, field)
        return None
    if export_id is None:
        msg = "PINNED needs an `exportId`."
        raise InvalidInput(msg, field)
    export = await nodes.get(context, ExportRow, export_id, field)
    if export.notebook_id != notebook_id:
        msg = "The export belongs to another notebook."
        raise InvalidInput(msg, field)
    return export


async def find_displayed_export(context: Context, insight: InsightRow) -> ExportRow | None:
    """Find what a visible insight shows: the pin, or the newest export; None where every export is gone.

    The state of a pinned export's notebook is what rules look at next: asked for at once, it comes in the batch of all the others.
    """
    if insight.notebook_id is None:
        return None
    loading = context.loaders.notebook_states.load(insight.notebook_id)
    if insight.pinned_export_id is None:
        if not context.decide(Action.VIEW_INSIGHT, await subject_of(context, insight)).allowed:
            return None  # a pin is looked up by what the viewer sees; the newest export comes with the notebook's state, whoever asks
        state = await loading
        return state.latest_export if state else None
    pinned = await nodes.find(context, ExportRow, insight.pinned_export_id)
    await loading
    return pinned


async def access_state_of(context: Context, insight: InsightRow) -> InsightAccessState:
    """Say what stands between a viewer and the content of an insight they may see."""
    if insight.notebook_id is None:
        return InsightAccessState.NOTEBOOK_DELETED
    export = await find_displayed_export(context, insight)
    return InsightAccessState.EXPORT_DELETED if export is None else InsightAccessState.ACCESSIBLE


async def is_reader_accessible(context: Context, insight: InsightRow) -> bool | None:
    """Tell whether a dashboard-only reader would see the content; None to those who may not edit the insight."""
    if not context.decide(Action.UPDATE_INSIGHT, await subject_of(context, insight)).allowed:
        return None
    if insight.notebook_id is None:
        return False
    state = await context.loaders.notebook_states.load(insight.notebook_id)
    return state is not None and state.code_exposure is not None and state.latest_export is not None
