"""Publish a notebook: export, insight and tiles, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.auth.rules import Action
from server.auth.visibility import visible_to
from server.context import Context
from server.db.models import DashboardRow, ExportRow, InsightRow, NotebookRow, TileRow
from server.db.repositories import dashboards
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
    """Freeze the notebook's last saved state, show it in a new insight that follows it, and pin that on each target."""
    notebook = await nodes.get(context, NotebookRow, given.notebook_id, ["input", "notebook_id"])
    subject = await subject_of(context, notebook)
    context.authorize(Action.PUBLISH_NOTEBOOK, subject)
    if (earlier := await repeating.recall(context, "publishNotebook", idempotency_key, given)) is not None:
        return await _published_before(context, earlier)
    exported = await make_export(context, notebook, ExportTrigger.PUBLISH, label=given.label, expected_revision=given.expected_revision)
    insight = await make_insight(context, notebook, name=given.insight_name, name_field=["input", "insight_name"])
    tiles = await pin_everywhere(context, insight, given.targets)
    warnings = [*exported.warnings, *await authorize_or_warn(context, notebook, wanted=given.authorize)]
    if not given.targets and not await _may_edit_a_dashboard(context, notebook.project_id):
        warnings.append(no_editable_dashboard())
    ids = {"export": [exported.export.id], "insight": [insight.id], "tiles": [tile.id for tile in tiles]}
    await repeating.remember(context, "publishNotebook", idempotency_key, given, Answer(ids, warnings))
    context.subject = subject
    return Published(exported.export, insight, tiles, warnings)


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
