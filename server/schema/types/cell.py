"""Cell."""

from typing import Self

import strawberry

from server.render.cell_page import Cell as ShownCell
from server.schema.enums import CellType


@strawberry.type(description="A cell of an export, as its rendering shows it.")
class Cell:
    """Made from what the renderer returns."""

    index: int = strawberry.field(description="Its place in the notebook, from 0; hidden cells count.")
    cell_id: str = strawberry.field(description="Its id in the notebook; for older notebooks, one made of its index.")
    type: CellType = strawberry.field(description="What it holds.")
    tags: list[str] = strawberry.field(description="Its tags.")
    execution_count: int | None = strawberry.field(description="The number that the kernel gave its last run.")
    source: str | None = strawberry.field(description="Its text; null for code that is hidden.")
    html: str | None = strawberry.field(description="Its part of the fragment: sanitised HTML, empty where nothing of it shows.")

    @classmethod
    def of(cls, cell: ShownCell) -> Self:
        """Show a cell."""
        return cls(
            index=cell.index,
            cell_id=cell.cell_id,
            type=CellType(cell.type.upper()),
            tags=list(cell.tags),
            execution_count=cell.execution_count,
            source=cell.source,
            html=cell.html,
        )
