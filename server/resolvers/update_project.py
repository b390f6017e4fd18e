"""Change a project's name and policies."""

from dataclasses import dataclass

from server.auth.rules import Action
from server.context import Context
from server.db.models import ProjectRow
from server.db.repositories.nodes import lock
from server.domain.grants import DashboardWritePolicy
from server.domain.names import check_name
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


@dataclass(frozen=True, slots=True)
class UpdateProject:
    """What to change; None leaves it as it is."""

    project_key: str
    name: str | None = None
    dashboard_write_policy: DashboardWritePolicy | None = None
    allows_active_content: bool | None = None


async def update_project(context: Context, given: UpdateProject) -> ProjectRow:
    """Change what is given; to allow active content takes CREATE_ACTIVE_WEB_CONTENT besides ADMIN."""
    project = await nodes.get_project_by_key(context, given.project_key, ["input", "project_key"])
    subject = await subject_of(context, project)
    context.authorize(Action.UPDATE_PROJECT, subject)
    if given.allows_active_content:
        context.authorize(Action.ALLOW_ACTIVE_CONTENT, subject)
    await lock(context.session, project)
    if given.name is not None:
        project.name = check_name(given.name, ["input", "name"])
    if given.dashboard_write_policy is not None:
        project.dashboard_write_policy = given.dashboard_write_policy
    if given.allows_active_content is not None:
        project.allows_active_content = given.allows_active_content
    await context.flush()
    return project
