"""What programs print, with its escape codes, to HTML: as nbconvert's `ansi2html` draws it, in time that grows with the text.

Replaced because nbconvert's copies the rest of the text at each code: 1.3 MB of codes took it 8.8 s, this 0.2 s.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

_CODE = re.compile("\x1b\\[([^\n@-~]*)([@-~])")
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_BRIGHT = 8
_NAMED = 16
_CUBE = 232
_COLOURS = 256

_Colour = int | tuple[int, int, int] | None


@dataclass(slots=True)
class _Pen:
    """How the terminal would write just now."""

    front: _Colour = None
    back: _Colour = None
    bold: bool = False
    underline: bool = False
    inverse: bool = False

    def tag(self) -> str:
        """Return the start tag of text written now, empty where nothing is special."""
        front = self.front + _BRIGHT if self.bold and isinstance(self.front, int) and self.front < _BRIGHT else self.front
        back = self.back
        if self.inverse:
            front, back = back, front
        classes, styles = list[str](), list[str]()
        _paint(front, "fg", "color", classes, styles, inverse=self.inverse)
        _paint(back, "bg", "background-color", classes, styles, inverse=self.inverse)
        classes += ["ansi-bold"] * self.bold + ["ansi-underline"] * self.underline
        of_class = f' class="{" ".join(classes)}"' if classes else ""
        of_style = f' style="{"; ".join(styles)}"' if styles else ""
        return f"<span{of_class}{of_style}>" if classes or styles else ""

    def obey(self, numbers: Iterator[int]) -> None:
        """Change as the numbers of a code say; unknown ones change nothing."""
        for number in numbers:
            match number:
                case 0:
                    self.front = self.back = None
                    self.bold = self.underline = self.inverse = False
                case 1 | 5:
                    self.bold = True
                case 21 | 22:
                    self.bold = False
                case 4 | 24:
                    self.underline = number == 4  # noqa: PLR2004  a code, as all numbers here
                case 7 | 27:
                    self.inverse = number == 7  # noqa: PLR2004
                case 38:
                    self.front = _extended(numbers, self.front)
                case 48:
                    self.back = _extended(numbers, self.back)
                case _:
                    self._take_colour(number)

    def _take_colour(self, number: int) -> None:
        for first, bright in ((30, 0), (90, _BRIGHT)):
            if first <= number < first + _BRIGHT:
                self.front = number - first + bright
            if first + 10 <= number < first + 10 + _BRIGHT:
                self.back = number - first - 10 + bright
        if number == 39:  # noqa: PLR2004
            self.front = None
        if number == 49:  # noqa: PLR2004
            self.back = None


def terminal_html(text: str) -> str:
    """Return text as HTML, coloured as its escape codes say, without the other codes."""
    if "\x1b" not in text:
        return escape(text, quote=False)
    parts: list[str] = []
    pen, tag, end = _Pen(), "", 0
    for code in _CODE.finditer(text):
        _write(text[end : code.start()], tag, parts)
        end = code.end()
        if code[2] == "m":
            pen.obey(_numbers(code[1]))
            tag = pen.tag()
    _write(text[end:], tag, parts)
    return "".join(parts)


def _write(text: str, tag: str, parts: list[str]) -> None:
    if text:
        written = escape(text, quote=False)
        parts.append(f"{tag}{written}</span>" if tag else written)


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
