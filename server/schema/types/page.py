"""DashboardPage."""

from typing import Self

import strawberry

from server.db.models import PageRow
from server.domain.grid import GRID_COLUMNS
from server.schema.info import Info
from server.schema.nodes import Node, show, shows
from server.schema.types.refs import TileRef


@shows(PageRow)
@strawberry.type(description="A page of a dashboard: a grid of tiles, without end downwards.")
class DashboardPage(Node):
    """Made from its row."""

    row: strawberry.Private[PageRow]
    title: str | None = strawberry.field(description="The title that was given, if any.")
    displayed_title: str = strawberry.field(description="The title, else `Page` and its number.")
    index: int = strawberry.field(description="Its place among the pages, from 0.")
    visible: bool = strawberry.field(
        description="Whether front ends are to show it to readers; whoever reads the dashboard finds it all the same."
    )
    grid_columns: int = strawberry.field(description="How many columns the grid has.")

    @classmethod
    def of(cls, row: PageRow) -> Self:
        """Show a row."""
        return cls(
            id=strawberry.ID(row.id),
            row=row,
            title=row.title,
            displayed_title=row.title or f"Page {row.position + 1}",
            index=row.position,
            visible=row.visible,
            grid_columns=GRID_COLUMNS,
        )

    @strawberry.field(description="Its tiles, from the top left.")
    async def tiles(self, info: Info) -> list[TileRef]:
        """Load them."""
        return [show(row) for row in info.context.counted(await info.context.loaders.tiles.load(self.row.id))]
