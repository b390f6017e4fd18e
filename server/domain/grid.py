"""The grid of a dashboard's page: 36 columns, rows without end; rows and columns start at 0."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
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


NOTEBOOK_TILE: Final = (12, 15)
"""Width and height of an insight tile nobody gave a box."""

TEXT_TILE: Final = (6, 6)
"""Width and height of a text tile nobody gave a box."""

MOST_TILES: Final = 10_000
"""On one page: as many as one operation reads. To find a place among them takes 0.05 s, to push all of them down 0.3 s."""


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


def first_free(width: int, height: int, taken: Iterable[Box]) -> Box:
    """Return the highest, then leftmost, free place of that size."""
    from_the_top = sorted(taken, key=lambda box: box.top)
    places = (_first_free_below(Box(left, 0, width, height), from_the_top) for left in range(GRID_COLUMNS - width + 1))
    return min(places, key=lambda place: (place.top, place.left))


def make_room(new: Box, others: Mapping[str, Box]) -> dict[str, Box]:
    """Push down what `new` would cover, and what that covers in turn; returns the boxes that moved, by id.

    Each goes no further than it must, and those above come first. Columns are looked at one by one, since boxes lie in order there:
    to compare each box with every other took 20 times as long on a page of 500.
    """
    settled, moved = _Columns(), dict[str, Box]()
    settled.add(new)
    for key, box in sorted(others.items(), key=lambda entry: (entry[1].top, entry[1].left, entry[0])):
        place = settled.first_free_below(box)
        settled.add(place)
        if place != box:
            moved[key] = place
    return moved


class _Columns:
    """Boxes that do not overlap, as the rows that they begin and end at in each column, from the top."""

    def __init__(self) -> None:
        self._tops: list[list[int]] = [[] for _ in range(GRID_COLUMNS)]
        self._bottoms: list[list[int]] = [[] for _ in range(GRID_COLUMNS)]

    def add(self, box: Box) -> None:
        for column in range(box.left, box.left + box.width):
            at = bisect_right(self._tops[column], box.top)
            self._tops[column].insert(at, box.top)
            self._bottoms[column].insert(at, box.bottom)

    def first_free_below(self, box: Box) -> Box:
        """Return the box, or the first place below it that is free."""
        top, above = box.top, -1
        while top != above:
            above = top
            top = max(self._end_of_what_covers(column, above, above + box.height) for column in range(box.left, box.left + box.width))
        return replace(box, top=top)

    def _end_of_what_covers(self, column: int, top: int, bottom: int) -> int:
        """Return the end of the first box that lies between two rows, or `top` if there is none."""
        at = bisect_right(self._bottoms[column], top)
        covered = at < len(self._tops[column]) and self._tops[column][at] < bottom
        return self._bottoms[column][at] if covered else top


def _first_free_below(box: Box, from_the_top: Iterable[Box]) -> Box:
    top, right = box.top, box.left + box.width
    for other in from_the_top:
        if other.left < right and box.left < other.left + other.width:
            if other.top - top >= box.height:
                break
            top = max(top, other.bottom)
    return replace(box, top=top)
