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

    edges: list[Edge[N]] = strawberry.field(description="The entries, each with its cursor.")
    nodes: list[N] = strawberry.field(description="The entries alone.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    listing: strawberry.Private[Listing]

    @strawberry.field(description="How many there are on all pages; counted only where it is selected.")
    async def total_count(self, info: Info) -> int:
        """Count."""
        return await self.listing.count(info.context)

    @classmethod
    def of(cls, listing: Listing, show_row: Callable[[Any], Any] = show) -> Self:
        """Show a listing."""
        page = listing.page
        nodes, cursors = [show_row(row) for row in page.rows], [cursor_of(key) for key in page.keys]
        return cls(
            edges=[Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=page.has_previous,
                start_cursor=cursors[0] if cursors else None,
                end_cursor=cursors[-1] if cursors else None,
            ),
            listing=listing,
        )


def page_request(first: int | None, after: str | None) -> PageRequest:
    """Check a field's paging arguments; raises BadInput."""
    return PageRequest.of(DEFAULT_FIRST if first is None else first, after)
