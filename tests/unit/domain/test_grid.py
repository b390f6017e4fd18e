"""Where boxes go on a grid of 36 columns."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.grid import GRID_COLUMNS, GRID_ROWS, Box, _Columns, fault_of, first_free, make_room
from tests.fixtures.boxes import overlap, overlapping

ROWS = 40


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """Any box on the first rows of the grid."""
    width = draw(st.integers(1, GRID_COLUMNS))
    return Box(draw(st.integers(0, GRID_COLUMNS - width)), draw(st.integers(0, ROWS)), width, draw(st.integers(1, ROWS)))


@st.composite
def pages(draw: st.DrawFn) -> dict[str, Box]:
    """A page as edits leave it: each box put in by the very function under test, so none overlaps another."""
    page: dict[str, Box] = {}
    for index, box in enumerate(draw(st.lists(boxes(), max_size=8))):
        page |= make_room(box, page)
        page[f"t{index}"] = box
    return page


def cells(box: Box) -> set[tuple[int, int]]:
    return {(column, row) for column in range(box.left, box.left + box.width) for row in range(box.top, box.bottom)}


@given(boxes(), boxes())
def test_boxes_overlap_if_they_share_a_cell(one: Box, other: Box) -> None:
    assert overlap(one, other) is overlap(other, one) is bool(cells(one) & cells(other))


@given(pages(), boxes())
def test_making_room_leaves_no_overlap_and_loses_no_tile(page: dict[str, Box], new: Box) -> None:
    after = page | make_room(new, page)
    assert set(after) == set(page)
    assert overlapping([new, *after.values()]) == []


@given(pages(), boxes())
def test_tiles_move_only_down_and_keep_their_columns_and_size(page: dict[str, Box], new: Box) -> None:
    for key, box in make_room(new, page).items():
        before = page[key]
        assert (box.left, box.width, box.height) == (before.left, before.width, before.height)
        assert box.top > before.top
        assert fault_of(box) is None


@given(pages(), boxes())
def test_nothing_moves_but_what_is_covered_by_the_new_box_or_by_what_moved(page: dict[str, Box], new: Box) -> None:
    moved = make_room(new, page)
    arrived = [new, *moved.values()]
    assert all(any(overlap(page[key], box) for box in arrived if box != moved[key]) for key in moved)
    if not any(overlap(new, box) for box in page.values()):
        assert moved == {}


@given(pages(), boxes(), st.randoms())
def test_the_order_in_which_tiles_are_listed_changes_nothing(page: dict[str, Box], new: Box, random: Random) -> None:
    shuffled = list(page.items())
    random.shuffle(shuffled)
    assert make_room(new, dict(shuffled)) == make_room(new, page)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=8), st.integers(0, 40), st.integers(1, 20))
def test_tiles_stacked_in_the_same_columns_keep_their_order(heights: list[int], top: int, height: int) -> None:
    page = {f"t{index}": Box(3, sum(heights[:index]), 12, high) for index, high in enumerate(heights)}
    after = page | make_room(Box(0, top, 6, height), page)
    assert sorted(after, key=lambda key: after[key].top) == list(page)


@given(pages(), st.integers(1, GRID_COLUMNS), st.integers(1, 20))
def test_the_first_free_place_is_free_and_there_is_none_above_or_left_of_it(page: dict[str, Box], width: int, height: int) -> None:
    taken = list(page.values())
    place = first_free(width, height, taken)
    assert (place.width, place.height, fault_of(place)) == (width, height, None)
    assert make_room(place, page) == {}
    above = [(row, column) for row in range(place.top) for column in range(GRID_COLUMNS - width + 1)]
    earlier = above + [(place.top, column) for column in range(place.left)]
    assert all(any(overlap(Box(column, row, width, height), box) for box in taken) for row, column in earlier)


def slow_make_room(new: Box, others: dict[str, Box]) -> dict[str, Box]:
    """Push one by one, each compared with all that lie already: the same by definition, in quadratic time."""
    settled, moved = [new], dict[str, Box]()
    for key, box in sorted(others.items(), key=lambda entry: (entry[1].top, entry[1].left, entry[0])):
        place = box
        while any(overlap(other, place) for other in settled):
            place = replace(place, top=place.top + 1)
        settled.append(place)
        if place != box:
            moved[key] = place
    return moved


@given(pages(), boxes())
def test_each_tile_goes_no_further_down_than_it_must(page: dict[str, Box], new: Box) -> None:
    assert make_room(new, page) == slow_make_room(new, page)


@given(st.lists(boxes(), max_size=8), boxes())
def test_even_a_page_whose_tiles_overlap_comes_out_in_order(broken: list[Box], new: Box) -> None:
    page = {f"t{index}": box for index, box in enumerate(broken)}
    after = [new, *(page | make_room(new, page)).values()]
    assert overlapping(after) == []


@given(pages(), boxes())
def test_what_is_pushed_ends_no_lower_than_all_of_it_piled_up(page: dict[str, Box], new: Box) -> None:
    pile = max(new.bottom, *(box.bottom for box in page.values()), 0) + sum(box.height for box in page.values())
    assert all(box.bottom <= pile for box in make_room(new, page).values())


@given(pages(), st.lists(st.tuples(st.integers(0, 7), st.none() | boxes()), max_size=6))
def test_however_tiles_are_moved_and_resized_none_is_lost_and_none_overlaps(
    page: dict[str, Box], moves: list[tuple[int, Box | None]]
) -> None:
    keys = set(page)
    for number, wanted in moves:
        key = f"t{number}"
        if key in page:
            box = page.pop(key)
            place = wanted or first_free(box.width, box.height, page.values())
            page |= make_room(place, page)
            page[key] = place
    assert set(page) == keys
    assert overlapping(page.values()) == []
    assert [fault_of(box) for box in page.values()] == [None] * len(page)


@given(pages(), boxes())
def test_a_tile_put_back_where_it_is_moves_nothing(page: dict[str, Box], new: Box) -> None:
    page |= make_room(new, page)
    assert make_room(new, page) == {}


@given(pages(), st.integers(1, GRID_COLUMNS), st.integers(1, 20))
def test_the_first_free_place_ends_the_search_below_the_lowest_tile(page: dict[str, Box], width: int, height: int) -> None:
    assert first_free(width, height, page.values()).top <= max((box.bottom for box in page.values()), default=0)


@pytest.mark.parametrize("width", [6, 12, 36])
def test_a_page_of_500_is_no_trouble(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, look = list[int](), _Columns._end_of_what_covers  # noqa: SLF001  to count

    def counted(columns: _Columns, column: int, top: int, bottom: int) -> int:
        looks.append(column)
        return look(columns, column, top, bottom)

    monkeypatch.setattr(_Columns, "_end_of_what_covers", counted)
    a_row = GRID_COLUMNS // width
    page = {f"t{index}": Box(index % a_row * width, index // a_row * 6, width, 6) for index in range(500)}
    moved = make_room(Box(0, 0, 36, 1), page)
    assert {key: box.top - page[key].top for key, box in moved.items()} == dict.fromkeys(page, 1)
    assert first_free(7, 6, page.values()).top >= 500 // a_row * 6 - 6
    assert len(looks) == 2 * 500 * width, "each box looks at its own columns twice, and at no other box"


def test_an_empty_page_begins_at_the_top_left() -> None:
    assert first_free(12, 15, []) == Box(0, 0, 12, 15)


@pytest.mark.parametrize(
    "box",
    [
        *(Box(left, 0, 12, 15) for left in (-1, 25, 36, 2**31 - 1, -(2**31))),
        *(Box(0, top, 12, 15) for top in (-1, GRID_ROWS - 14, 2**31 - 1)),
        *(Box(0, 0, width, 15) for width in (0, -1, 37, 2**31 - 1)),
        *(Box(0, 0, 12, height) for height in (0, -1, GRID_ROWS + 1, 2**31 - 1)),
    ],
)
def test_a_box_off_the_grid_has_a_fault(box: Box) -> None:
    assert fault_of(box) is not None


@pytest.mark.parametrize("box", [Box(0, 0, 36, 1), Box(35, 0, 1, 1), Box(0, GRID_ROWS - 1, 1, 1), Box(0, 0, 36, GRID_ROWS)])
def test_a_box_at_the_very_edge_has_none(box: Box) -> None:
    assert fault_of(box) is None
