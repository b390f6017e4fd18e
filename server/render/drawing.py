"""One cell to HTML: what fills it is made piece by piece, its frame by the template, and the pieces put into the frame last."""

from server.render.colours import coloured
from server.render.maths import typeset_text
from server.render.markup import markdown_to_html
from server.render.nodes import Node
from server.render.outputs import HTML, LATEX, MARKDOWN, PICTURE, shown
from server.render.place import Place
from server.render.redact import input_is_hidden
from server.render.sanitize import clean
from server.render.skeleton import framed
from server.render.slots import Slots
from server.render.terminal import terminal_html

CELL_ID = "\x1e"
"""Stands for the cell's id, which changes without the cell changing."""


def drawn(cell: Node, place: Place, lexer: str, slots: Slots) -> str:
    """Return a cell's HTML, empty where nothing of it shows; code is coloured by `lexer`."""
    frame: Node = {"cell_type": cell["cell_type"], "id": CELL_ID, "metadata": _metadata(cell)}
    match cell["cell_type"]:
        case "code":
            frame["metadata"]["transient"] = {"remove_source": input_is_hidden(cell)}
            frame["execution_count"] = cell["execution_count"]
            frame["outputs"] = [_output(output, place, slots) for output in cell["outputs"]]
            if input_is_hidden(cell) and not frame["outputs"]:
                return ""
            html = coloured(cell["source"], lexer)
        case "markdown":
            html = markdown_to_html(cell["source"], cell.get("attachments", {}), place, slots)
        case _:
            frame["metadata"]["raw_mimetype"] = cell["metadata"].get("raw_mimetype", "")
            html = clean(cell["source"], prefix=place.prefix)
    frame["source"] = slots.hold(html)
    return slots.fill(framed(frame))


def _metadata(cell: Node) -> Node:
    """Keep the tags that make one class each; nothing else of a cell's metadata is shown."""
    return {"tags": [tag for tag in cell["metadata"].get("tags", ()) if tag.replace("-", "").replace("_", "").isalnum()]}


def _output(output: Node, place: Place, slots: Slots) -> Node:
    """Return an output with words in place of its texts."""
    match output["output_type"]:
        case "stream":
            return output | {"text": slots.hold(terminal_html(output["text"]))}
        case "error":
            return output | {"traceback": [slots.hold(terminal_html(line)) for line in output["traceback"]]}
        case _:
            chosen = shown(output, place)
            [(kind, text)] = chosen["data"].items()
            return chosen | {"data": {kind: slots.hold(_finished(kind, text, place, slots))}}


def _finished(kind: str, text: str, place: Place, slots: Slots) -> str:
    match kind:
        case _ if kind in {HTML, PICTURE}:
            return text
        case _ if kind == MARKDOWN:
            return markdown_to_html(text, {}, place, slots)
        case _ if kind == LATEX:
            done = typeset_text(text)
            if done.is_tex:
                place.note_tex()
            return done.html
        case _:
            return terminal_html(text)
