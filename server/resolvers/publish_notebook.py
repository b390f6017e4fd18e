"""Publish a notebook: export, insight and tiles, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.auth.rules import Action
from server.auth.visibility import visible_to
from server.context import Context
from server.db.models import DashboardRow, ExportRow, InsightRow, NotebookRow, TileRow
from server.db.repositories import dashboards, notebooks
from server.db.repositories.nodes import lock
from server.domain.dashboards import ExportSelectionMode
from server.domain.errors import InvalidInput, NotFound
from server.domain.notebooks import ExportTrigger
from server.resolvers import nodes, repeating
from server.resolvers.authorizing import authorize_or_warn
from server.resolvers.editing import PinTarget, pin_everywhere
from server.resolvers.exporting import make_export
from server.resolvers.insights import make_insight
from server.resolvers.repeating import Answer
from server.resolvers.subjects import subject_of
from server.resolvers.warnings import Warned, no_editable_dashboard


@dataclass(frozen=True, slots=True)
class PublishNotebook:
    """What to publish, and where to."""

    notebook_id: str
    insight_id: str | None = None
    expected_revision: str | None = None
    insight_name: str | None = None
    label: str | None = None
    targets: Sequence[PinTarget] = ()
    authorize: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What was made; after a retry, what is still there of it."""

    export: ExportRow | None
    insight: InsightRow | None
    tiles: list[TileRow]
    warnings: list[Warned]


async def publish_notebook(context: Context, given: PublishNotebook, *, idempotency_key: str | None = None) -> Published:
    """Freeze the notebook's last saved state, show it in an insight that follows the newest export, and pin that on each target.

    The insight is a new one, or one of this notebook's that is named and that the caller may edit: its tiles stay, a pin is lifted.
    """
    notebook = await nodes.get(context, NotebookRow, given.notebook_id, ["input", "notebook_id"])
    subject = await subject_of(context, notebook)
    context.authorize(Action.PUBLISH_NOTEBOOK, subject)
    insight = None if given.insight_id is None else await _to_renew(context, notebook, given)
    if (earlier := await repeating.recall(context, "publishNotebook", idempotency_key, given)) is not None:
        return await _published_before(context, earlier)
    if given.insight_id is not None and insight is None:
        raise NotFound(["input", "insight_id"], what="insight")
    if given.authorize:
        await notebooks.hold_unauthorized(context.session, [notebook.id])
    exported = await make_export(context, notebook, ExportTrigger.PUBLISH, label=given.label, expected_revision=given.expected_revision)
    if insight is None:
        insight = await make_insight(context, notebook, name=given.insight_name, name_field=["input", "insight_name"])
    else:
        await _renew(context, insight)
    tiles = await pin_everywhere(context, insight, given.targets)
    warnings = [*exported.warnings, *await authorize_or_warn(context, notebook, wanted=given.authorize)]
    if not given.targets and given.insight_id is None and not await _may_edit_a_dashboard(context, notebook.project_id):
        warnings.append(no_editable_dashboard())
    ids = {"export": [exported.export.id], "insight": [insight.id], "tiles": [tile.id for tile in tiles]}
    await repeating.remember(context, "publishNotebook", idempotency_key, given, Answer(ids, warnings))
    context.subject = subject
    return Published(exported.export, insight, tiles, warnings)


async def _to_renew(context: Context, notebook: NotebookRow, given: PublishNotebook) -> InsightRow | None:
    """Find the insight to publish into; None where there is none, as a retry may find it deleted."""
    insight = await nodes.find(context, InsightRow, given.insight_id)
    if insight is None:
        return None
    context.authorize(Action.SELECT_EXPORT, await subject_of(context, insight))
    if insight.notebook_id != notebook.id:
        msg = "The insight shows another notebook, or none any more."
        raise InvalidInput(msg, ["input", "insight_id"])
    if given.insight_name is not None:
        msg = "An `insightName` is for a new insight: leave it out, and rename this one by `updateInsight`."
        raise InvalidInput(msg, ["input", "insight_name"])
    return insight


async def _renew(context: Context, insight: InsightRow) -> None:
    """Let an insight show what was published last, and what will be."""
    await lock(context.session, insight)
    insight.mode, insight.pinned_export_id = ExportSelectionMode.LATEST, None
    insight.modified_at = context.now()
    await context.flush()


async def _published_before(context: Context, earlier: Answer) -> Published:
    rows = await repeating.recalled(context, [*earlier.ids["export"], *earlier.ids["insight"], *earlier.ids["tiles"]])
    return Published(
        next((row for row in rows if isinstance(row, ExportRow)), None),
        next((row for row in rows if isinstance(row, InsightRow)), None),
        [row for row in rows if isinstance(row, TileRow)],
        earlier.warnings,
    )


async def _may_edit_a_dashboard(context: Context, project_id: str) -> bool:
    editable = visible_to(context.caller, DashboardRow, Action.EDIT_DASHBOARD)
    return await dashboards.any_dashboard(context.session, project_id, editable)
