"""`deleteExport`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import delete_export as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.insight import Insight


@strawberry.input(description="Which export to delete.")
class DeleteExportInput:
    """Its number is never given again."""

    export_id: strawberry.ID = strawberry.field(description="The export.")
    unpin: bool = strawberry.field(
        description="Let the insights that pin it follow the newest export, all of them, instead of refusing with ExportPinned.",
        default=False,
    )


@strawberry.type(description="What was deleted, or why nothing was.")
class DeleteExportPayload:
    """Insights that followed it show the newest export left."""

    deleted_export_id: strawberry.ID | None = strawberry.field(description="The id of what was an export.", default=None)
    unpinned: list[Insight] | None = strawberry.field(
        description="The insights that pinned it and follow the newest export now, as far as you find them in lists.", default=None
    )
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Delete an export for good. Insights that follow the newest show the newest one left; where none is left they say so.",
    extensions=deed(Action.DELETE_EXPORT, DeleteExportPayload),
)
async def delete_export(info: Info, input: DeleteExportInput) -> DeleteExportPayload | None:
    """Turn rows into the payload."""
    unpinned = await deeds.delete_export(info.context, input.export_id, unpin=input.unpin)
    return DeleteExportPayload(deleted_export_id=input.export_id, unpinned=[show(row) for row in unpinned])
