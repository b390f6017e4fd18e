"""The grid of a dashboard's page: 36 columns, rows without end; rows and columns start at 0."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

GRID_COLUMNS: Final = 36
GRID_ROWS: Final = 100_000
"""Far beyond any page that people read; it keeps boxes inside the database's integers."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of grid cells."""

    left: int
    top: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        """The first row below."""
        return self.top + self.height

    def overlaps(self, other: "Box") -> bool:
        """Tell whether both share a cell."""
        return (
            self.left < other.left + other.width
            and other.left < self.left + self.width
            and self.top < other.bottom
            and other.top < self.bottom
        )


NOTEBOOK_TILE: Final = (12, 15)
"""Width and height of an insight tile nobody gave a box."""


def fault_of(box: Box) -> str | None:
    """Say why a box does not lie on the grid, or None."""
    if box.width < 1 or box.height < 1:
        return "A box is at least 1 wide and 1 high."
    if box.left < 0 or box.top < 0:
        return "A box starts at column 0 and row 0 or later."
    if box.left + box.width > GRID_COLUMNS:
        return f"A box ends at or before column {GRID_COLUMNS}: left + width is {box.left + box.width}."
    if box.bottom > GRID_ROWS:
        return f"A box ends at or before row {GRID_ROWS:,}."
    return None


def first_free(width: int, height: int, taken: Sequence[Box]) -> Box:
    """Return the highest, then leftmost, free place of that size."""
    tops = sorted({0, *(box.bottom for box in taken)})
    lefts = sorted({0, *(end for box in taken if (end := box.left + box.width) + width <= GRID_COLUMNS)})
    places = (Box(left, top, width, height) for top in tops for left in lefts)
    return next(place for place in places if not any(place.overlaps(box) for box in taken))


def make_room(new: Box, others: Mapping[str, Box]) -> dict[str, Box]:
    """Push down what `new` would cover, and what that covers in turn; returns the boxes that moved, by id."""
    settled: list[Box] = [new]
    moved: dict[str, Box] = {}
    for key, box in sorted(others.items(), key=lambda entry: (entry[1].top, entry[1].left, entry[0])):
        place = box
        while blocking := [other for other in settled if other.overlaps(place)]:
            place = replace(place, top=max(other.bottom for other in blocking))
        settled.append(place)
        if place != box:
            moved[key] = place
    return moved
