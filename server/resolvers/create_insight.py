"""Create an insight on a published notebook, and pin it; the code right is not needed for that."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.context import Context
from server.db.models import ExportRow, InsightRow, NotebookRow, TileRow
from server.db.repositories import notebooks
from server.domain.dashboards import ExportSelectionMode
from server.domain.errors import NotebookNotPublished
from server.domain.notebooks import ExportTrigger
from server.resolvers import nodes
from server.resolvers.authorizing import authorize_or_warn
from server.resolvers.editing import PinTarget, pin_everywhere
from server.resolvers.exporting import make_export
from server.resolvers.insights import export_to_pin, make_insight
from server.resolvers.subjects import subject_of
from server.resolvers.warnings import Warned


@dataclass(frozen=True, slots=True)
class CreateInsight:
    """What to show, and where."""

    notebook_id: str
    name: str | None = None
    mode: ExportSelectionMode = ExportSelectionMode.LATEST
    export_id: str | None = None
    create_export: bool = False
    targets: Sequence[PinTarget] = ()
    authorize: bool = False


@dataclass(frozen=True, slots=True)
class CreatedInsight:
    """What was made; `export` only if this call made one."""

    insight: InsightRow
    export: ExportRow | None
    tiles: list[TileRow]
    warnings: list[Warned]


async def create_insight(context: Context, given: CreateInsight) -> CreatedInsight:
    """Make insight and tiles, all or nothing; raises NotebookNotPublished where there is nothing to show."""
    notebook = await nodes.get(context, NotebookRow, given.notebook_id, ["input", "notebook_id"])
    subject = await subject_of(context, notebook)
    context.authorize(Action.CREATE_INSIGHT, subject)
    if given.authorize:
        await notebooks.hold_unauthorized(context.session, [notebook.id])
    export, warnings = None, list[Warned]()
    if given.create_export:
        context.authorize(Action.CREATE_EXPORT, subject)
        exported = await make_export(context, notebook, ExportTrigger.MANUAL)
        export, warnings = exported.export, exported.warnings
    state = await context.loaders.notebook_states.load(notebook.id)
    if state is None or state.latest_export is None:
        raise NotebookNotPublished(notebook.id, ["input", "notebook_id"])
    pins_the_new_one = export is not None and given.mode is ExportSelectionMode.PINNED and given.export_id is None
    pinned = export if pins_the_new_one else await export_to_pin(context, notebook.id, given.mode, given.export_id)
    insight = await make_insight(context, notebook, name=given.name, name_field=["input", "name"], pinned=pinned)
    tiles = await pin_everywhere(context, insight, given.targets)
    warnings += await authorize_or_warn(context, notebook, wanted=given.authorize)
    context.subject = Subject(notebook.project_id, id=insight.id)
    return CreatedInsight(insight, export, tiles, warnings)
