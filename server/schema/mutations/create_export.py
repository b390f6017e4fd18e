"""`createExport`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import create_export as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.export import Export
from server.schema.types.warning import Warning, no_warnings  # noqa: A004  the API's name


@strawberry.input(description="What to freeze.")
class CreateExportInput:
    """Only the notebook's id is needed."""

    notebook_id: strawberry.ID = strawberry.field(description="The notebook; its last saved state is frozen.")
    expected_revision: str | None = strawberry.field(
        description="Refuse with RevisionConflict if the live notebook has moved on from this revision.", default=None
    )
    label: str | None = strawberry.field(description="What to call the export, up to 200 characters.", default=None)
    idempotency_key: str | None = strawberry.field(
        description="Makes a retry safe: the same key and input answer the same and happen once. Kept for a day at least.", default=None
    )


@strawberry.type(description="The new export, or why there is none.")
class CreateExportPayload:
    """Insights that follow the newest export show it at once."""

    export: Export | None = strawberry.field(description="The new export.", default=None)
    warnings: list[Warning] = strawberry.field(description="What went well and yet needs a look.", default_factory=no_warnings)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(description="Freeze a notebook without making an insight.", extensions=deed(Action.CREATE_EXPORT, CreateExportPayload))
async def create_export(info: Info, input: CreateExportInput) -> CreateExportPayload | None:
    """Turn rows into the payload."""
    given = deeds.CreateExport(input.notebook_id, input.expected_revision, input.label)
    done = await deeds.create_export(info.context, given, idempotency_key=input.idempotency_key)
    return CreateExportPayload(export=show(done.export), warnings=Warning.of_all(done.warnings))
