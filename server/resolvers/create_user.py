"""Create a user."""

from collections.abc import Sequence

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.context import Context
from server.db.models import GlobalGrantRow, UserRow
from server.db.repositories import identities
from server.domain.errors import NameTaken
from server.domain.grants import GlobalPermission
from server.domain.ids import Kind
from server.domain.names import check_login, check_name, login_taken


async def create_user(context: Context, login: str, display_name: str | None, global_permissions: Sequence[GlobalPermission]) -> UserRow:
    """Make a user without a token; raises NameTaken."""
    context.authorize(Action.CREATE_USER, Subject())
    check_login(login, ["input", "login"])
    twin = await identities.find_twin(context.session, login)
    if twin is not None:
        raise NameTaken(login_taken(login, twin.login), ["input", "login"])
    shown = login if display_name is None else check_name(display_name, ["input", "display_name"])
    row = UserRow(id=context.new_id(Kind.USER), login=login, display_name=shown, created_at=context.now())
    context.session.add(row)
    await context.session.flush()
    context.session.add_all(GlobalGrantRow(user_id=row.id, permission=permission) for permission in dict.fromkeys(global_permissions))
    await context.flush()
    context.subject = Subject(id=row.id)
    return row
