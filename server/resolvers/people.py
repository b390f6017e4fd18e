"""Listings of people, and of what they did."""

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.auth.visibility import visible_to
from server.context import Context
from server.db.models import AuditEventRow, GroupRow, ProjectRow, UserRow
from server.db.repositories import audit, identities
from server.domain.grants import GlobalPermission
from server.domain.ids import Kind
from server.domain.pages import PageRequest
from server.resolvers.lists import Listing, list_page
from server.resolvers.subjects import subject_of


async def list_users(context: Context, request: PageRequest) -> Listing[UserRow]:
    """List all users, oldest first, whether or not they may sign in; raises Forbidden."""
    context.authorize(Action.LIST_USERS, Subject())
    query = identities.users(visible_to(context.caller, UserRow, Action.LIST_USERS))
    return await list_page(context, query, identities.USERS_BY_AGE, request, of=Kind.USER)


async def list_groups(context: Context, request: PageRequest) -> Listing[GroupRow]:
    """List all groups, oldest first; raises Forbidden."""
    context.authorize(Action.LIST_GROUPS, Subject())
    query = identities.groups(visible_to(context.caller, GroupRow))
    return await list_page(context, query, identities.GROUPS_BY_AGE, request, of=Kind.GROUP)


async def list_permissions_of_group(context: Context, group_id: str) -> list[GlobalPermission]:
    """List what a group that the viewer was shown holds on the whole instance, to administrators; to others nothing."""
    may_know = context.decide(Action.LIST_GROUPS, Subject()).allowed
    return await context.loaders.global_grants.load(group_id) if may_know else []


async def list_members(context: Context, group_id: str, request: PageRequest) -> Listing[UserRow]:
    """List the users in a group that the viewer was shown, oldest user first: all to administrators, to others themselves."""
    query = identities.members_of(group_id, visible_to(context.caller, UserRow, Action.SEE_ACCOUNT))
    return await list_page(context, query, identities.USERS_BY_AGE, request, of=Kind.USER)


async def list_audit_events(context: Context, request: PageRequest) -> Listing[AuditEventRow]:
    """List all that was done and refused on the instance, newest first; raises Forbidden."""
    context.authorize(Action.LIST_AUDIT_EVENTS, Subject())
    query = audit.events(visible_to(context.caller, AuditEventRow))
    return await list_page(context, query, audit.EVENTS_NEWEST_FIRST, request, of=Kind.AUDIT_EVENT)


async def list_project_audit_events(context: Context, project: ProjectRow, request: PageRequest) -> Listing[AuditEventRow]:
    """List what was done and refused in a project, newest first; raises Forbidden."""
    context.authorize(Action.LIST_PROJECT_AUDIT_EVENTS, await subject_of(context, project))
    query = audit.events_of(project.id, visible_to(context.caller, AuditEventRow))
    return await list_page(context, query, audit.EVENTS_NEWEST_FIRST, request, of=Kind.AUDIT_EVENT)
