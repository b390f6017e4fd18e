"""One cell to HTML: what fills it is made piece by piece, and put into the frame that the template draws for cells of its shape."""

from server.render.colours import coloured
from server.render.markup import markdown_to_html
from server.render.maths import typeset_text
from server.render.nodes import Node
from server.render.outputs import DRAWING, HTML, LATEX, MARKDOWN, PICTURE, shown
from server.render.place import Place
from server.render.redact import input_is_hidden
from server.render.sanitize import clean
from server.render.skeleton import CONTAINED, CellShape, Filling, OutputShape, framed
from server.render.slots import Slots
from server.render.terminal import terminal_html

CELL_ID = "\x1e"
"""Stands for the cell's id, which changes without the cell changing."""


def drawn(cell: Node, place: Place, lexer: str, slots: Slots) -> str:
    """Return a cell's HTML, empty where nothing of it shows; code is coloured by `lexer`."""
    tags = tuple(tag for tag in cell["metadata"].get("tags", ()) if tag.replace("-", "").replace("_", "").isalnum())
    match cell["cell_type"]:
        case "code":
            return _code(cell, tags, place, lexer, slots)
        case "markdown":
            html = markdown_to_html(cell["source"], cell.get("attachments", {}), place, slots)
            return framed(CellShape("markdown", tags), Filling(CELL_ID, "", html))
        case _:
            shape = CellShape("raw", raw_mime_type=cell["metadata"].get("raw_mimetype", "").lower())
            html = framed(shape, Filling(CELL_ID, "", clean(cell["source"], prefix=place.prefix)))
            return html and f'{CONTAINED}class="nbi-raw">{html}</div>'  # the template gives raw cells no element


def _code(cell: Node, tags: tuple[str, ...], place: Place, lexer: str, slots: Slots) -> str:
    hidden = input_is_hidden(cell)
    outputs = [_output(output, place, slots) for output in cell["outputs"]]
    if hidden and not outputs:
        return ""
    count = "&nbsp;" if cell["execution_count"] is None else str(cell["execution_count"])
    shape = CellShape("code", tags, hidden, outputs=tuple(output for output, _ in outputs))
    html = "" if hidden else coloured(cell["source"], lexer)
    return framed(shape, Filling(CELL_ID, count, html, tuple(html for _, html in outputs)))


def _output(output: Node, place: Place, slots: Slots) -> tuple[OutputShape, str]:
    """Return the shape of an output and its HTML."""
    kind = output["output_type"]
    match kind:
        case "stream":
            return OutputShape(kind, output["name"]), terminal_html(output["text"])
        case "error":
            return OutputShape(kind), "\n".join(terminal_html(line) for line in output["traceback"])
        case _:
            [(mime_type, text)] = shown(output, place)["data"].items()
            return OutputShape(kind, mime_type), _finished(mime_type, text, place, slots)


def _finished(mime_type: str, text: str, place: Place, slots: Slots) -> str:
    if mime_type in {HTML, DRAWING, PICTURE}:
        return text
    if mime_type == MARKDOWN:
        return markdown_to_html(text, {}, place, slots)
    if mime_type == LATEX:
        done = typeset_text(text)
        if done.is_tex:
            place.note_tex()
        return done.html
    return terminal_html(text)
