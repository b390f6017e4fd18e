"""Finds in outputs what they quote of hidden code: the one place that knows what a quoted line looks like.

| where | what is a quote |
|---|---|
| a line of a stream, of a frame | a line of the code, whole or behind marks |
| a line of a display, HTML by its text | a line of the code behind marks; in a box, its beginning or end too, for boxes are narrow |
| an error's message | eight characters or more that are a line of the code, anywhere |

Marks are what tracebacks, debuggers, shells and linters put before a line: numbers, arrows, bars, prompts, `file.py:12:`. The work grows
with the text, not with the number of lines of code: they lie in a set, and what could cost more is hidden instead of looked through.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape

HIDDEN = "[code hidden]"
"""What stands where a line of code was quoted."""

ESCAPES = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # colours and cursors
    "|\x1b[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?"  # titles and links
    "|\x1b[ -/]*[0-~]"  # character sets and the rest
)
"""What terminals obey and do not show."""

_UNSEEN = re.compile(f"{ESCAPES.pattern}|[\x00-\x08\x0e-\x1b\x7f\u200b-\u200f\u2060-\u2064\ufeff]")
"""Those, other controls, and characters without width."""

_SHORTEST_LINE = 4
_SHORTEST_QUOTE = 8
_SHORTEST_PIECE = 12
_TAIL = 3
_TAIL_WINDOW = 40
_MOST_MARKS = 16
_MOST_GLUED = 16
_WIDEST_FRAME = 1000
_ANYWHERE_CHARS = 50_000_000
"""How much of the code an error's messages are compared with, before they are hidden unread; 0.1 s."""

_BOX = "\u2502"
_FRAME_END = "\u2502\u2503| "
_ARROWS = frozenset("\u2502\u2503|\u2771>\u2192\u27f6")
_NUMBER = re.compile(r"[\W_]*\d+[\W_]*")
_BARE = re.compile(r"[\w.]+")
_WORD_MARK = re.compile(r"In|Out|E|line|\S{1,200}[>$#%:|\]]|\([^()\s]{1,40}\)")
_PLACE = re.compile(r"(?:[^\s:]{1,200}:\d+:(?:\d+:)?|\[\d*\]:) ?")
_NEVER_GLUED = frozenset("([{\"'`.")

_WITH_LINES = ("\u2502", "\u2771", "<pre", "<PRE", "<code", "<CODE", "<samp", "<tt")
"""What HTML that shows lines of code holds; tables hold none of it, and are not looked through."""

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]*>|\n")
_INLINE = frozenset({"a", "b", "code", "em", "font", "i", "ins", "kbd", "mark", "samp", "small", "span", "strong", "tt", "u", "var"})
_RAW = frozenset({"script", "style"})

_R_CALL = re.compile(r"\b(?:Error|Warning message|Warning messages) in ")
_R_CALL_END = re.compile(r" ?:(?=\s|\Z)")
_LONGEST_CALL = 2000


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A piece of a text, and what is to stand for it."""

    start: int
    end: int
    instead: str = HIDDEN


def edited(texts: Sequence[str], edits: Iterable[Edit]) -> list[str]:
    """Return texts with pieces of what they are together replaced; what stands for a piece that goes over a joint stands before it."""
    merged = _merged(edits)
    if not merged:
        return list(texts)
    found: list[str] = []
    begin = 0
    waiting = iter([*merged, Edit(sum(map(len, texts)), sum(map(len, texts)), "")])
    edit = next(waiting)
    for text in texts:
        end, position, parts = begin + len(text), begin, list[str]()
        while edit.start < end:
            if edit.start >= begin:
                parts += (text[position - begin : edit.start - begin], edit.instead)
            position = min(edit.end, end)
            if edit.end > end:
                break
            edit = next(waiting)
        parts.append(text[position - begin :])
        found.append("".join(parts))
        begin = end
    return found


def _merged(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits in order; those that overlap are one."""
    found: list[Edit] = []
    for edit in sorted(edits):
        if found and edit.start < found[-1].end:
            found[-1] = Edit(found[-1].start, max(found[-1].end, edit.end))
        else:
            found.append(edit)
    return found


def calls_in(text: str) -> Iterator[Edit]:
    """Find the calls that R says failed, in words of its own: `Error in f(x, y = 1): …`."""
    ending = None
    last = 0
    for begun in _R_CALL.finditer(text):
        start = begun.end()
        if start < last:
            continue
        if ending is None or ending.start() <= start:
            ending = _R_CALL_END.search(text, start + 1)
        if ending is None:
            return
        if ending.start() - start <= _LONGEST_CALL:
            last = ending.end()
            yield Edit(start, ending.start())


def _spellings(line: str) -> set[str]:
    """Return how a line stands in a message: as it is, and as programs write strings and bytes, whatever quotes these begin with."""
    quotes = "'\""  # with both in it, repr escapes the single one, which is the worst case
    written = {line, repr(line + quotes)[1:-4], ascii(line + quotes)[1:-4], repr((line + quotes).encode(errors="replace"))[2:-4]}
    return (
        written
        | {spelled.replace("\\'", "'") for spelled in written}
        | {json.dumps(line)[1:-1], json.dumps(line, ensure_ascii=False)[1:-1]}
    )


class Quotes:
    """The lines of hidden code, ready to be looked for; false where there are none."""

    def __init__(self, sources: Iterable[str]) -> None:
        """Take all lines that say something; `)` or `else` may stay wherever they are quoted."""
        kept = {line for source in sources for line in source.splitlines() if _tells(line.strip())}
        self._whole = frozenset(spelled for line in kept for spelled in _spellings(line.strip()))
        self.lines = frozenset(_plain(line) for line in kept)
        self._tails = frozenset(line[-_TAIL:] for line in self.lines)
        self._longest = max(map(len, self.lines), default=0) + _WIDEST_FRAME
        self._left = _ANYWHERE_CHARS

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.lines)

    def in_lines(self, text: str, *, marked: bool = False) -> Iterator[Edit]:
        """Find lines that quote code, coloured or numbered or not; where `marked`, only behind marks."""
        clean = text.isascii() and not any(control in text for control in "\x1b\x07\x08\x00\x7f")
        start = 0
        for line in text.splitlines(keepends=True) if self else ():
            if self._quotes(line if clean else _UNSEEN.sub("", line), marked=marked):
                yield Edit(start, start + len(line.rstrip("\r\n")))
            start += len(line)

    def in_html(self, html: str) -> Iterator[Edit]:
        """Find lines of HTML whose text quotes code behind marks; tags stay. HTML without anything like lines is not looked through."""
        if not (self and any(mark in html for mark in _WITH_LINES)):
            return
        for pieces in _lines_of_html(html):
            text = unescape("".join(html[start:end] for start, end in pieces))
            if self._quotes(_UNSEEN.sub("", text), marked=True):
                instead = HIDDEN
                for start, end in pieces:
                    yield Edit(start, end, instead)
                    instead = ""

    def anywhere(self, text: str) -> Iterator[Edit]:
        """Find lines of code anywhere in a text, the longest first; one that is not looked through in time goes as a whole."""
        position = 0
        while position <= len(text) - _SHORTEST_QUOTE:
            found = 0
            for length in self._lengths.get(text[position : position + _SHORTEST_QUOTE], ()):
                self._left -= length
                if self._left < 0:
                    yield Edit(0, len(text))
                    return
                if text[position : position + length] in self._whole:
                    found = length
                    break
            if found:
                yield Edit(position, position + found)
            position += found or 1

    @cached_property
    def _lengths(self) -> dict[str, list[int]]:
        """How long lines are that begin with the same characters, the longest first."""
        lengths: dict[str, set[int]] = {}
        for line in self._whole:
            if len(line) >= _SHORTEST_QUOTE:
                lengths.setdefault(line[:_SHORTEST_QUOTE], set()).add(len(line))
        return {start: sorted(found, reverse=True) for start, found in lengths.items()}

    @cached_property
    def _sorted(self) -> tuple[list[str], list[str]]:
        """The lines in order, and in the order of their ends."""
        return sorted(self.lines), sorted(line[::-1] for line in self.lines)

    def _quotes(self, line: str, *, marked: bool) -> bool:
        text = line.strip()
        framed = text.rstrip(_FRAME_END)
        boxed = _BOX in text
        for candidate in (text, framed) if len(framed) < len(text) else (text,):
            tail = " ".join(candidate[-_TAIL_WINDOW:].split())[-_TAIL:]
            if (tail in self._tails or boxed) and len(candidate) <= self._longest:
                words = " ".join(candidate.split())
                if (not marked and words in self.lines) or self._behind_marks(words, marked=marked, boxed=boxed):
                    return True
        return False

    def _behind_marks(self, words: str, *, marked: bool, boxed: bool) -> bool:
        rest, marks = words, ""
        for _ in range(_MOST_MARKS):
            head, _, after = rest.partition(" ")
            if not (after and _is_mark(head)):
                break
            rest, marks = after, f"{marks} {head}"
            if (rest in self.lines and _tell(marks, rest, marked=marked)) or (boxed and self._is_piece(marks, rest)):
                return True
        return self._is_glued(marks, rest, marked=marked)

    def _is_glued(self, marks: str, rest: str, *, marked: bool) -> bool:
        """Whether marks stand right before the line: `+code`, `12:code`, `file.py:12:code`."""
        place = _PLACE.match(rest)
        if place and rest[place.end() :] in self.lines and not _BARE.fullmatch(rest, place.end()):
            return True
        for position in range(1, min(len(rest), _MOST_GLUED)):
            before = rest[position - 1]
            if before.isalpha() or before in _NEVER_GLUED:
                break
            code = rest[position:].lstrip()
            if code in self.lines and _tell(marks + rest[:position], code, marked=marked) and not (before.isdigit() and code[0].isalnum()):
                return True
        return False

    def _is_piece(self, marks: str, rest: str) -> bool:
        """Whether it is the beginning or the end of a line, in a box that is too narrow for all of it."""
        if len(rest) < _SHORTEST_PIECE or not _ARROWS.intersection(marks):
            return False
        forwards, backwards = self._sorted
        return _begins_one(forwards, rest) or _begins_one(backwards, rest[::-1])


def _begins_one(lines: list[str], start: str) -> bool:
    index = bisect_left(lines, start)
    return index < len(lines) and lines[index].startswith(start)


def _tells(line: str) -> bool:
    return len(line) >= _SHORTEST_LINE and any(letter.isalnum() for letter in line) and len(_plain(line)) >= _TAIL


def _plain(line: str) -> str:
    return " ".join(_UNSEEN.sub("", line).split())


def _is_mark(head: str) -> bool:
    return not any(letter.isalpha() for letter in head) or _WORD_MARK.fullmatch(head) is not None


def _tell(marks: str, code: str, *, marked: bool) -> bool:
    """Whether marks say that code follows; a single word may follow a dash, and in a display a number, without being code."""
    if _ARROWS.intersection(marks):
        return True
    if _BARE.fullmatch(code):
        return not marked and _NUMBER.fullmatch(marks) is not None
    return len(code) >= _SHORTEST_QUOTE or not any(letter.isalpha() for letter in marks)


def _lines_of_html(html: str) -> Iterator[list[tuple[int, int]]]:
    """Yield where the text of each line lies; lines end with blocks, `<br>` and line breaks. Scripts and styles hold no text."""
    pieces: list[tuple[int, int]] = []
    position, raw = 0, ""
    for tag in _TAG.finditer(html):
        name = (tag[2] or "").lower()
        if raw:
            if tag[1] and name == raw:
                raw, position = "", tag.end()
            continue
        if tag.start() > position:
            pieces.append((position, tag.start()))
        position = tag.end()
        raw = name if name in _RAW and not tag[1] else ""
        if name not in _INLINE and pieces:
            yield pieces
            pieces = []
    if not raw and len(html) > position:
        pieces.append((position, len(html)))
    if pieces:
        yield pieces
