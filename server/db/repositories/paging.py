"""Keyset pages: the cost of a page does not grow with its distance from the start."""

from typing import TypeVar

from sqlalchemy import ColumnElement, Select, UnaryExpression, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from server.db.models import Model
from server.domain.errors import BadInput
from server.domain.pages import Page, PageRequest

R = TypeVar("R", bound=Model)


class Order:
    """One column, unique within the list, text or whole number."""

    def __init__(self, column: InstrumentedAttribute[str] | InstrumentedAttribute[int], *, descending: bool = False) -> None:
        """Take the column."""
        self._column = column
        self._descending = descending
        self.name = column.key

    def by(self) -> UnaryExpression[str] | UnaryExpression[int]:
        """Return what ORDER BY takes."""
        return self._column.desc() if self._descending else self._column.asc()

    def after(self, key: str) -> ColumnElement[bool]:
        """Return the condition of the rows behind a key; raises BadInput for a key of another list."""
        value: str | int = key
        if self._column.type.python_type is int:
            if not key.isdecimal():
                msg = "`after` is a cursor of another list."
                raise BadInput(msg)
            value = min(int(key), 2**31 - 1)
        return self._column < value if self._descending else self._column > value


async def list_page(session: AsyncSession, query: Select[R], order: Order, request: PageRequest) -> Page[R]:
    """Fetch one page and one row more, which tells whether there is a next one."""
    if request.after is not None:
        query = query.where(order.after(request.after))
    rows = list(await session.scalars(query.order_by(order.by()).limit(request.first + 1)))
    shown = tuple(rows[: request.first])
    keys = tuple(str(getattr(row, order.name)) for row in shown)
    return Page(shown, keys, has_next=len(rows) > request.first, has_previous=request.after is not None)


async def count(session: AsyncSession, query: Select[R]) -> int:
    """Count what a listing would page through."""
    return await session.scalar(select(func.count()).select_from(query.subquery())) or 0
