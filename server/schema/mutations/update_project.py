"""`updateProject`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import update_project as deeds
from server.schema.enums import DashboardWritePolicy
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.project import Project


@strawberry.input(description="What to change about a project; what is absent stays.")
class UpdateProjectInput:
    """The key stays as it is."""

    project_key: str = strawberry.field(description="The project's key.")
    name: str | None = strawberry.field(description="Its name, up to 200 characters.", default=None)
    dashboard_write_policy: DashboardWritePolicy | None = strawberry.field(
        description="Who may edit dashboards and insights that others own.", default=None
    )
    allows_active_content: bool | None = strawberry.field(
        description="Whether exports may be shown with their scripts running; to switch it on takes CREATE_ACTIVE_WEB_CONTENT as well.",
        default=None,
    )


@strawberry.type(description="The project, or why it has not changed.")
class UpdateProjectPayload:
    """As it is now."""

    project: Project | None = strawberry.field(description="The project.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(description="Change a project's name and policies.", extensions=deed(Action.UPDATE_PROJECT, UpdateProjectPayload))
async def update_project(info: Info, input: UpdateProjectInput) -> UpdateProjectPayload | None:
    """Turn the row into the payload."""
    given = deeds.UpdateProject(input.project_key, input.name, input.dashboard_write_policy, input.allows_active_content)
    return UpdateProjectPayload(project=show(await deeds.update_project(info.context, given)))
