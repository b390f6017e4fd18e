"""Keyset pages: the cost of a page does not grow with its distance from the start.

| list | its page | its total |
|---|---|---|
| one query | read in its order | counted |
| shelves: disjoint queries, each a stretch of an index | the first of each, merged; rows are read by the ids found | the sum of theirs |
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, UnaryExpression, any_, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from server.db.models import Entity, Model
from server.domain.errors import BadInput
from server.domain.pages import Page, PageRequest

R = TypeVar("R", bound=Model)
E = TypeVar("E", bound=Entity)


class Order:
    """One column, unique within the list, text or whole number."""

    def __init__(self, column: InstrumentedAttribute[str] | InstrumentedAttribute[int], *, descending: bool = False) -> None:
        """Take the column."""
        self.column = column
        self._descending = descending

    def by(self) -> UnaryExpression[str] | UnaryExpression[int]:
        """Return what ORDER BY takes."""
        return self.column.desc() if self._descending else self.column.asc()

    def after(self, key: str) -> ColumnElement[bool]:
        """Return the condition of the rows behind a key; raises BadInput for a key of another list."""
        value: str | int = key
        if self.column.type.python_type is int:
            if not key.isdecimal():
                msg = "`after` is a cursor of another list."
                raise BadInput(msg)
            value = min(int(key), 2**31 - 1)
        return self.column < value if self._descending else self.column > value


async def list_page(session: AsyncSession, query: Select[R], order: Order, request: PageRequest) -> Page[R]:
    """Fetch one page and one row more, which tells whether there is a next one."""
    rows = list(await session.scalars(_beginning(query, order, request)))
    return _page(rows, order.column.key, request)


async def list_shelves(session: AsyncSession, kind: type[E], shelves: Sequence[Select[E]], request: PageRequest) -> Page[E]:
    """Fetch one page of shelves, in the order of their ids: no more of each is looked at than the page could hold of it."""
    if not shelves:
        return Page((), (), has_next=False, has_previous=request.after is not None)
    order = Order(kind.id)
    ids = [_beginning(shelf, order, request).with_only_columns(kind.id) for shelf in shelves]
    found = await session.scalars(_rows_of(session, kind, ids[0] if len(ids) == 1 else _merged(ids, request)))
    # sorted here: asked for the order of its ids, either database may walk the whole table
    return _page(sorted(found, key=lambda row: row.id), "id", request)


def _beginning(query: Select[R], order: Order, request: PageRequest) -> Select[R]:
    if request.after is not None:
        query = query.where(order.after(request.after))
    return query.order_by(order.by()).limit(request.first + 1)


def _merged(ids: Sequence[Select[Any]], request: PageRequest) -> Select[Any]:
    """Take the first of what several found; SQLite wants each in a query of its own before it is limited."""
    together = union_all(*(select(part.subquery().c.id) for part in ids)).subquery()
    return select(together.c.id).order_by(together.c.id).limit(request.first + 1)


def _page(rows: Sequence[R], key: str, request: PageRequest) -> Page[R]:
    shown = tuple(rows[: request.first])
    keys = tuple(str(getattr(row, key)) for row in shown)
    return Page(shown, keys, has_next=len(rows) > request.first, has_previous=request.after is not None)


def _rows_of(session: AsyncSession, entity: type[Entity], ids: Select[Any]) -> Any:  # noqa: ANN401  rows of what the list is of
    """Select rows by ids that are found first: PostgreSQL may answer a plain IN by walking through other projects' rows."""
    if session.get_bind().dialect.name == "sqlite":
        return select(entity).where(entity.id.in_(ids))
    return select(entity).where(entity.id == any_(func.array(ids.scalar_subquery())))


async def count(session: AsyncSession, *queries: Select[R]) -> int:
    """Count what a listing would page through, in one statement."""
    counts = [query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None).scalar_subquery() for query in queries]
    return await session.scalar(select(sum(counts[1:], start=counts[0]))) or 0 if counts else 0
