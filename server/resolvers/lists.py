"""Listings: filtered in SQL before they are paged, counted by the same condition."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select

from server.auth.rules import Action
from server.auth.visibility import visible_to
from server.context import Context
from server.db.models import AuthorizedObjectRow, DashboardRow, Entity, ExportRow, InsightRow, NotebookRow, ProjectRow
from server.db.repositories import dashboards, notebooks, paging
from server.db.repositories.paging import Order
from server.domain.errors import BadInput
from server.domain.ids import Kind, kind_of
from server.domain.names import is_storable
from server.domain.pages import Page, PageRequest

R = TypeVar("R", bound=Entity)


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """A page and the way to its total, which costs a statement only where it is asked for."""

    page: Page[R]
    query: Select[R]

    async def count(self, context: Context) -> int:
        """Count all pages' rows."""
        async with context.reading() as session:
            return await paging.count(session, self.query)


async def list_projects(context: Context, request: PageRequest) -> Listing[ProjectRow]:
    """List the projects on which the viewer holds anything, oldest first."""
    query = notebooks.projects(visible_to(context.caller, ProjectRow))
    context.vouch(Action.OPEN_PROJECT)
    return await list_page(context, query, notebooks.PROJECTS_BY_AGE, request, of=Kind.PROJECT)


async def list_notebooks(context: Context, project_id: str, request: PageRequest) -> Listing[NotebookRow]:
    """List a project's notebooks that exist for the viewer, oldest first."""
    query = notebooks.notebooks_of(project_id, visible_to(context.caller, NotebookRow))
    return await list_page(context, query, notebooks.NOTEBOOKS_BY_AGE, request, of=Kind.NOTEBOOK)


async def list_insight_sources(context: Context, project_id: str, request: PageRequest) -> Listing[NotebookRow]:
    """List the notebooks that the viewer may point a new insight at, oldest first."""
    query = notebooks.notebooks_of(project_id, visible_to(context.caller, NotebookRow, Action.LIST_INSIGHT_SOURCES))
    return await list_page(context, query, notebooks.NOTEBOOKS_BY_AGE, request, of=Kind.NOTEBOOK)


async def list_exports(context: Context, notebook_id: str, request: PageRequest) -> Listing[ExportRow]:
    """List a visible notebook's exports, newest first."""
    query = notebooks.exports_of(notebook_id, visible_to(context.caller, ExportRow))
    return await list_page(context, query, notebooks.EXPORTS_NEWEST_FIRST, request)


async def list_project_insights(context: Context, project_id: str, request: PageRequest) -> Listing[InsightRow]:
    """List a project's insights, oldest first; unlisted ones to their owners and to dashboard writers."""
    query = dashboards.insights_of_project(project_id, visible_to(context.caller, InsightRow, Action.LIST_INSIGHTS))
    return await list_page(context, query, dashboards.INSIGHTS_BY_AGE, request, of=Kind.INSIGHT)


async def list_notebook_insights(context: Context, notebook_id: str, request: PageRequest) -> Listing[InsightRow]:
    """List the insights on a notebook, oldest first."""
    query = dashboards.insights_of_notebook(notebook_id, visible_to(context.caller, InsightRow, Action.LIST_INSIGHTS))
    return await list_page(context, query, dashboards.INSIGHTS_BY_AGE, request, of=Kind.INSIGHT)


async def list_dashboards(context: Context, project_id: str, request: PageRequest) -> Listing[DashboardRow]:
    """List a project's dashboards, oldest first; unlisted ones to their owners and to dashboard writers."""
    query = dashboards.dashboards_of(project_id, visible_to(context.caller, DashboardRow, Action.LIST_DASHBOARDS))
    return await list_page(context, query, dashboards.DASHBOARDS_BY_AGE, request, of=Kind.DASHBOARD)


async def list_editable_dashboards(context: Context, project_id: str, request: PageRequest) -> Listing[DashboardRow]:
    """List the dashboards on which the viewer may put a tile, oldest first."""
    query = dashboards.dashboards_of(project_id, visible_to(context.caller, DashboardRow, Action.EDIT_DASHBOARD))
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
