"""Slides: the cells as in HTML, grouped as their slide types say; reveal.js turns the pages, and without it they stand one below the other.

| `slideshow.slide_type` | the cell |
|---|---|
| `slide`, `subslide` | begins a slide: beside the last one, or below it |
| `fragment` | appears on its slide with the next step |
| `skip` | is absent |
| `notes` | is for the speaker |
| any other | goes on with what stands before it |
"""

from collections.abc import Iterator

from server.render.cells import shown_cells
from server.render.nodes import Node
from server.render.prepared import Prepared
from server.render.redact import slide_type_of
from server.render.widgets import state_script

_OPENS = {
    "slide": ((), ("slide", "subslide"), b"<section>\n<section>\n"),
    "subslide": (("slide",), ("subslide",), b"<section>\n"),
    "fragment": (("slide", "subslide"), ("fragment",), b'<div class="fragment">\n'),
}
"""What stays open around what begins, what it opens, and how."""


def render(prepared: Prepared) -> Iterator[bytes]:
    """Yield `<section>` after `<section>`; the first cell that is no note begins a slide whatever it says."""
    state = state_script(prepared)
    cells: list[Node | None] = prepared.notebook["cells"]
    types = [None if cell is None else slide_type_of(cell) for cell in cells]
    wanted = [index for index, type_ in enumerate(types) if type_ not in {None, "skip"}]
    slides = _Slides()
    for cell in shown_cells(prepared, wanted):
        if cell.html:
            yield slides.cell(types[cell.index] or "", cell.html)
    yield slides.end() + state


class _Slides:
    """What is open: a column of slides, one of them, and perhaps a fragment on it."""

    def __init__(self) -> None:
        self._open: tuple[str, ...] = ()
        self._notes = b""

    def cell(self, type_: str, html: bytes) -> bytes:
        """Return a cell with what has to be closed and opened before it."""
        if type_ == "notes":
            self._notes += b'<aside class="notes">\n' + html + b"\n</aside>\n"
            return self._told() if self._open else b""
        if not self._open or (type_ == "subslide" and "subslide" not in self._open):
            type_ = "slide"
        if type_ not in _OPENS:
            return html + b"\n"
        stays, opens, opening = _OPENS[type_]
        closing = self._close_down_to(stays)
        self._open += opens
        return closing + opening + self._told() + html + b"\n"

    def end(self) -> bytes:
        """Close everything; notes without any slide have one of their own."""
        alone = _OPENS["slide"][2] + self._told() + b"</section>\n</section>\n" if self._notes else b""
        return self._close_down_to(()) + alone

    def _told(self) -> bytes:
        """Return notes that waited for their slide."""
        told, self._notes = self._notes, b""
        return told

    def _close_down_to(self, kept: tuple[str, ...]) -> bytes:
        closed = b"".join(b"</div>\n" if name == "fragment" else b"</section>\n" for name in reversed(self._open[len(kept) :]))
        self._open = kept
        return closed
