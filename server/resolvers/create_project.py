"""Create a project with its first dashboard; its maker owns it."""

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.context import Context
from server.db.models import ProjectRow
from server.db.repositories import notebooks
from server.domain.errors import NameTaken
from server.domain.ids import Kind
from server.domain.names import check_name, check_project_key
from server.resolvers.create_dashboard import make_dashboard


async def create_project(context: Context, key: str, name: str) -> ProjectRow:
    """Make the project; raises NameTaken, which may tell that a hidden project has the key: keys are no secret."""
    context.authorize(Action.CREATE_PROJECT, Subject())
    check_project_key(key, ["input", "key"])
    if await notebooks.project_key_is_taken(context.session, key):
        msg = f"A project with the key {key} exists already, or with one that differs from it in case alone."
        raise NameTaken(msg, ["input", "key"])
    row = ProjectRow(
        id=context.new_id(Kind.PROJECT),
        key=key,
        name=check_name(name, ["input", "name"]),
        owner_id=context.caller.user_id,
        created_at=context.now(),
    )
    context.session.add(row)
    await context.session.flush()
    await make_dashboard(context, row.id, "Dashboard", listed=True)
    context.subject = Subject(row.id, id=row.id)
    return row
