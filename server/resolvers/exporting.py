"""Freeze a notebook: shared by publishNotebook, createExport and createInsight."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.auth.rules import Action
from server.context import Context
from server.db.models import ExportRow, NotebookRow
from server.db.repositories.nodes import lock
from server.domain.errors import RevisionConflict
from server.domain.grants import GlobalPermission
from server.domain.ids import Kind
from server.domain.names import check_label
from server.domain.notebooks import ExportTrigger, revision_of
from server.resolvers.subjects import subject_of
from server.resolvers.warnings import Warned, of_export


@dataclass(frozen=True, slots=True)
class Exported:
    """A new export and what to tell about it."""

    export: ExportRow
    warnings: list[Warned]


async def make_export(
    context: Context, notebook: NotebookRow, trigger: ExportTrigger, *, label: str | None = None, expected_revision: str | None = None
) -> Exported:
    """Freeze the last saved state under the next sequence number; the caller has authorized it.

    The bytes lie in the store already, so a row is all it takes. Raises RevisionConflict and InvalidInput.
    """
    label = check_label(label, ["input", "label"])
    await lock(context.session, notebook)
    check_revision(notebook, expected_revision, ["input", "expected_revision"])
    state = await context.loaders.notebook_states.load(notebook.id)
    notebook.last_sequence += 1
    notebook.published = True
    row = ExportRow(
        id=context.new_id(Kind.EXPORT),
        notebook_id=notebook.id,
        project_id=notebook.project_id,
        sequence=notebook.last_sequence,
        notebook_name=notebook.name,
        label=label,
        trigger=trigger,
        digest=notebook.digest,
        byte_size=notebook.byte_size,
        cell_count=notebook.cell_count,
        kernel_name=notebook.kernel_name,
        kernel_display_name=notebook.kernel_display_name,
        language=notebook.language,
        file_extension=notebook.file_extension,
        author_may_create_active_content=GlobalPermission.CREATE_ACTIVE_WEB_CONTENT in context.caller.global_permissions,
        created_at=context.now(),
        created_by_id=context.caller.user_id,
    )
    context.session.add(row)
    await context.flush()
    scripts_may_run = context.decide(Action.SHOW_INTERACTIVE, await subject_of(context, row)).allowed
    return Exported(row, of_export(notebook, state.latest_export if state else None, scripts_may_run=scripts_may_run))


def check_revision(notebook: NotebookRow, expected: str | None, field: Sequence[str]) -> None:
    """Raise RevisionConflict if the live notebook has moved on."""
    if expected is not None and expected != revision_of(notebook.digest):
        raise RevisionConflict(notebook.id, field)
