"""`selectExport`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import select_export as deeds
from server.schema.enums import ExportSelectionMode
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.insight import Insight


@strawberry.input(description="Which export an insight shows.")
class SelectExportInput:
    """PINNED names an export, LATEST none."""

    insight_id: strawberry.ID = strawberry.field(description="The insight.")
    mode: ExportSelectionMode = strawberry.field(description="How its export is chosen.")
    export_id: strawberry.ID | None = strawberry.field(
        description="With PINNED, and only then: an export of the insight's notebook.", default=None
    )


@strawberry.type(description="The insight with its choice, or why it has not changed.")
class SelectExportPayload:
    """Its tiles follow at once."""

    insight: Insight | None = strawberry.field(description="The insight.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Choose which export an insight and its tiles show: one of its notebook's, or always the newest.",
    extensions=deed(Action.SELECT_EXPORT, SelectExportPayload),
)
async def select_export(info: Info, input: SelectExportInput) -> SelectExportPayload | None:
    """Turn the row into the payload."""
    return SelectExportPayload(insight=show(await deeds.select_export(info.context, input.insight_id, input.mode, input.export_id)))
