"""`users`, `groups` and `auditEvents`: for administrators."""

import strawberry

from server.auth.rules import Action
from server.resolvers import people
from server.schema.guarded import guarded
from server.schema.info import Info
from server.schema.pagination import DEFAULT_FIRST, After, Connection, First, page_request
from server.schema.types.audit_event import AuditEvent
from server.schema.types.group import Group
from server.schema.types.user import User


@strawberry.field(
    description="Everybody who may sign in, and those who may not any more, oldest first.", extensions=guarded(Action.LIST_USERS)
)
async def users(info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[User] | None:
    """List them."""
    return Connection[User].of(await people.list_users(info.context, page_request(first, after)))


@strawberry.field(description="All groups, oldest first.", extensions=guarded(Action.LIST_GROUPS))
async def groups(info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[Group] | None:
    """List them."""
    return Connection[Group].of(await people.list_groups(info.context, page_request(first, after)))


@strawberry.field(description="All that was done and refused on the instance, newest first.", extensions=guarded(Action.LIST_AUDIT_EVENTS))
async def audit_events(info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[AuditEvent] | None:
    """List them."""
    return Connection[AuditEvent].of(await people.list_audit_events(info.context, page_request(first, after)))
