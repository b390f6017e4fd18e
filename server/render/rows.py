"""Long tables, sanitised some rows at a time: the sanitiser's tree of a table takes 25 times the bytes of its HTML.

Only rows so plain that they mean the same by themselves are taken out: cells with text, no elements in them. A row with a word in
it stands for them meanwhile; should that row not come back exactly once, the whole is sanitised as it is.
"""

import re
from collections.abc import Callable, Iterator

_PLAIN_ROW = re.compile(r"\s*+<tr(?:\s[^<>]*+)?>(?:\s*+<(t[dh])(?:\s[^<>]*+)?>[^<]*+</\1>)*+\s*+</tr>")
_LONG = 512 * 1024
_PIECE = 256 * 1024
_OPEN, _CLOSE = "<table><tbody>", "</tbody></table>"
_WORD = "nbirows"


def clean_in_pieces(html: str, clean: Callable[[str], str]) -> str:
    """Return what `clean` makes of HTML, in less memory where it holds a long table."""
    first = html.find("<tr") if len(html) > _LONG else -1
    if first < 0 or _WORD in html:
        return clean(html)
    parts, cleaned = list[str](), list[str]()
    end = 0
    for start, stop in _runs(html, first):
        piece = clean(f"{_OPEN}{html[start:stop]}{_CLOSE}")
        if piece.startswith(_OPEN) and piece.endswith(_CLOSE):
            parts += (html[end:start], f"<tr><td>{_WORD}{len(cleaned)}y</td></tr>")
            cleaned.append(piece[len(_OPEN) : -len(_CLOSE)])
            end = stop
    if not cleaned:
        return clean(html)
    frame = clean("".join((*parts, html[end:])))
    places = re.findall(rf"<tr><td>{_WORD}(\d+)y</td></tr>", frame)
    if places != [str(number) for number in range(len(cleaned))] or frame.count(_WORD) != len(cleaned):
        return clean(html)
    return re.sub(rf"<tr><td>{_WORD}(\d+)y</td></tr>", lambda row: cleaned[int(row[1])], frame)


def _runs(html: str, at: int) -> Iterator[tuple[int, int]]:
    """Yield where plain rows that follow each other begin and end, in pieces; short runs are not worth it."""
    while at >= 0:
        start = end = at
        while end - start < _PIECE and (row := _PLAIN_ROW.match(html, end)):
            end = row.end()
        if end - start >= _PIECE:
            yield start, end
            at = end
            continue
        at = html.find("<tr", max(end, at + 1))
