"""`updateDashboard`."""

import strawberry
from strawberry.types.unset import UNSET

from server.auth.rules import Action
from server.resolvers import update_dashboard as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.mutations.inputs import unless_left_out
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard


@strawberry.input(description="What to change about a dashboard; what is absent stays.")
class UpdateDashboardInput:
    """A description of null takes the description away."""

    dashboard_id: strawberry.ID = strawberry.field(description="The dashboard.")
    expected_version: int | None = strawberry.field(description="Refuse with VersionConflict if it has another version.", default=None)
    name: str | None = strawberry.field(description="Its name, up to 200 characters.", default=None)
    description: str | None = strawberry.field(
        description="What to say about it, up to 10,000 characters; null or empty: nothing.", default=UNSET
    )

    def given(self) -> deeds.UpdateDashboard:
        """Return it as the resolvers' input."""
        return deeds.UpdateDashboard(
            dashboard_id=self.dashboard_id,
            expected_version=self.expected_version,
            name=self.name,
            description=unless_left_out(self.description),
        )


@strawberry.type(description="The dashboard, or why it has not changed.")
class UpdateDashboardPayload:
    """As it is now."""

    dashboard: Dashboard | None = strawberry.field(description="The dashboard.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Change a dashboard's name and description.", extensions=deed(Action.EDIT_DASHBOARD, UpdateDashboardPayload)
)
async def update_dashboard(info: Info, input: UpdateDashboardInput) -> UpdateDashboardPayload | None:
    """Turn the row into the payload."""
    return UpdateDashboardPayload(dashboard=show(await deeds.update_dashboard(info.context, input.given())))
