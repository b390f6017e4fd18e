"""Create a dashboard with one empty page."""

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.context import Context
from server.db.models import DashboardRow, PageRow
from server.domain.ids import Kind
from server.domain.names import check_name, check_text
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


async def create_dashboard(context: Context, project_key: str, name: str, description: str | None, *, listed: bool) -> DashboardRow:
    """Make a dashboard of the caller's; to have it listed at once takes the right to list."""
    project = await nodes.get_project_by_key(context, project_key, ["input", "project_key"])
    context.authorize(Action.CREATE_DASHBOARD, Subject(project.id, id=project.id))
    if listed:
        context.authorize(Action.SET_DASHBOARD_LISTED, await subject_of(context, project))
    name, description = check_name(name, ["input", "name"]), check_text(description, ["input", "description"])
    row = await make_dashboard(context, project.id, name, description, listed=listed)
    context.subject = Subject(project.id, id=row.id)
    return row


async def make_dashboard(context: Context, project_id: str, name: str, description: str | None = None, *, listed: bool) -> DashboardRow:
    """Make the rows; the caller has authorized it."""
    now = context.now()
    row = DashboardRow(
        id=context.new_id(Kind.DASHBOARD),
        project_id=project_id,
        name=name,
        description=description,
        owner_id=context.caller.user_id,
        listed=listed,
        created_at=now,
        modified_at=now,
    )
    context.session.add(row)
    await context.session.flush()
    context.session.add(PageRow(id=context.new_id(Kind.PAGE), dashboard_id=row.id, project_id=project_id, position=0))
    await context.flush()
    return row
