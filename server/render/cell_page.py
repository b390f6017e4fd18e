"""A few cells of a notebook, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is shown; `source` is None where its code is hidden, `html` the cell's part of the fragment."""

    index: int
    cell_id: str
    type: str
    tags: tuple[str, ...]
    execution_count: int | None
    source: str | None
    html: str


@dataclass(frozen=True, slots=True)
class CellPage:
    """Cells in order; `total` and `has_more` count those that are shown, for some are hidden as a whole."""

    cells: tuple[Cell, ...]
    total: int
    has_more: bool
