"""Listings: filtered in SQL before they are paged, counted by the same condition."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select, and_, true

from server.auth.conditions import Fact, Subject
from server.auth.rules import Action
from server.auth.visibility import sees_only_authorized, visible_in, visible_to
from server.context import Context
from server.db.models import AuthorizedObjectRow, DashboardRow, Entity, ExportRow, InsightRow, NotebookRow, ProjectRow
from server.db.repositories import dashboards, facts, notebooks, paging
from server.db.repositories.paging import Order
from server.domain.errors import BadInput
from server.domain.ids import Kind, kind_of
from server.domain.names import is_storable
from server.domain.pages import Page, PageRequest
from server.resolvers.filtering import (
    EVERY_DASHBOARD,
    EVERY_INSIGHT,
    EVERY_NOTEBOOK,
    DashboardFilter,
    InsightFilter,
    NotebookFilter,
)

R = TypeVar("R", bound=Entity)


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """A page and the way to its total, which costs a statement only where it is asked for."""

    page: Page[R]
    query: Select[R]

    async def count(self, context: Context) -> int:
        """Count all pages' rows; where the first page is the only one, they are counted already."""
        if not self.page.has_previous and not self.page.has_next:
            return len(self.page.rows)
        async with context.reading() as session:
            return await paging.count(session, self.query)


async def list_projects(context: Context, request: PageRequest) -> Listing[ProjectRow]:
    """List the projects on which the viewer holds anything, oldest first."""
    query = notebooks.projects(visible_to(context.caller, ProjectRow))
    context.vouch(Action.OPEN_PROJECT)
    return await list_page(context, query, notebooks.PROJECTS_BY_AGE, request, of=Kind.PROJECT)


async def list_notebooks(
    context: Context, project: ProjectRow, request: PageRequest, wanted: NotebookFilter = EVERY_NOTEBOOK
) -> Listing[NotebookRow]:
    """List a project's notebooks that exist for the viewer, oldest first."""
    return await _list_notebooks(context, project, Action.VIEW_NOTEBOOK, request, wanted)


async def list_insight_sources(context: Context, project: ProjectRow, request: PageRequest) -> Listing[NotebookRow]:
    """List the notebooks that the viewer may point a new insight at, oldest first."""
    return await _list_notebooks(context, project, Action.LIST_INSIGHT_SOURCES, request, EVERY_NOTEBOOK)


async def _list_notebooks(
    context: Context, project: ProjectRow, action: Action, request: PageRequest, wanted: NotebookFilter
) -> Listing[NotebookRow]:
    by_authorization = sees_only_authorized(context.caller, project, action) or (wanted.authorized and not project.authorizes_all_objects)
    found_in = notebooks.AUTHORIZED_NOTEBOOKS if by_authorization else notebooks.ALL_NOTEBOOKS
    columns = {
        Fact.AUTHORIZED: true() if by_authorization or project.authorizes_all_objects else facts.is_authorized_alone(found_in.id),
        Fact.PUBLISHED: found_in.published,
    }
    visible = visible_in(context.caller, project, action, columns)
    live = context.decide(Action.READ_NOTEBOOK_SOURCE, Subject(project.id)).allowed
    query = found_in.of(project.id, and_(visible, *wanted.conditions(found_in, columns, live=live)))
    return await list_page(context, query, found_in.order, request, of=Kind.NOTEBOOK)


async def list_exports(context: Context, notebook_id: str, request: PageRequest) -> Listing[ExportRow]:
    """List a visible notebook's exports, newest first."""
    query = notebooks.exports_of(notebook_id, visible_to(context.caller, ExportRow))
    return await list_page(context, query, notebooks.EXPORTS_NEWEST_FIRST, request)


async def list_project_insights(
    context: Context, project: ProjectRow, request: PageRequest, wanted: InsightFilter = EVERY_INSIGHT
) -> Listing[InsightRow]:
    """List a project's insights, oldest first; unlisted ones to their owners and to dashboard writers."""
    columns = {
        Fact.AUTHORIZED: true() if project.authorizes_all_objects else facts.shows_authorized_alone(),
        Fact.LISTED: InsightRow.listed.expression,
        Fact.OWN: InsightRow.owner_id == context.caller.user_id,
    }
    visible = visible_in(context.caller, project, Action.LIST_INSIGHTS, columns)
    query = dashboards.insights_of_project(project.id, and_(visible, *wanted.conditions()))
    return await list_page(context, query, dashboards.INSIGHTS_BY_AGE, request, of=Kind.INSIGHT)


async def list_notebook_insights(context: Context, notebook_id: str, request: PageRequest) -> Listing[InsightRow]:
    """List the insights on a notebook, oldest first."""
    query = dashboards.insights_of_notebook(notebook_id, visible_to(context.caller, InsightRow, Action.LIST_INSIGHTS))
    return await list_page(context, query, dashboards.INSIGHTS_BY_AGE, request, of=Kind.INSIGHT)


async def list_dashboards(
    context: Context, project: ProjectRow, request: PageRequest, wanted: DashboardFilter = EVERY_DASHBOARD
) -> Listing[DashboardRow]:
    """List a project's dashboards, oldest first; unlisted ones to their owners and to dashboard writers."""
    return await _list_dashboards(context, project, Action.LIST_DASHBOARDS, request, wanted)


async def list_editable_dashboards(context: Context, project: ProjectRow, request: PageRequest) -> Listing[DashboardRow]:
    """List the dashboards on which the viewer may put a tile, oldest first."""
    return await _list_dashboards(context, project, Action.EDIT_DASHBOARD, request, EVERY_DASHBOARD)


async def _list_dashboards(
    context: Context, project: ProjectRow, action: Action, request: PageRequest, wanted: DashboardFilter
) -> Listing[DashboardRow]:
    columns = {Fact.LISTED: DashboardRow.listed.expression, Fact.OWN: DashboardRow.owner_id == context.caller.user_id}
    visible = visible_in(context.caller, project, action, columns)
    query = dashboards.dashboards_of(project.id, and_(visible, *wanted.conditions()))
    return await list_page(context, query, dashboards.DASHBOARDS_BY_AGE, request, of=Kind.DASHBOARD)


async def list_authorized_objects(context: Context, project: ProjectRow) -> list[AuthorizedObjectRow]:
    """List what a project opens to dashboard-only readers, oldest first."""
    visible = visible_to(context.caller, AuthorizedObjectRow)
    async with context.reading() as session:
        return list(await notebooks.list_authorizations(session, project.id, visible))


async def find_notebook_by_name(context: Context, project_id: str, name: str) -> NotebookRow | None:
    """Find a visible notebook by its name, at the same cost whether it is hidden or absent."""
    if not is_storable(name):
        return None
    async with context.reading() as session:
        return await notebooks.find_visible_notebook(session, project_id, name, visible_to(context.caller, NotebookRow))


async def list_page(context: Context, query: Select[R], order: Order, request: PageRequest, *, of: Kind | None = None) -> Listing[R]:
    """Fetch a page; a list in the order of its ids continues behind an id of its own kind only."""
    if of is not None and request.after is not None and kind_of(request.after) is not of:
        msg = "`after` is a cursor of another list."
        raise BadInput(msg)
    async with context.reading() as session:
        return Listing(await paging.list_page(session, query, order, request), query)
