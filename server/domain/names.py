"""Texts that people give: what is accepted, and how it is refused."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from server.domain.errors import InvalidInput

ADMINISTRATOR_LOGIN: Final = "admin"
"""Who is made at the first start; nobody whom others vouch for is called that."""
MAX_NAME: Final = 200
MAX_TEXT: Final = 10_000
MAX_MARKDOWN: Final = 100_000
_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_LOGIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,199}")
_LINE_BREAKS: Final = frozenset("\t\n\r")
_NOTHING_TO_SEE: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"})
"""Categories of blanks, of what only directs other characters, and of marks, which need a letter to stand on."""
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2065\u2800\u3164\uffa0\U0001d159") | {chr(code) for code in range(0xFFF0, 0xFFF9)}
"""Letters and symbols that are drawn as nothing: fillers of Hangul, the empty Braille cell, a null notehead, ignorables to come."""
_TAGS: Final = range(0xE0000, 0xE1000)


def is_storable(text: str, *, lines: bool = False) -> bool:
    """Tell whether a database can hold the text: no control character (but line breaks, if `lines`), no lone surrogate."""
    return all(
        not (character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff") or (lines and character in _LINE_BREAKS)
        for character in text
    )


def shows_something(text: str) -> bool:
    """Tell whether any character of a text is drawn by itself: two names that show nothing cannot be told apart."""
    return any(
        unicodedata.category(character) not in _NOTHING_TO_SEE and character not in _BLANK_LETTERS and ord(character) not in _TAGS
        for character in text
    )


def fold(text: str) -> str:
    """Return what texts have in common that differ in case alone, or in how their letters are composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def check_name(value: str, field: Sequence[str]) -> str:
    """Return a name without the blanks around it; raises InvalidInput for one that shows nothing, is too long or not text."""
    name = value.strip()
    if not name:
        msg = "A name is needed: this one is empty."
        raise InvalidInput(msg, field)
    checked = _check(name, field, MAX_NAME, lines=False)
    if not shows_something(name):
        msg = "A name is needed: this one holds only characters that show nothing."
        raise InvalidInput(msg, field)
    return checked


def check_label(value: str | None, field: Sequence[str]) -> str | None:
    """Return a short text, None for one that shows nothing; raises InvalidInput."""
    label = _check((value or "").strip(), field, MAX_NAME, lines=False)
    return label if shows_something(label) else None


def check_text(value: str | None, field: Sequence[str]) -> str | None:
    """Return a longer text, None for an empty one; raises InvalidInput."""
    return _check(value, field, MAX_TEXT, lines=True) if value else None


def check_markdown(value: str, field: Sequence[str]) -> str:
    """Return the text of a text tile as it is; raises InvalidInput."""
    return _check(value, field, MAX_MARKDOWN, lines=True)


def check_project_key(value: str, field: Sequence[str]) -> str:
    """Return a project's key; raises InvalidInput."""
    if not is_project_key(value):
        msg = "A project's key is 1 to 64 letters, digits, _ or -, and starts with a letter."
        raise InvalidInput(msg, field)
    return value


def check_login(value: str, field: Sequence[str]) -> str:
    """Return a login; raises InvalidInput."""
    if not is_login(value):
        msg = "A login is 1 to 200 letters, digits or any of . _ @ + -, and starts with a letter or digit."
        raise InvalidInput(msg, field)
    return value


def login_taken(login: str, by: str) -> str:
    """Say why nobody else gets a login."""
    return f"There is a user {by} already" + ("." if by == login else "; a login that differs in case alone is not accepted.")


def is_project_key(value: str) -> bool:
    """Tell whether a project could have this key."""
    return _KEY.fullmatch(value) is not None


def is_login(value: str) -> bool:
    """Tell whether a user could have this login."""
    return _LOGIN.fullmatch(value) is not None


def _check(text: str, field: Sequence[str], limit: int, *, lines: bool) -> str:
    if len(text) > limit:
        msg = f"At most {limit:,} characters are accepted; these are {len(text):,}."
        raise InvalidInput(msg, field)
    if not is_storable(text, lines=lines):
        msg = "The text holds a control character or half a character: remove it."
        raise InvalidInput(msg, field)
    return text
