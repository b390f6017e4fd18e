"""Listings: filtered in SQL before they are paged, counted by the same condition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Select

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.auth.shelves import DASHBOARDS, INSIGHTS, NOTEBOOKS
from server.auth.visibility import visible_to
from server.context import Context
from server.db.models import AuthorizedObjectRow, DashboardRow, Entity, ExportRow, InsightRow, NotebookRow, ProjectRow
from server.db.repositories import dashboards, notebooks, paging
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

_KINDS: Final[Mapping[type[Entity], Kind]] = {NotebookRow: Kind.NOTEBOOK, InsightRow: Kind.INSIGHT, DashboardRow: Kind.DASHBOARD}


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """A page and the way to its total, which costs a statement only where it is asked for."""

    page: Page[R]
    order: Order
    queries: tuple[Select[R], ...]

    async def count(self, context: Context) -> int:
        """Count all pages' rows; those of the first page are counted already, so that no filter reads an index twice."""
        counted, queries = 0, self.queries
        if not self.page.has_previous:
            counted = len(self.page.rows)
            if not self.page.has_next:
                return counted
            queries = tuple(query.where(self.order.after(self.page.keys[-1])) for query in queries)
        async with context.reading() as session:
            return counted + await paging.count(session, *queries)


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
    live = context.decide(Action.READ_NOTEBOOK_SOURCE, Subject(project.id)).allowed
    shelves = NOTEBOOKS.open_to(context.caller, project, action, wanted.facts)
    return await _list_shelves(context, NotebookRow, shelves, wanted.conditions(live=live), request)


async def list_exports(context: Context, notebook_id: str, request: PageRequest) -> Listing[ExportRow]:
    """List a visible notebook's exports, newest first."""
    query = notebooks.exports_of(notebook_id, visible_to(context.caller, ExportRow))
    return await list_page(context, query, notebooks.EXPORTS_NEWEST_FIRST, request)


async def list_project_insights(
    context: Context, project: ProjectRow, request: PageRequest, wanted: InsightFilter = EVERY_INSIGHT
) -> Listing[InsightRow]:
    """List a project's insights, oldest first; unlisted ones to their owners and to dashboard writers."""
    shelves = INSIGHTS.open_to(context.caller, project, Action.LIST_INSIGHTS, wanted.facts)
    return await _list_shelves(context, InsightRow, shelves, wanted.conditions(), request)


async def list_notebook_insights(context: Context, notebook_id: str, request: PageRequest) -> Listing[InsightRow]:
    """List the insights on a notebook, oldest first."""
    query = dashboards.insights_of_notebook(notebook_id, visible_to(context.caller, InsightRow, Action.LIST_INSIGHTS))
    return await _list_shelves(context, InsightRow, (query,), (), request)


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
    shelves = DASHBOARDS.open_to(context.caller, project, action, wanted.facts)
    return await _list_shelves(context, DashboardRow, shelves, wanted.conditions(), request)


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
    if of is not None:
        _check_cursor(request, of)
    async with context.reading() as session:
        page = await paging.list_page(session, query, order, request)
    context.counted(page.rows)
    return Listing(page, order, (query,))


async def _list_shelves(
    context: Context, kind: type[R], shelves: tuple[Select[R], ...], conditions: Iterable[ColumnElement[bool]], request: PageRequest
) -> Listing[R]:
    _check_cursor(request, _KINDS[kind])
    narrowed = tuple(conditions)
    queries = tuple(shelf.where(*narrowed) for shelf in shelves)
    async with context.reading() as session:
        page = await paging.list_shelves(session, kind, queries, request)
    context.counted(page.rows)
    return Listing(page, Order(kind.id), queries)


def _check_cursor(request: PageRequest, of: Kind) -> None:
    if request.after is not None and kind_of(request.after) is not of:
        msg = "`after` is a cursor of another list."
        raise BadInput(msg)
