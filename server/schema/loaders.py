"""Batch functions become loaders, fresh for each operation and for each deed in it."""

from functools import partial

from strawberry.dataloader import DataLoader

from server.context import Context, Loader
from server.db.models import AccessTokenRow, DashboardRow, Entity, InsightRow, PageRow, ProjectRow, TileRow, UserRow
from server.db.repositories.notebooks import NotebookState
from server.domain.grants import GlobalPermission
from server.resolvers import loaders


class OperationLoaders:
    """Fits `context.Loaders`."""

    def __init__(self, context: Context) -> None:
        """Bind every batch function to the operation."""
        self.nodes: Loader[str, Entity | None] = DataLoader(partial(loaders.load_nodes, context))
        self.projects_by_key: Loader[str, ProjectRow | None] = DataLoader(partial(loaders.load_projects_by_key, context))
        self.users_by_login: Loader[str, UserRow | None] = DataLoader(partial(loaders.load_users_by_login, context))
        self.notebook_states: Loader[str, NotebookState | None] = DataLoader(partial(loaders.load_notebook_states, context))
        self.pages: Loader[str, list[PageRow]] = DataLoader(partial(loaders.load_pages, context))
        self.tiles: Loader[str, list[TileRow]] = DataLoader(partial(loaders.load_tiles, context))
        self.tiles_of_insight: Loader[str, list[tuple[TileRow, DashboardRow]]] = DataLoader(partial(loaders.load_tiles_of_insight, context))
        self.insights_pinning: Loader[str, list[InsightRow]] = DataLoader(partial(loaders.load_insights_pinning, context))
        self.tokens: Loader[str, list[AccessTokenRow]] = DataLoader(partial(loaders.load_tokens, context))
        self.global_grants: Loader[str, list[GlobalPermission]] = DataLoader(partial(loaders.load_global_grants, context))
