"""Stored bytes to a notebook of format 4.5, as plain dictionaries: read strictly, upgraded, repaired where that is harmless.

Nothing here imports nbformat: its reader refuses or crashes on much of what real notebooks hold, and gives cells random ids.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import orjson

from server.render.nodes import Node, is_list, is_node
from server.render.notices import Notices
from server.render.repair import repair
from server.render.upgrade import upgrade

MOST_LEVELS = 200
"""Deepest nesting accepted; Python's own readers and writers give up near 1,000, copies of a notebook far earlier."""

_EMPTY = "the file is empty."
_NO_OBJECT = "the JSON is not an object."
_NO_VERSION = "there is no whole number `nbformat` in it."
_UNKNOWN_VERSION = "its format version is not known; versions 1 to 4 are."
_NO_CELLS = "there is no list of cells in it."
_CELL_NO_OBJECT = "a cell is not an object."
_TOO_DEEP = f"it is nested more than {MOST_LEVELS} levels deep."

_NEWEST = 4
_MINOR_WITH_IDS = 5
_LONGEST_INTEGER = 4300
_BOM = "\ufeff"
_LOOKED_AT = frozenset({dict, list, float})
_BEYOND_64_BITS = 2.0**63
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Unreadable(Exception):
    """The bytes are no notebook; `reason` says why, `cell_index` where."""

    def __init__(self, reason: str, cell_index: int | None = None) -> None:
        """Remember why and where."""
        super().__init__(reason)
        self.reason, self.cell_index = reason, cell_index


@dataclass(frozen=True, slots=True)
class Loaded:
    """A notebook of format 4.5; `stored` are its bytes as they were kept, None where they needed repair."""

    notebook: Node
    stored: bytes | None


def load(data: bytes, notices: Notices) -> Loaded:
    """Read a notebook of any format version; each repair leaves a notice. Raises Unreadable."""
    notebook = _notebook_in(_read(_decode(data, notices), notices))
    promises_ids = notebook["nbformat"] == _NEWEST and _at_least(notebook.get("nbformat_minor"), _MINOR_WITH_IDS)
    if notebook["nbformat"] < _NEWEST:
        notebook = upgrade(notebook)
    for index, cell in enumerate(notebook["cells"]):
        if not is_node(cell):
            raise Unreadable(_CELL_NO_OBJECT, index)
    repair(notebook, notices, promises_ids=promises_ids)
    return Loaded(notebook, None if notices.all() else data)


def _decode(data: bytes, notices: Notices) -> str:
    if not data.strip():
        raise Unreadable(_EMPTY)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"the file is not UTF-8 text (byte {error.start:,})."
        raise Unreadable(reason) from None
    if text.startswith(_BOM):
        notices.repaired("A byte order mark before the notebook was left out.")
        return text[1:]
    return text


def _read(text: str, notices: Notices) -> object:
    """Read JSON with the quick reader where it reads what the exact one reads, which is nearly always.

    What the quick one accepts needs no tidying: it refuses NaN, numbers beyond a float, and halves of characters. Both keep the last
    of equal keys. But it reads whole numbers of more than 64 bits as floats, so where there is such a float the exact one reads again.
    """
    try:
        document: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _tidy(_parse(text), notices)  # which says why, or reads it
    return document if _is_exact(document) else _tidy(_parse(text), notices)


def _is_exact(document: object) -> bool:
    """Whether no number may have lost digits; raises Unreadable for what is too deep."""
    level: list[Any] = [[document]]
    for _ in range(MOST_LEVELS + 1):
        found = [value for container in level for value in _values(container) if type(value) in _LOOKED_AT]
        if any(type(value) is float and abs(value) >= _BEYOND_64_BITS for value in found):
            return False
        level = [value for value in found if type(value) is not float]
        if not level:
            return True
    raise Unreadable(_TOO_DEEP)


def _values(container: Any) -> Iterable[Any]:  # noqa: ANN401  any JSON
    return container.values() if is_node(container) else container


def _parse(text: str) -> object:
    try:
        document: object = json.loads(text, parse_int=_integer)
    except RecursionError:
        raise Unreadable(_TOO_DEEP) from None
    except json.JSONDecodeError as error:
        reason = f"the file is not JSON: {error.msg} (line {error.lineno:,}, column {error.colno:,})."
        raise Unreadable(reason) from None
    return document


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONGEST_INTEGER else math.inf


def _tidy(document: object, notices: Notices) -> object:
    """Check the depth, and put right in place what JSON or UTF-8 cannot carry; iterative, for hostile nesting.

    It looks at every value of a notebook, so it asks for exact types, and at texts in C alone: half the time of reading cached cells.
    """
    level: list[Any] = [document]
    for _ in range(MOST_LEVELS):
        deeper: list[Any] = []
        for container in level:
            if is_node(container):
                if not all(map(str.isascii, container)):
                    _tidy_keys(container, notices)
                _tidy_values(container, tuple(container.items()), deeper, notices)
            elif is_list(container):
                _tidy_values(container, enumerate(container), deeper, notices)
        if not deeper:
            return document
        level = deeper
    raise Unreadable(_TOO_DEEP)


def _tidy_keys(container: Node, notices: Notices) -> None:
    for key in [key for key in container if _LONE_SURROGATE.search(key)]:
        container[_LONE_SURROGATE.sub("\ufffd", key)] = container.pop(key)
        notices.repaired("Half of a character was replaced.")


def _tidy_values(container: Any, items: Any, deeper: list[Any], notices: Notices) -> None:  # noqa: ANN401  any JSON
    for key, value in items:
        kind = cast("object", type(value))
        if kind is str:
            if not value.isascii() and _LONE_SURROGATE.search(value):
                container[key] = _LONE_SURROGATE.sub("\ufffd", value)
                notices.repaired("Half of a character was replaced.")
        elif kind is dict or kind is list:
            deeper.append(value)
        elif kind is float and not math.isfinite(value):
            container[key] = None
            notices.repaired("A number that JSON cannot carry (NaN, an infinity, or thousands of digits) was left out.")


def _notebook_in(document: object) -> Node:
    """Return a document that can be read as a notebook."""
    if not is_node(document):
        raise Unreadable(_NO_OBJECT)
    version = document.get("nbformat")
    if not isinstance(version, int) or isinstance(version, bool):
        raise Unreadable(_NO_VERSION)
    if not 1 <= version <= _NEWEST:
        raise Unreadable(_UNKNOWN_VERSION)
    if version == _NEWEST and not is_list(document.get("cells")):
        raise Unreadable(_NO_CELLS)
    return document


def _at_least(value: object, least: int) -> bool:
    return isinstance(value, int) and value >= least
