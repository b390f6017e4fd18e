"""`deleteDashboard`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import delete_dashboard as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info


@strawberry.input(description="Which dashboard to delete.")
class DeleteDashboardInput:
    """The insights on it stay."""

    dashboard_id: strawberry.ID = strawberry.field(description="The dashboard.")
    expected_version: int | None = strawberry.field(description="Refuse with VersionConflict if it has another version.", default=None)


@strawberry.type(description="What was deleted, or why nothing was.")
class DeleteDashboardPayload:
    """It cannot be brought back."""

    deleted_dashboard_id: strawberry.ID | None = strawberry.field(description="The id of what was a dashboard.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Delete a dashboard for good, with its pages and tiles; the insights on it stay.",
    extensions=deed(Action.EDIT_DASHBOARD, DeleteDashboardPayload),
)
async def delete_dashboard(info: Info, input: DeleteDashboardInput) -> DeleteDashboardPayload | None:
    """Turn the id into the payload."""
    deleted = await deeds.delete_dashboard(info.context, input.dashboard_id, input.expected_version)
    return DeleteDashboardPayload(deleted_dashboard_id=strawberry.ID(deleted))
