"""Long tables and long prose, sanitised some rows or paragraphs at a time: the sanitiser's tree takes 25 times the bytes of its HTML.

Only what is so plain that it means the same by itself is taken out: rows of cells with text, and blocks with text and little else,
all closed. Two of its kind with a word in each stand for them meanwhile. Should these not come back exactly as they are, once and in
order, as where an open <b> before them is opened again in each, or should links be in links, the whole is sanitised as it is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_ATTRIBUTES = r"""(?:\s(?:[^<>"']|"[^"<>]*+"|'[^'<>]*+')*+)?"""
_INLINE = "a|abbr|b|big|cite|code|em|font|i|kbd|mark|nobr|q|s|samp|small|span|strike|strong|sub|sup|tt|u|var"
_VOID = rf"<(?:br|img){_ATTRIBUTES}\s*+/?>"
_FLAT = rf"(?:[^<]++|{_VOID}|<(?P<flat>{_INLINE}){_ATTRIBUTES}>[^<]*+</(?P=flat)>)*+"
_INSIDE = rf"(?:[^<]++|{_VOID}|<(?P<inline>{_INLINE}){_ATTRIBUTES}>{_FLAT}</(?P=inline)>)*+"
_NEVER_IN_ITSELF = re.compile(r"<(?:a|nobr)[\s/>]", re.IGNORECASE)
"""The parser closes such an element where another one begins."""

_LONG = 512 * 1024
_PIECE = 256 * 1024
_WORD = "nbirows"
_NUMBER = re.compile(rf"{_WORD}(\d+)y")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is taken out: how it looks, how two of it are written that stand for many, and what must be around them by themselves."""

    start: re.Pattern[str]
    plain: re.Pattern[str]
    one: str
    around: tuple[str, str] = ("", "")


_ROWS = _Kind(
    re.compile("<tr"),
    re.compile(rf"\s*+<tr{_ATTRIBUTES}>(?:\s*+<(t[dh]){_ATTRIBUTES}>[^<]*+</\1>)*+\s*+</tr>"),
    "<tr><td>{}</td></tr>",
    ("<table><tbody>", "</tbody></table>"),
)
_KINDS = (
    _ROWS,
    *(
        _Kind(re.compile(rf"<{tag}\b"), re.compile(rf"\s*+<{tag}{_ATTRIBUTES}>{_INSIDE}</{tag}>"), f"<{tag}>{{}}</{tag}>")
        for tag in ("p", "div", "li", "pre")
    ),
)


def clean_in_pieces(html: str, clean: Callable[[str], str]) -> str:
    """Return what `clean` makes of HTML, in less memory where it holds a long table or long prose."""
    if len(html) > _LONG and _WORD not in html:
        for kind in _KINDS:
            found = kind.start.search(html)
            cleaned = None if found is None else _in_pieces(html, found.start(), kind, clean)
            if cleaned is not None:
                return cleaned
    return clean(html)


def _in_pieces(html: str, first: int, kind: _Kind, clean: Callable[[str], str]) -> str | None:
    """Return HTML that was sanitised in pieces; None where there are none of a kind, or they do not stand by themselves."""
    runs = list(_runs(html, first, kind))
    ends = [0, *(stop for _, stop in runs)]
    between = [html[end:start] for end, (start, _) in zip(ends, [*runs, (len(html), 0)], strict=True)]
    if not runs or (any(map(_NEVER_IN_ITSELF.search, between)) and any(_NEVER_IN_ITSELF.search(html, *run) for run in runs)):
        return None
    opened, closed = kind.around
    cleaned = list[str]()
    for start, stop in runs:
        piece = clean(f"{opened}{html[start:stop]}{closed}")
        if not (piece.startswith(opened) and piece.endswith(closed)):
            return None
        cleaned.append(piece[len(opened) : len(piece) - len(closed)])
    stands = [_stand_in(kind, number) for number in range(len(runs))]
    frame = clean("".join(part for pair in zip(between, [*stands, ""], strict=True) for part in pair))
    return _filled(frame, stands, cleaned)


def _stand_in(kind: _Kind, number: int) -> str:
    """Return two of a kind with white space between them, which some places around them would move."""
    return "\n".join(kind.one.format(f"{_WORD}{2 * number + more}y") for more in (0, 1))


def _filled(frame: str, stands: list[str], cleaned: list[str]) -> str | None:
    """Put the pieces in their places; None where these did not come back as they were."""
    if [int(number) for number in _NUMBER.findall(frame)] != list(range(2 * len(stands))):
        return None
    parts, end = list[str](), 0
    for stand, piece in zip(stands, cleaned, strict=True):
        at = frame.find(stand, end)
        if at < 0:
            return None
        parts += (frame[end:at], piece)
        end = at + len(stand)
    return "".join((*parts, frame[end:]))


def _runs(html: str, at: int, kind: _Kind) -> Iterator[tuple[int, int]]:
    """Yield where plain ones that follow each other begin and end, in pieces; short runs are not worth it, but at the end of others."""
    last = -1
    while at >= 0:
        start = end = at
        while end - start < _PIECE and (one := kind.plain.match(html, end)):
            end = one.end()
        if end - start >= _PIECE or (end > start == last):
            yield start, end
            at = last = end
            continue
        following = kind.start.search(html, max(end, at + 1))
        at = -1 if following is None else following.start()
