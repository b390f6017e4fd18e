"""`addDashboardPage`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import add_dashboard_page as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard
from server.schema.types.page import DashboardPage


@strawberry.input(description="A page to add to a dashboard.")
class AddDashboardPageInput:
    """It begins empty, and readers are to be shown it."""

    dashboard_id: strawberry.ID = strawberry.field(description="The dashboard.")
    expected_version: int | None = strawberry.field(description="Refuse with VersionConflict if it has another version.", default=None)
    title: str | None = strawberry.field(description="Its title, up to 200 characters; absent: `Page` and its number.", default=None)
    index: int | None = strawberry.field(
        description="Which page it is to be, from 0; that one and those behind it move on. Absent: the last.", default=None
    )


@strawberry.type(description="The new page, or why there is none.")
class AddDashboardPagePayload:
    """The dashboard has its new version."""

    page: DashboardPage | None = strawberry.field(description="The page.", default=None)
    dashboard: Dashboard | None = strawberry.field(description="The dashboard.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(description="Add an empty page to a dashboard.", extensions=deed(Action.EDIT_DASHBOARD, AddDashboardPagePayload))
async def add_dashboard_page(info: Info, input: AddDashboardPageInput) -> AddDashboardPagePayload | None:
    """Turn rows into the payload."""
    given = deeds.AddDashboardPage(input.dashboard_id, input.expected_version, input.title, input.index)
    page, dashboard = await deeds.add_dashboard_page(info.context, given)
    return AddDashboardPagePayload(page=show(page), dashboard=show(dashboard))
