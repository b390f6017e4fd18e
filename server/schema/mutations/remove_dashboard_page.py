"""`removeDashboardPage`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import remove_dashboard_page as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard


@strawberry.input(description="Which page to remove.")
class RemoveDashboardPageInput:
    """The insights on it stay."""

    page_id: strawberry.ID = strawberry.field(description="The page.")
    expected_version: int | None = strawberry.field(
        description="Refuse with VersionConflict if its dashboard has another version.", default=None
    )


@strawberry.type(description="What was removed, or why nothing was.")
class RemoveDashboardPagePayload:
    """The dashboard has its new version."""

    removed_page_id: strawberry.ID | None = strawberry.field(description="The id of what was a page.", default=None)
    dashboard: Dashboard | None = strawberry.field(description="The dashboard.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Remove a page of a dashboard with its tiles. Where it was the last one, a new and empty page takes its place.",
    extensions=deed(Action.EDIT_DASHBOARD, RemoveDashboardPagePayload),
)
async def remove_dashboard_page(info: Info, input: RemoveDashboardPageInput) -> RemoveDashboardPagePayload | None:
    """Turn the row into the payload."""
    removed, dashboard = await deeds.remove_dashboard_page(info.context, input.page_id, input.expected_version)
    return RemoveDashboardPagePayload(removed_page_id=strawberry.ID(removed), dashboard=show(dashboard))
