"""Pages of a list and their cursors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import BadInput
from server.domain.ids import Kind, new_id
from server.domain.pages import MAX_FIRST, PageRequest, cursor_of


@pytest.mark.parametrize("first", [1, 20, MAX_FIRST])
def test_a_page_has_one_to_a_hundred_rows(first: int) -> None:
    assert PageRequest.of(first, None) == PageRequest(first, None)


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1, -(2**31)])
def test_any_other_number_is_refused(first: int) -> None:
    with pytest.raises(BadInput, match=f"`first` is {first}: ask for 1 to 100."):
        PageRequest.of(first, None)


@pytest.mark.parametrize("key", ["n06h0d58irtq9f943jcekad4ego", "1", "2147483647", "a:b"])
def test_a_cursor_leads_back_to_its_key_and_shows_it_to_nobody(key: str) -> None:
    assert PageRequest.of(5, cursor_of(key)) == PageRequest(5, key)
    assert key not in cursor_of(key)


@given(st.text(max_size=120))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not a cursor"):
        PageRequest.of(5, text)


@pytest.mark.parametrize("pattern", ["{}=", "{}\n", " {}", "{}{}{}{}"])
def test_another_spelling_of_a_cursor_is_refused(pattern: str) -> None:
    cursor = cursor_of(new_id(Kind.NOTEBOOK))
    for spelling in (pattern.replace("{}", cursor), cursor.upper()):
        with pytest.raises(BadInput):
            PageRequest.of(5, spelling)


def test_a_cursor_without_a_key_is_refused() -> None:
    with pytest.raises(BadInput):
        PageRequest.of(5, cursor_of(""))
