"""Ids: opaque, strict, sorted by age."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.ids import ID_LENGTH, Kind, kind_of, new_id


@pytest.mark.parametrize("kind", Kind)
def test_an_id_tells_its_kind(kind: Kind) -> None:
    made = new_id(kind)
    assert (kind_of(made), len(made)) == (kind, ID_LENGTH)


def test_ids_never_repeat_and_sort_by_age() -> None:
    first = new_id(Kind.TILE)
    time.sleep(0.002)
    later = [new_id(Kind.TILE) for _ in range(1_000)]
    assert len({first, *later}) == 1_001
    assert first < min(later)


@pytest.mark.parametrize("value", [None, 5, True, b"p", ["p"], {"id": 1}, ""])
def test_what_is_no_text_names_nothing(value: object) -> None:
    assert kind_of(value) is None


@given(st.text(max_size=40))
def test_any_text_names_nothing(text: str) -> None:
    assert kind_of(text) is None


@given(st.sampled_from(Kind), st.integers(0, ID_LENGTH - 1), st.characters(exclude_characters="0123456789abcdefghijklmnopqrstuvwxyz"))
def test_an_id_with_one_foreign_character_names_nothing(kind: Kind, place: int, character: str) -> None:
    made = new_id(kind)
    assert kind_of(made[:place] + character + made[place + 1 :]) is None


def test_another_spelling_of_an_id_names_nothing() -> None:
    made = new_id(Kind.EXPORT)
    for spelling in (made.upper(), f"{made}\n", f" {made}", made[:-1], f"{made}0"):
        assert kind_of(spelling) is None


@pytest.mark.parametrize("last", "123567")
def test_bits_beyond_the_sixteen_bytes_are_not_ignored(last: str) -> None:
    assert kind_of(new_id(Kind.EXPORT)[:-1] + last) is None
