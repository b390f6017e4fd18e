"""Give projects, dashboards and insights another owner."""

from collections.abc import Sequence

from server.auth.conditions import Subject
from server.auth.rules import Action, decide
from server.auth.viewer import Viewer
from server.context import Context
from server.db.models import DashboardRow, InsightRow, ProjectRow, UserRow
from server.db.repositories import identities
from server.db.repositories.nodes import lock
from server.domain.errors import InvalidInput
from server.domain.grants import expand, expand_globally
from server.resolvers.editing import edit_dashboard
from server.resolvers.subjects import subject_of

Owned = ProjectRow | DashboardRow | InsightRow


async def give(context: Context, row: Owned, owner: UserRow) -> None:
    """Change the owner of a visible thing; for a dashboard that is an edit, which counts its version up. Raises Forbidden."""
    action = Action.TRANSFER_OWNERSHIP
    if isinstance(row, DashboardRow):
        await edit_dashboard(context, row, action=action)
    else:
        context.authorize(action, await subject_of(context, row))
        await lock(context.session, row)
    if isinstance(row, InsightRow):
        row.modified_at = context.now()
    row.owner_id = owner.id
    await context.session.flush()


async def unreadable_among(context: Context, user: UserRow, project_ids: set[str]) -> set[str]:
    """Return the projects among these where somebody may not read dashboards, by the rights of now."""
    rights = await identities.get_rights(context.session, user.id)
    if rights is None:
        return project_ids
    person = Viewer(
        user_id=user.id,
        login=user.login,
        holder="",
        can_write=False,
        global_permissions=expand_globally(rights.everywhere),
        projects={project_id: expand(granted) for project_id, granted in rights.on_projects.items()},
    )
    return {key for key in project_ids if not decide(person, Action.OPEN_DASHBOARD, Subject(key)).allowed}


async def hand_over_all(context: Context, user: UserRow, heir: UserRow, field: Sequence[str]) -> None:
    """Give all that somebody owns to somebody else; raises InvalidInput if it is in projects where the heir may not read dashboards."""
    owned = await identities.list_owned(context.session, user.id)
    for row in owned:
        await give(context, row, heir)
    await context.flush()
    unreadable = await unreadable_among(context, heir, {row.project_id for row in owned if not isinstance(row, ProjectRow)})
    if unreadable:
        projects = [await context.loaders.nodes.load(project_id) for project_id in unreadable]
        keys = ", ".join(sorted(project.key for project in projects if isinstance(project, ProjectRow)))
        msg = f"{heir.login} may not read dashboards in {keys}, where {user.login} owns some or insights: grant it, or name somebody else."
        raise InvalidInput(msg, field)
