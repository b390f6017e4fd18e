"""Follow a thing: the thing itself, read anew with the rights of now, at each change and until it cannot be seen any more.

Rights are also looked up where nothing changes, so that a subscription ends soon after them. It ends as reading would: NotFound for
what is hidden or gone, Unauthenticated for a token that has ended.

Each event is charged to the caller what its operation was. Where the rate is used up, or what was sent before was not taken, the event
waits: it is told late, with whatever has changed meanwhile, and no export is left out.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from server.context import Context, without_deadline
from server.db.models import DashboardRow, Entity, ExportRow, InsightRow, NotebookRow
from server.db.repositories import states
from server.db.repositories.states import Followed, State
from server.db.watches import Watch
from server.domain.errors import RateLimited, Unauthenticated
from server.domain.ids import kind_of
from server.resolvers import nodes

E = TypeVar("E", bound=Entity)

_MOST_EXPORTS: Final = 100


async def insight_changed(context: Context, insight_id: str) -> AsyncGenerator[InsightRow]:
    """Yield an insight after each change: of itself, or of what it shows."""
    async with _following(context, Followed.INSIGHT, InsightRow, insight_id) as followed:
        while True:
            await followed.change()
            async with followed.event() as insight:
                yield insight


async def dashboard_changed(context: Context, dashboard_id: str) -> AsyncGenerator[DashboardRow]:
    """Yield a dashboard whenever its version has grown."""
    told = 0
    async with _following(context, Followed.DASHBOARD, DashboardRow, dashboard_id) as followed:
        while True:
            await followed.change()
            async with followed.event() as dashboard:
                if dashboard.version > told:  # what was read may have been newer than what was noticed
                    told = dashboard.version
                    yield dashboard


async def export_created(context: Context, notebook_id: str) -> AsyncGenerator[ExportRow]:
    """Yield each new export of a notebook, oldest first; one that is deleted before it is read is left out."""
    async with _following(context, Followed.EXPORTS_OF_NOTEBOOK, NotebookRow, notebook_id) as followed:
        last: int = followed.begun[0]
        while True:
            await followed.change()
            await followed.look()  # it may be gone, and then there is no export to find that out by
            while found := await _exports_after(context, notebook_id, last):
                for export_id, last in found:  # noqa: B007  the next look begins there
                    async with followed.event():
                        row = await nodes.find(context, ExportRow, export_id)
                        if row is not None:
                            yield row


@dataclass(frozen=True, slots=True)
class _Thing(Generic[E]):
    """What one subscription follows."""

    context: Context
    kind: type[E]
    id: str
    watch: Watch
    begun: State
    """How it was when it began to be followed: what is noticed while it is looked at is newer."""

    async def look(self) -> E:
        """Read it with the rights of now. Raises NotFound for what cannot be seen, and Unauthenticated for a token that has ended."""
        await self.context.renew()
        if self.context.viewer is None:
            raise Unauthenticated
        return await nodes.get(self.context, self.kind, self.id, [])

    async def change(self) -> None:
        """Wait for its next change. Raises what `look` does, also where nothing changes."""
        while not await without_deadline(self.watch.wait(self._look_seconds)):
            await self.look()

    @asynccontextmanager
    async def event(self) -> AsyncGenerator[E]:
        """Begin an event when the caller's rate has room for it and the connection for its bytes; yield the thing as it is by then.

        What changes until then is told along with it.
        """
        await self._afford()
        async with AsyncExitStack() as stack:
            if self.context.line is not None:
                await without_deadline(stack.enter_async_context(self.context.line.event()))
            self.watch.catch_up()
            self.context.replenish()
            yield await self.look()

    @property
    def _look_seconds(self) -> float:
        at_most, viewer = self.context.parts.settings.live_check_seconds, self.context.viewer
        return at_most if viewer is None else viewer.seconds_until_look(self.context.now(), at_most)

    async def _afford(self) -> None:
        while True:
            try:
                await self.context.parts.rates.charge(self.context.caller_key, self.context.cost)
            except RateLimited as error:
                await without_deadline(asyncio.sleep(min(error.retry_after_seconds, self._look_seconds)))
                await self.look()
            else:
                return


@asynccontextmanager
async def _following(context: Context, followed: Followed, kind: type[E], id_: str) -> AsyncGenerator[_Thing[E]]:
    """Begin to follow a thing. Raises NotFound for what cannot be seen."""
    if kind_of(id_) is None:
        await nodes.get(context, kind, id_, [])
    async with context.parts.watches.follow(followed, id_) as watch:  # before the thing is read: no change falls between the two
        begun = watch.state or ()
        await nodes.get(context, kind, id_, [])
        yield _Thing(context, kind, id_, watch, begun)


async def _exports_after(context: Context, notebook_id: str, sequence: int) -> list[tuple[str, int]]:
    async with context.reading() as session:
        return await states.list_exports_after(session, notebook_id, sequence, _MOST_EXPORTS)
