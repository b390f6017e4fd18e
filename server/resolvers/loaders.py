"""Batch functions: plain, no loader class; schema/ wraps them, one set an operation."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Select

from server.auth.rules import Action
from server.auth.visibility import visible_to
from server.context import Context
from server.db.models import AccessTokenRow, DashboardRow, Entity, InsightRow, PageRow, ProjectRow, TileRow, UserRow
from server.db.repositories import dashboards, identities, nodes, notebooks
from server.domain.grants import GlobalPermission


async def load_nodes(context: Context, ids: Sequence[str]) -> list[Entity | None]:
    """Load visible rows by id: `node`, `nodes`, `_entities` and fields all end here."""
    viewer = context.viewer
    if viewer is None:
        return [None] * len(ids)

    def query(kind: type[Entity]) -> Select[Any]:
        return viewer.once((load_nodes, kind), lambda: nodes.by_ids(kind, visible_to(viewer, kind)))

    async with context.reading() as session:
        found = await nodes.list_by_ids(session, ids, query)
    return [found.get(key) for key in ids]


async def load_projects_by_key(context: Context, keys: Sequence[str]) -> list[ProjectRow | None]:
    """Load visible projects by key; a hidden one costs the one statement that an absent one costs."""
    viewer = context.caller
    query = viewer.once(load_projects_by_key, lambda: notebooks.projects_by_key(visible_to(viewer, ProjectRow)))
    async with context.reading() as session:
        found = await notebooks.list_projects_by_key(session, keys, query)
    return [found.get(key) for key in keys]


async def load_users_by_login(context: Context, logins: Sequence[str]) -> list[UserRow | None]:
    """Load visible users by login."""
    async with context.reading() as session:
        found = await identities.list_users_by_login(session, logins, visible_to(context.caller, UserRow))
    return [found.get(login) for login in logins]


async def load_notebook_states(context: Context, ids: Sequence[str]) -> list[notebooks.NotebookState | None]:
    """Load what rules ask of notebooks."""
    async with context.reading() as session:
        found = await notebooks.list_states(session, ids)
    return [found.get(key) for key in ids]


async def load_pages(context: Context, ids: Sequence[str]) -> list[list[PageRow]]:
    """Load the pages of visible dashboards; pages and project are visible with them, and tiles ask for theirs."""
    async with context.reading() as session:
        found = await dashboards.list_pages(session, ids)
    for page, project in chain.from_iterable(found.values()):
        context.loaders.nodes.prime(page.id, page)
        context.loaders.nodes.prime(project.id, project)
    return [[page for page, _ in found.get(key, [])] for key in ids]


async def load_tiles(context: Context, ids: Sequence[str]) -> list[list[TileRow]]:
    """Load the tiles of pages; the insights that they show, as far as the viewer sees them, come along: most of a tile asks for its."""
    viewer = context.caller
    query = viewer.once(load_tiles, lambda: dashboards.tiles_of_pages(visible_to(viewer, InsightRow)))
    async with context.reading() as session:
        found = await dashboards.list_tiles(session, ids, query)
    for tile, insight in chain.from_iterable(found.values()):
        if tile.insight_id is not None:
            context.loaders.nodes.prime(tile.insight_id, insight)
    return [[tile for tile, _ in found.get(key, [])] for key in ids]


async def load_tiles_of_insight(context: Context, ids: Sequence[str]) -> list[list[tuple[TileRow, DashboardRow]]]:
    """Load the tiles that show insights, on the dashboards that a list would show."""
    listed = visible_to(context.caller, DashboardRow, Action.LIST_DASHBOARDS)
    async with context.reading() as session:
        found = await dashboards.list_tiles_of_insights(session, ids, listed)
    return [found.get(key, []) for key in ids]


async def load_insights_pinning(context: Context, ids: Sequence[str]) -> list[list[InsightRow]]:
    """Load the insights that pin exports, as far as a list would show them."""
    listed = visible_to(context.caller, InsightRow, Action.LIST_INSIGHTS)
    async with context.reading() as session:
        found = await dashboards.list_insights_pinning(session, ids, listed)
    return [found.get(key, []) for key in ids]


async def load_tokens(context: Context, ids: Sequence[str]) -> list[list[AccessTokenRow]]:
    """Load the tokens of users that are neither revoked nor expired."""
    async with context.reading() as session:
        found = await identities.list_tokens(session, ids, context.now())
    return [found.get(key, []) for key in ids]


async def load_global_grants(context: Context, ids: Sequence[str]) -> list[list[GlobalPermission]]:
    """Load what users and groups were given themselves on the whole instance."""
    async with context.reading() as session:
        found = await identities.list_global_grants(session, ids)
    return [[permission for permission in GlobalPermission if permission in found.get(key, ())] for key in ids]
