"""Create an export of a notebook, without an insight."""

from dataclasses import dataclass

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.context import Context
from server.db.models import ExportRow, NotebookRow
from server.domain.notebooks import ExportTrigger
from server.resolvers import nodes, repeating
from server.resolvers.exporting import make_export
from server.resolvers.repeating import Answer
from server.resolvers.subjects import subject_of
from server.resolvers.warnings import Warned


@dataclass(frozen=True, slots=True)
class CreateExport:
    """What to freeze."""

    notebook_id: str
    expected_revision: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """The export, None where a retry finds it deleted."""

    export: ExportRow | None
    warnings: list[Warned]


async def create_export(context: Context, given: CreateExport, *, idempotency_key: str | None = None) -> Created:
    """Freeze the notebook's last saved state."""
    notebook = await nodes.get(context, NotebookRow, given.notebook_id, ["input", "notebook_id"])
    context.authorize(Action.CREATE_EXPORT, await subject_of(context, notebook))
    if (earlier := await repeating.recall(context, "createExport", idempotency_key, given)) is not None:
        rows = await repeating.recalled(context, earlier.ids["export"])
        return Created(next((row for row in rows if isinstance(row, ExportRow)), None), earlier.warnings)
    exported = await make_export(context, notebook, ExportTrigger.MANUAL, label=given.label, expected_revision=given.expected_revision)
    answer = Answer({"export": [exported.export.id]}, exported.warnings)
    await repeating.remember(context, "createExport", idempotency_key, given, answer)
    context.subject = Subject(notebook.project_id, id=exported.export.id)
    return Created(exported.export, exported.warnings)
