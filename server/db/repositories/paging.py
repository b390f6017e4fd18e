"""Keyset pages: the cost of a page does not grow with its distance from the start."""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, UnaryExpression, any_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from server.db.models import Entity, Model
from server.domain.errors import BadInput
from server.domain.pages import Page, PageRequest

R = TypeVar("R", bound=Model)


class Order:
    """One column, unique within the list, text or whole number.

    Where it holds the ids of `rows`, a page is found among the columns of an index before any row is read: a filter then
    costs no more than reading that index.
    """

    def __init__(
        self,
        column: InstrumentedAttribute[str] | InstrumentedAttribute[int],
        *,
        descending: bool = False,
        rows: type[Entity] | None = None,
    ) -> None:
        """Take the column, and whose ids it holds."""
        self.column = column
        self.rows = rows
        self._descending = descending
        self.name = column.key if rows is None else "id"

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
    if request.after is not None:
        query = query.where(order.after(request.after))
    query = query.order_by(order.by()).limit(request.first + 1)
    if order.rows is None:
        rows = list(await session.scalars(query))
    else:  # sorted here: asked for the order of its ids, either database may walk the whole table
        found = await session.scalars(_rows_of(session, order.rows, query.with_only_columns(order.column)))
        rows = sorted(found, key=lambda row: str(getattr(row, order.name)))
    shown = tuple(rows[: request.first])
    keys = tuple(str(getattr(row, order.name)) for row in shown)
    return Page(shown, keys, has_next=len(rows) > request.first, has_previous=request.after is not None)


def _rows_of(session: AsyncSession, entity: type[Entity], ids: Select[Any]) -> Any:  # noqa: ANN401  rows of what the list is of
    """Select rows by ids that are found first: PostgreSQL may answer a plain IN by walking through other projects' rows."""
    if session.get_bind().dialect.name == "sqlite":
        return select(entity).where(entity.id.in_(ids))
    return select(entity).where(entity.id == any_(func.array(ids.scalar_subquery())))


async def count(session: AsyncSession, query: Select[R]) -> int:
    """Count what a listing would page through."""
    return await session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0
