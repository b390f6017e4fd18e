"""Follow a thing: the thing itself, read anew with the rights of now, at each change and until it cannot be seen any more.

Rights are also looked up where nothing changes, so that a subscription ends soon after them. It ends as reading would: NotFound for
what is hidden or gone, Unauthenticated for a token that has ended.
"""

from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import Final, TypeVar

from server.context import DEADLINE, Context
from server.db.models import DashboardRow, Entity, ExportRow, InsightRow, NotebookRow
from server.db.repositories import states
from server.db.repositories.states import Followed, State
from server.domain.errors import Unauthenticated
from server.domain.ids import kind_of
from server.resolvers import nodes

E = TypeVar("E", bound=Entity)

_MOST_EXPORTS: Final = 100


async def insight_changed(context: Context, insight_id: str) -> AsyncGenerator[InsightRow]:
    """Yield an insight after each change: of itself, or of what it shows."""
    async with aclosing(_changes(context, Followed.INSIGHT, InsightRow, insight_id)) as changes:
        async for insight, _ in changes:
            yield insight


async def dashboard_changed(context: Context, dashboard_id: str) -> AsyncGenerator[DashboardRow]:
    """Yield a dashboard whenever its version has grown."""
    told = 0
    async with aclosing(_changes(context, Followed.DASHBOARD, DashboardRow, dashboard_id)) as changes:
        async for dashboard, _ in changes:
            if dashboard.version > told:  # what was read may have been newer than what was noticed
                told = dashboard.version
                yield dashboard


async def export_created(context: Context, notebook_id: str) -> AsyncGenerator[ExportRow]:
    """Yield each new export of a notebook, oldest first; one that is deleted before it is read is left out."""
    known: int | None = None
    async with aclosing(_changes(context, Followed.EXPORTS_OF_NOTEBOOK, NotebookRow, notebook_id)) as changes:
        async for _, (before, *_rest) in changes:
            last: int = before if known is None else known
            while found := await _exports_after(context, notebook_id, last):
                for export_id, last in found:  # noqa: B007  the next look begins there
                    await _renew(context)
                    row = await nodes.find(context, ExportRow, export_id)
                    if row is not None:
                        yield row
            known = last


async def _changes(context: Context, followed: Followed, kind: type[E], id_: str) -> AsyncGenerator[tuple[E, State]]:
    """Yield the thing after each change, with its state before that. Raises NotFound as soon as it cannot be seen."""
    if kind_of(id_) is None:
        await nodes.get(context, kind, id_, [])
    async with context.parts.watches.follow(followed, id_) as watch:  # before the thing is read: no change falls between the two
        await nodes.get(context, kind, id_, [])
        while True:
            before = watch.state or ()
            changed = await _without_deadline(watch.wait(context.parts.settings.live_check_seconds))
            await _renew(context)
            row = await nodes.get(context, kind, id_, [])
            if changed:
                yield row, before


async def _renew(context: Context) -> None:
    """Read the rights of now; raises Unauthenticated for a token that has ended."""
    await context.renew()
    context.replenish()
    if context.viewer is None:
        raise Unauthenticated


async def _without_deadline(waiting: Awaitable[bool]) -> bool:
    deadline = DEADLINE.get()
    return await (waiting if deadline is None else deadline.without(waiting))


async def _exports_after(context: Context, notebook_id: str, sequence: int) -> list[tuple[str, int]]:
    async with context.reading() as session:
        return await states.list_exports_after(session, notebook_id, sequence, _MOST_EXPORTS)
