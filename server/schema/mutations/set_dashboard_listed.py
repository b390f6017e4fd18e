"""`setDashboardListed`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import set_dashboard_listed as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard
from server.schema.types.warning import Warning, no_warnings  # noqa: A004  the API's name


@strawberry.input(description="Whether plain readers find a dashboard in lists.")
class SetDashboardListedInput:
    """Unlisted ones open by id."""

    dashboard_id: strawberry.ID = strawberry.field(description="The dashboard.")
    expected_version: int | None = strawberry.field(description="Refuse with VersionConflict if it has another version.", default=None)
    listed: bool = strawberry.field(description="Listed or not.")
    authorize: bool = strawberry.field(
        description="Also open the notebooks on it to dashboard-only readers; needs MANAGE_AUTHORIZED_OBJECTS.", default=False
    )


@strawberry.type(description="The dashboard, or why it has not changed.")
class SetDashboardListedPayload:
    """Warnings name what readers would not see."""

    dashboard: Dashboard | None = strawberry.field(description="The dashboard.", default=None)
    warnings: list[Warning] = strawberry.field(description="What went well and yet needs a look.", default_factory=no_warnings)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="List a dashboard for plain readers, or take it off the list.",
    extensions=deed(Action.SET_DASHBOARD_LISTED, SetDashboardListedPayload),
)
async def set_dashboard_listed(info: Info, input: SetDashboardListedInput) -> SetDashboardListedPayload | None:
    """Turn rows into the payload."""
    done = await deeds.set_dashboard_listed(
        info.context,
        input.dashboard_id,
        listed=input.listed,
        expected_version=input.expected_version,
        authorize_sources=input.authorize,
    )
    return SetDashboardListedPayload(dashboard=show(done.dashboard), warnings=Warning.of_all(done.warnings))
