"""Batch functions become loaders, fresh for each operation and for each deed in it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar, cast

from strawberry.dataloader import DataLoader
from typing_extensions import override

from server.context import Context, Loader
from server.db.models import AccessTokenRow, DashboardRow, Entity, InsightRow, PageRow, ProjectRow, TileRow, UserRow
from server.db.repositories.notebooks import NotebookState
from server.domain.grants import GlobalPermission
from server.resolvers import loaders

K = TypeVar("K")
V = TypeVar("V")


class SharedLoader(DataLoader[K, V]):
    """A loader whose callers share what is looked up, and nothing else.

    An error beside a field makes graphql-core cancel the field. Strawberry's loader hands one future to all, so that cancelling the one
    cancelled everybody who waited for the same key, and with them the operation: it ended without an answer.
    """

    def __init__(self, load_fn: Callable[[list[K]], Awaitable[Sequence[V | BaseException]]]) -> None:
        """Take the batch function."""
        super().__init__(load_fn)
        self._waiting = Counter[asyncio.Future[Any]]()

    @override
    def load(self, key: K) -> Awaitable[V]:
        """Return one value; a look-up that nobody waits for any more is cancelled."""
        shared = cast("asyncio.Future[V]", super().load(key))
        if shared.done():
            return shared
        self._waiting[shared] += 1
        waiter = asyncio.shield(shared)
        waiter.add_done_callback(partial(self._leave, shared))
        return waiter

    def _leave(self, shared: asyncio.Future[V], waiter: asyncio.Future[V]) -> None:
        self._waiting[shared] -= 1
        if not self._waiting[shared]:
            del self._waiting[shared]
            if waiter.cancelled():
                shared.cancel()


class OperationLoaders:
    """Fits `context.Loaders`."""

    def __init__(self, context: Context) -> None:
        """Bind every batch function to the operation."""
        self.nodes: Loader[str, Entity | None] = SharedLoader(partial(loaders.load_nodes, context))
        self.projects_by_key: Loader[str, ProjectRow | None] = SharedLoader(partial(loaders.load_projects_by_key, context))
        self.users_by_login: Loader[str, UserRow | None] = SharedLoader(partial(loaders.load_users_by_login, context))
        self.notebook_states: Loader[str, NotebookState | None] = SharedLoader(partial(loaders.load_notebook_states, context))
        self.pages: Loader[str, list[PageRow]] = SharedLoader(partial(loaders.load_pages, context))
        self.tiles: Loader[str, list[TileRow]] = SharedLoader(partial(loaders.load_tiles, context))
        self.tiles_of_insight: Loader[str, list[tuple[TileRow, DashboardRow]]] = SharedLoader(
            partial(loaders.load_tiles_of_insight, context)
        )
        self.insights_pinning: Loader[str, list[InsightRow]] = SharedLoader(partial(loaders.load_insights_pinning, context))
        self.tokens: Loader[str, list[AccessTokenRow]] = SharedLoader(partial(loaders.load_tokens, context))
        self.global_grants: Loader[str, list[GlobalPermission]] = SharedLoader(partial(loaders.load_global_grants, context))
