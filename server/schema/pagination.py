"""Relay connections over keyset pages."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Generic, Protocol, Self, TypeVar

import strawberry
from strawberry import federation

from server.context import Context
from server.domain.pages import MAX_FIRST, Page, PageRequest, cursor_of
from server.schema.info import Info
from server.schema.nodes import show

N = TypeVar("N")
DEFAULT_FIRST: Final = 20

First = Annotated[int | None, strawberry.argument(description=f"How many at most, 1 to {MAX_FIRST}; null: {DEFAULT_FIRST}.")]
After = Annotated[str | None, strawberry.argument(description="Continue behind this cursor: the `endCursor` of the page before.")]


class Listing(Protocol):
    """A page and the way to its total."""

    @property
    def page(self) -> Page[Any]:
        """The page."""
        ...

    async def count(self, context: Context, /) -> int:
        """Count all pages' entries."""
        ...


@federation.type(shareable=True, description="Where a page lies in its list.")
class PageInfo:
    """Relay's own."""

    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether the page began behind a cursor.")
    start_cursor: str | None = strawberry.field(description="The first entry's cursor; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The last entry's cursor, to be sent back as `after`; null on an empty page.")


@strawberry.type(description="An entry of a list and its place.")
class Edge(Generic[N]):
    """Relay's own."""

    cursor: str = strawberry.field(description="The entry's place in the list.")
    node: N = strawberry.field(description="The entry.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[N]):
    """Made from a listing; the total costs a statement only where it is selected."""

    listing: strawberry.Private[Listing]
    show_row: strawberry.Private[Callable[[Any], Any]]

    @strawberry.field(description="The entries, each with its cursor.")
    def edges(self, info: Info) -> list[Edge[N]]:
        """Show rows and their places."""
        del info
        page = self.listing.page
        return [Edge(cursor=cursor_of(key), node=self.show_row(row)) for row, key in zip(page.rows, page.keys, strict=True)]

    @strawberry.field(description="The entries alone.")
    def nodes(self, info: Info) -> list[N]:
        """Show rows."""
        del info
        return [self.show_row(row) for row in self.listing.page.rows]

    @strawberry.field(description="Where the page lies in the list.")
    def page_info(self, info: Info) -> PageInfo:
        """Look at both ends."""
        del info
        page = self.listing.page
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursor_of(page.keys[0]) if page.keys else None,
            end_cursor=cursor_of(page.keys[-1]) if page.keys else None,
        )

    @strawberry.field(description="How many there are on all pages; counted only where it is selected.")
    async def total_count(self, info: Info) -> int:
        """Count."""
        return await self.listing.count(info.context)

    @classmethod
    def of(cls, listing: Listing, show_row: Callable[[Any], Any] = show) -> Self:
        """Show a listing."""
        return cls(listing=listing, show_row=show_row)


def page_request(first: int | None, after: str | None) -> PageRequest:
    """Check a field's paging arguments; raises BadInput."""
    return PageRequest.of(DEFAULT_FIRST if first is None else first, after)
