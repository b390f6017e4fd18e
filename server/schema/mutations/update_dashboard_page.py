"""`updateDashboardPage`."""

import strawberry
from strawberry.types.unset import UNSET

from server.auth.rules import Action
from server.resolvers import update_dashboard_page as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.mutations.inputs import unless_left_out
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard
from server.schema.types.page import DashboardPage


@strawberry.input(description="What to change about a page; what is absent stays.")
class UpdateDashboardPageInput:
    """A title of null takes the title away."""

    page_id: strawberry.ID = strawberry.field(description="The page.")
    expected_version: int | None = strawberry.field(
        description="Refuse with VersionConflict if its dashboard has another version.", default=None
    )
    title: str | None = strawberry.field(description="Its title, up to 200 characters; null or empty: none.", default=UNSET)
    index: int | None = strawberry.field(
        description="Which page it is to be, from 0; those between its old place and the new one move up or down by one.", default=None
    )
    visible: bool | None = strawberry.field(
        description="Whether front ends are to show it to readers; whoever reads the dashboard finds it all the same.", default=None
    )

    def given(self) -> deeds.UpdateDashboardPage:
        """Return it as the resolvers' input."""
        return deeds.UpdateDashboardPage(
            page_id=self.page_id,
            expected_version=self.expected_version,
            title=unless_left_out(self.title),
            index=self.index,
            visible=self.visible,
        )


@strawberry.type(description="The page, or why it has not changed.")
class UpdateDashboardPagePayload:
    """The dashboard has its new version."""

    page: DashboardPage | None = strawberry.field(description="The page.", default=None)
    dashboard: Dashboard | None = strawberry.field(description="The dashboard.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Change a page's title, move it among the pages, or tell front ends to leave it out.",
    extensions=deed(Action.EDIT_DASHBOARD, UpdateDashboardPagePayload),
)
async def update_dashboard_page(info: Info, input: UpdateDashboardPageInput) -> UpdateDashboardPagePayload | None:
    """Turn rows into the payload."""
    page, dashboard = await deeds.update_dashboard_page(info.context, input.given())
    return UpdateDashboardPagePayload(page=show(page), dashboard=show(dashboard))
