"""Open all notebooks of a project to dashboard-only readers, those to come included, or no longer all."""

from server.auth.rules import Action
from server.context import Context
from server.db.models import ProjectRow
from server.db.repositories.nodes import lock
from server.domain.grants import CodeExposure
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


async def set_authorize_all_objects(context: Context, project_key: str, *, enabled: bool, code_exposure: CodeExposure) -> ProjectRow:
    """Set the project's switch; authorizations of single notebooks stay, and go before it where they differ."""
    project = await nodes.get_project_by_key(context, project_key, ["input", "project_key"])
    context.authorize(Action.AUTHORIZE_NOTEBOOK, await subject_of(context, project))
    await lock(context.session, project)
    project.authorizes_all_objects = enabled
    project.all_objects_code_exposure = code_exposure
    await context.flush()
    return project
