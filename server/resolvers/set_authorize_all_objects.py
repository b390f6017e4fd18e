"""Open all notebooks of a project to dashboard-only readers, those to come included, or no longer all."""

from server.auth.rules import Action
from server.context import Context
from server.db.models import ProjectRow
from server.db.repositories.nodes import lock
from server.domain.grants import CodeExposure, exposes_more
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


async def set_authorize_all_objects(context: Context, project_key: str, *, enabled: bool, code_exposure: CodeExposure) -> ProjectRow:
    """Set the project's switch; authorizations of single notebooks stay, and go before it where they differ.

    Raises Forbidden for whoever would open what they do not see themselves: all notebooks, or their code.
    """
    project = await nodes.get_project_by_key(context, project_key, ["input", "project_key"])
    subject = await subject_of(context, project)
    context.authorize(Action.AUTHORIZE_NOTEBOOK, subject)
    await lock(context.session, project)
    if enabled and exposes_more(code_exposure, project.all_objects_code_exposure if project.authorizes_all_objects else None):
        context.authorize(Action.WIDEN_AUTHORIZATION, subject)
    project.authorizes_all_objects = enabled
    project.all_objects_code_exposure = code_exposure
    await context.flush()
    return project
