"""The quick reader of JSON against the exact one: where both read, they read the same; where one refuses, the exact one says why."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.render.load import Unreadable, _parse, _read, _tidy
from server.render.notices import Notices

EDGES = (
    *("-0", "-0.0", "1e400", "-1e400", "1e-400", "1.7976931348623157e308", "9223372036854775808.0", "1e19", "0.1e1", "1E5", "1e+5"),
    *(str(sign * 2**bits + more) for sign in (1, -1) for bits in (53, 63, 64, 65, 200) for more in (-1, 0, 1)),
    *("NaN", "Infinity", "-Infinity", "1" * 4299, "1" * 4300, "1" * 5000, "-" + "9" * 5000),
    *(r'"\ud800"', r'"\udc00x"', r'"\ud83d\ude00"', r'{"\ud800": 1}', '"\x7f"', r'"\u0000"', '"é"', '{"a": 1, "a": 2}'),
)
"""JSON that readers differ on."""


def outcome(read: Callable[[], object]) -> str:
    """Tell what came out, with types and signs."""
    try:
        return repr(read())
    except Unreadable as error:
        return error.reason


def read_exactly(text: str) -> tuple[object, object]:
    """Read as nothing but Python's own reader does."""
    notices = Notices()
    return _tidy(_parse(text), notices), notices.all()


def read_quickly(text: str) -> tuple[object, object]:
    notices = Notices()
    return _read(text, notices), notices.all()


@pytest.mark.parametrize("text", [*EDGES, *("[" * deep + "]" * deep for deep in (199, 200, 201, 900, 2000)), "", "{", "[1,]", "00", "1."])
def test_the_quick_reader_reads_what_the_exact_one_reads(text: str) -> None:
    for whole in (text, f'{{"a": [1.5, {text}]}}'):
        assert outcome(partial(read_quickly, whole)) == outcome(partial(read_exactly, whole))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())) | st.integers(2**62, 2**66),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(), parts, max_size=4),
    max_leaves=20,
)


@given(document=_JSON, ascii_only=st.booleans())
def test_both_readers_agree_on_any_json(document: object, *, ascii_only: bool) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only).encode(errors="replace").decode()
    assert outcome(partial(read_quickly, text)) == outcome(partial(read_exactly, text))
