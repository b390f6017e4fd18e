"""Give a project, a dashboard or an insight another owner."""

from server.auth.rules import Action
from server.context import Context
from server.db.models import DashboardRow, InsightRow, ProjectRow, UserRow
from server.db.repositories.nodes import lock
from server.domain.errors import InvalidInput, NotFound
from server.resolvers import nodes
from server.resolvers.accounts import find_user
from server.resolvers.owning import Owned, give, unreadable_among
from server.resolvers.subjects import subject_of


async def transfer_ownership(context: Context, id_: str, new_owner_login: str) -> Owned:
    """Change the owner; a project's new owner holds ADMIN on it by that, its former owner only what was granted to them."""
    row = await nodes.find_node(context, id_)
    if not isinstance(row, ProjectRow | DashboardRow | InsightRow):
        raise NotFound(["input", "id"], what="project, dashboard or insight")
    subject = await subject_of(context, row)
    context.authorize(Action.TRANSFER_OWNERSHIP, subject)
    await give(context, row, await _new_owner(context, row, new_owner_login))
    await context.flush()
    context.subject = subject
    return row


async def _new_owner(context: Context, row: Owned, login: str) -> UserRow:
    """Get the new owner; one refusal for all reasons, as nobody need learn who is inactive or may read what."""
    user = await find_user(context, login)
    if user is not None:
        await lock(context.session, user)  # against their deactivation, which hands over what it finds
        must_read = set[str]() if isinstance(row, ProjectRow) else {row.project_id}
        if user.active and not await unreadable_among(context, user, must_read):
            return user
    msg = "The new owner must be an active user, and for a dashboard or an insight one who may read dashboards in its project."
    raise InvalidInput(msg, ["input", "new_owner_login"])
