"""What programs print, with its escape codes, to HTML: as nbconvert's `ansi2html` draws it, in time that grows with the text.

Replaced because nbconvert's copies the rest of the text at each code: 1.3 MB of codes took it 8.8 s, this 0.2 s.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import Any

_CODE = re.compile("\x1b\\[([^\n@-~]*)([@-~])")
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_BRIGHT = 8
_NAMED = 16
_CUBE = 232
_COLOURS = 256
_FIRSTS = ((30, "front", 0), (40, "back", 0), (90, "front", _BRIGHT), (100, "back", _BRIGHT))

_Colour = int | tuple[int, int, int] | None

_CHANGES: Mapping[int, Mapping[str, Any]] = {
    **{code: {"bold": code in (1, 5)} for code in (1, 5, 21, 22)},
    **{code: {"underline": code == 4} for code in (4, 24)},  # noqa: PLR2004  codes speak for themselves
    **{code: {"inverse": code == 7} for code in (7, 27)},  # noqa: PLR2004
    **{first + colour: {place: bright + colour} for first, place, bright in _FIRSTS for colour in range(8)},
    39: {"front": None},
    49: {"back": None},
}
"""What each code of one number changes; 5, blinking, shows as bold."""


@dataclass(frozen=True, slots=True)
class _Pen:
    """How the terminal would write just now."""

    front: _Colour = None
    back: _Colour = None
    bold: bool = False
    underline: bool = False
    inverse: bool = False


def terminal_html(text: str) -> str:
    """Return text as HTML, coloured as its escape codes say, without the other codes."""
    if "\x1b" not in text:
        return escape(text, quote=False)
    parts: list[str] = []
    pen, end = _Pen(), 0
    for code in _CODE.finditer(text):
        _write(text[end : code.start()], pen, parts)
        end = code.end()
        if code[2] == "m":
            pen = _after(pen, code[1])
    _write(text[end:], pen, parts)
    return "".join(parts)


def _write(text: str, pen: _Pen, parts: list[str]) -> None:
    if text:
        tag, written = _tag(pen), escape(text, quote=False)
        parts.append(f"{tag}{written}</span>" if tag else written)


@lru_cache(maxsize=1024)
def _tag(pen: _Pen) -> str:
    """Return the start tag of text written with a pen, empty where nothing is special."""
    front = pen.front + _BRIGHT if pen.bold and isinstance(pen.front, int) and pen.front < _BRIGHT else pen.front
    back = pen.back
    if pen.inverse:
        front, back = back, front
    classes, styles = list[str](), list[str]()
    _paint(front, "fg", "color", classes, styles, inverse=pen.inverse)
    _paint(back, "bg", "background-color", classes, styles, inverse=pen.inverse)
    classes += ["ansi-bold"] * pen.bold + ["ansi-underline"] * pen.underline
    of_class = f' class="{" ".join(classes)}"' if classes else ""
    of_style = f' style="{"; ".join(styles)}"' if styles else ""
    return f"<span{of_class}{of_style}>" if classes or styles else ""


@lru_cache(maxsize=1024)
def _after(pen: _Pen, code: str) -> _Pen:
    """Return the pen after a code; unknown numbers in it change nothing."""
    numbers = _numbers(code)
    for number in numbers:
        match number:
            case 0:
                pen = _Pen()
            case 38:
                pen = replace(pen, front=_extended(numbers, pen.front))
            case 48:
                pen = replace(pen, back=_extended(numbers, pen.back))
            case _:
                pen = replace(pen, **_CHANGES.get(number, {}))
    return pen


def _numbers(code: str) -> Iterator[int]:
    """Read the numbers of a code, where an empty one is 0; a code that holds anything else has none."""
    words = code.split(";")
    sound = all(word == "" or (word.isascii() and word.isdigit() and len(word) <= 4) for word in words)  # noqa: PLR2004  none has more
    return iter([int(word or 0) for word in words] if sound else [])


def _paint(colour: _Colour, place: str, name: str, classes: list[str], styles: list[str], *, inverse: bool) -> None:
    match colour:
        case int():
            classes.append(f"ansi-{_NAMES[colour % _BRIGHT]}{'-intense' * (colour >= _BRIGHT)}-{place}")
        case (red, green, blue):
            styles.append(f"{name}: rgb({red},{green},{blue})")
        case None if inverse:
            classes.append(f"ansi-default-inverse-{place}")
        case None:
            pass


def _extended(numbers: Iterator[int], before: _Colour) -> _Colour:
    """Read one of 256 colours, or red, green and blue; what cannot be read uses up the code and changes nothing."""
    match next(numbers, None):
        case 5:
            index = next(numbers, _COLOURS)
            return _indexed(index) if index < _COLOURS else _nothing(numbers, before)
        case 2:
            red, green, blue = (next(numbers, _COLOURS) for _ in range(3))
            return (red, green, blue) if max(red, green, blue) < _COLOURS else _nothing(numbers, before)
        case _:
            return _nothing(numbers, before)


def _nothing(numbers: Iterator[int], before: _Colour) -> _Colour:
    for _ in numbers:
        pass
    return before


def _indexed(index: int) -> _Colour:
    if index < _NAMED:
        return index
    if index < _CUBE:
        red, green, blue = ((index - _NAMED) // step % 6 for step in (36, 6, 1))
        return _cube(red), _cube(green), _cube(blue)
    grey = (index - _CUBE) * 10 + 8
    return grey, grey, grey


def _cube(level: int) -> int:
    return 55 + level * 40 if level else 0
