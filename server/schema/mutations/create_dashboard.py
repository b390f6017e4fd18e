"""`createDashboard`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import create_dashboard as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard


@strawberry.input(description="A dashboard to make.")
class CreateDashboardInput:
    """It begins with one empty page."""

    project_key: str = strawberry.field(description="The project's key.")
    name: str = strawberry.field(description="Its name, up to 200 characters.")
    description: str | None = strawberry.field(description="What to say about it, up to 10,000 characters.", default=None)
    listed: bool = strawberry.field(description="Whether plain readers find it in lists at once.", default=False)


@strawberry.type(description="The new dashboard, or why there is none.")
class CreateDashboardPayload:
    """It is the caller's."""

    dashboard: Dashboard | None = strawberry.field(description="The dashboard.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(description="Make a dashboard of your own.", extensions=deed(Action.CREATE_DASHBOARD, CreateDashboardPayload))
async def create_dashboard(info: Info, input: CreateDashboardInput) -> CreateDashboardPayload | None:
    """Turn the row into the payload."""
    row = await deeds.create_dashboard(info.context, input.project_key, input.name, input.description, listed=input.listed)
    return CreateDashboardPayload(dashboard=show(row))
