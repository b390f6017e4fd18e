"""Texts that people give."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import InvalidInput
from server.domain.names import (
    MAX_NAME,
    MAX_TEXT,
    check_label,
    check_login,
    check_name,
    check_project_key,
    check_text,
    is_storable,
    shows_something,
)

FIELD = ["input", "name"]
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
"""Control characters and halves of surrogate pairs included."""


def unfit(text: str) -> bool:
    return any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


@given(ANY_TEXT)
def test_a_name_is_trimmed_text_or_refused(text: str) -> None:
    trimmed = text.strip()
    if shows_something(trimmed) and not unfit(trimmed):
        assert check_name(text, FIELD) == trimmed
    else:
        with pytest.raises(InvalidInput) as caught:
            check_name(text, FIELD)
        assert caught.value.field == tuple(FIELD)


@given(ANY_TEXT)
def test_a_label_is_a_name_or_nothing(text: str) -> None:
    if unfit(text.strip()):
        with pytest.raises(InvalidInput):
            check_label(text, FIELD)
    else:
        assert check_label(text, FIELD) == (text.strip() if shows_something(text) else None)


@given(ANY_TEXT)
def test_a_longer_text_is_kept_as_it_is_line_breaks_and_all(text: str) -> None:
    if unfit(text.replace("\n", "").replace("\r", "").replace("\t", "")):
        with pytest.raises(InvalidInput):
            check_text(text, FIELD)
    else:
        assert check_text(text, FIELD) == (text or None)


@given(ANY_TEXT)
def test_what_is_storable_can_be_written_as_utf8_without_nul(text: str) -> None:
    if is_storable(text):
        assert "\0" not in text
        assert text.encode().decode() == text


@pytest.mark.parametrize("length", [1, MAX_NAME])
def test_a_name_of_any_length_up_to_the_limit_is_accepted(length: int) -> None:
    assert check_name(f"  {'é' * length} ", FIELD) == "é" * length
    assert check_label("é" * length, FIELD) == "é" * length


@pytest.mark.parametrize("text", ["é" * (MAX_NAME + 1), "x" * 10_000])
def test_a_name_over_the_limit_is_refused_with_both_numbers(text: str) -> None:
    with pytest.raises(InvalidInput, match=f"At most 200 characters are accepted; these are {len(text):,}."):
        check_name(text, FIELD)


def test_a_longer_text_has_a_limit_of_its_own() -> None:
    assert check_text("x" * MAX_TEXT, FIELD) == "x" * MAX_TEXT
    with pytest.raises(InvalidInput):
        check_text("x" * (MAX_TEXT + 1), FIELD)


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), 0xD800, 0xDFFF])
def test_no_name_holds_a_control_character_or_half_a_character(code: int) -> None:
    with pytest.raises(InvalidInput):
        check_name(f"a{chr(code)}b", FIELD)


@pytest.mark.parametrize("key", ["A", "SALES", "sales-2_x", "x" * 64])
def test_a_project_key_is_accepted_as_it_is(key: str) -> None:
    assert check_project_key(key, FIELD) == key


@pytest.mark.parametrize("key", ["", "1A", "-A", "_A", "A B", "A\n", "Ä", "A.B", "x" * 65])
def test_a_project_key_that_cannot_be_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput):
        check_project_key(key, FIELD)


@pytest.mark.parametrize("login", ["a", "ada@example.org", "9-lives", "x" * 200])
def test_a_login_is_accepted_as_it_is(login: str) -> None:
    assert check_login(login, FIELD) == login


@pytest.mark.parametrize("login", ["", "@ada", "a b", "ada\n", "ä", "x" * 201])
def test_a_login_that_cannot_be_is_refused(login: str) -> None:
    with pytest.raises(InvalidInput):
        check_login(login, FIELD)


@pytest.mark.parametrize(
    "name",
    [
        *("\u200b", "\u2060\ufeff", "\u200b \u200b", "\u00ad", "\u3164", "\u115f\u1160", "\uffa0", "\u2800", "\u180e", "\u034f"),
        *("\ufe0f", "\u202e\u202c", "\U000e0041", "\U000e0100", "\ufff0", "\U0001d159", "\u0301", "\u2003\u200d\u2003"),
    ],
)
def test_a_name_that_shows_nothing_is_refused_and_such_a_label_is_none(name: str) -> None:
    with pytest.raises(InvalidInput):
        check_name(name, FIELD)
    assert check_label(name, FIELD) is None


@pytest.mark.parametrize("name", ["e\u0301", "\u200bx", "👩\u200d💻", "❤\ufe0f", "…", "\u0939\u093f", "\ue000", "한글", "\U0001fae8"])
def test_characters_that_show_nothing_may_stand_with_others(name: str) -> None:
    assert check_name(name, FIELD) == check_label(name, FIELD) == name
