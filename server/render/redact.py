"""Takes out what a rendering may not show, before any format sees the notebook: hidden means absent.

| hidden by | gone |
|---|---|
| the author, by tags, `hide_input`, `jupyter.source_hidden` … | that input, output or cell, in every format |
| the viewer or administrator: `show_code` false | sources, attachments of code cells, traceback frames, metadata, quoted lines |
"""

import re
from collections.abc import Iterable

from server.domain.rendering import RenderProfile
from server.render.nodes import Node, is_node
from server.render.notices import Notices
from server.render.widgets import is_code, keep_shown_models, models_in

HIDDEN = "[code hidden]"
"""What stands where a line of code was quoted."""

_HIDES_CELL = frozenset({"hide-cell", "hide_cell", "remove-cell", "remove_cell"})
_HIDES_INPUT = frozenset({"hide-input", "hide_input", "remove-input", "remove_input"})
_HIDES_OUTPUT = frozenset({"hide-output", "hide_output", "remove-output", "remove_output"})

_KEPT_OF_NOTEBOOK = {
    "kernelspec": ("name", "display_name", "language"),
    "language_info": ("name", "pygments_lexer", "file_extension", "mimetype"),
}
_KEPT_OF_CELL = frozenset({"tags", "raw_mimetype", "format"})
_CELL_FIELDS = frozenset({"id", "cell_type", "source", "metadata", "outputs", "execution_count", "attachments"})
_KEPT_OF_OUTPUT = frozenset({"width", "height", "alt", "unconfined", "needs_background"})
SLIDE_TYPES = ("slide", "subslide", "fragment", "skip", "notes")

ANSI = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]")
_FRAME_MARK = re.compile(r"^[\s\u2502\u2771>|-]*\d+\s")
"""What stands before a quoted line: its number, and an arrow or a box around the frame."""

_FRAME_END = "\u2502| "
_R_CALL = re.compile(r"\b((?:Error|Warning message|Warning messages) in ).{1,2000}?( ?:)(?=\s|\Z)", re.DOTALL)
"""R says which call failed, in words of its own: `Error in f(x, y = 1): …`."""
_SHORTEST_LINE = 4
_SHORTEST_QUOTE = 8


def redact(notebook: Node, notices: Notices, *, show_code: bool, profile: RenderProfile = RenderProfile.STATIC) -> bool:
    """Take out what is hidden, in place, and what earlier notices quote of it; return whether anything went.

    A cell that goes as a whole leaves None in its place, so that the others keep their index.
    """
    cells: list[Node | None] = notebook["cells"]
    code = [cell for cell in cells if cell is not None and cell["cell_type"] == "code"]
    hidden = [cell for cell in code if not show_code or _hides_input(cell) or _tags(cell) & _HIDES_CELL]
    lines = frozenset(_telling_lines(str(cell["source"]) for cell in hidden))
    changed = not show_code
    for index, cell in enumerate(cells):
        if cell is None:
            continue
        if _hides_whole(cell):
            cells[index] = None
            notices.forget(index)
            changed = True
        elif cell["cell_type"] == "code":
            input_goes = not show_code or _hides_input(cell)
            if input_goes or _hides_output(cell):
                notices.unquote(index)  # even if repairs have left nothing to hide
            changed = _hide_in_code_cell(cell, lines, input_goes=input_goes) or changed
    if changed:
        keep_shown_models(notebook, (lambda text: _without_quoted_lines(_without_call(text), lines)) if hidden else None)
    if not show_code:
        _hide_metadata(notebook, keeps_widgets=profile is RenderProfile.INTERACTIVE)
    return changed


def _hides_whole(cell: Node) -> bool:
    return bool(_tags(cell) & _HIDES_CELL) or (cell["cell_type"] != "code" and _hides_input(cell))


def _hides_input(cell: Node) -> bool:
    return bool(_tags(cell) & _HIDES_INPUT) or cell["metadata"].get("hide_input") is True or _flag(cell, "source_hidden")


def _hides_output(cell: Node) -> bool:
    return bool(_tags(cell) & _HIDES_OUTPUT) or cell["metadata"].get("collapsed") is True or _flag(cell, "outputs_hidden")


def _tags(cell: Node) -> frozenset[str]:
    return frozenset(cell["metadata"].get("tags", ()))


def _flag(cell: Node, name: str) -> bool:
    flags = cell["metadata"].get("jupyter")
    return is_node(flags) and flags.get(name) is True


def _hide_in_code_cell(cell: Node, lines: frozenset[str], *, input_goes: bool) -> bool:
    """Take out of a cell what is hidden of it, and quotes of hidden lines; return whether anything went."""
    outputs: list[Node] = [] if _hides_output(cell) else cell["outputs"]
    went = len(outputs) < len(cell["outputs"])
    cell["outputs"] = outputs
    if input_goes:
        went = bool(cell["source"] or cell.get("attachments")) or went
        _hide_input(cell)
    if lines or input_goes:
        for output in outputs:
            went = _hide_in_output(output, lines, frames_go=input_goes) or went
    return went


def _hide_metadata(notebook: Node, *, keeps_widgets: bool) -> None:
    """Keep of all metadata what display needs."""
    widgets = {"widgets": notebook["metadata"]["widgets"]} if keeps_widgets and models_in(notebook) else {}
    notebook["metadata"] = widgets | {
        key: {name: spec[name] for name in names if isinstance(spec.get(name), str)}
        for key, names in _KEPT_OF_NOTEBOOK.items()
        if (spec := notebook["metadata"].get(key)) is not None
    }
    for key in notebook.keys() - {"cells", "metadata", "nbformat", "nbformat_minor"}:
        del notebook[key]
    for cell in notebook["cells"]:
        if cell is None:
            continue
        slide = {"slideshow": {"slide_type": slide_type_of(cell)}} if slide_type_of(cell) else {}
        cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key in _KEPT_OF_CELL} | slide
        if cell["cell_type"] == "code":
            cell["metadata"]["jupyter"] = {"source_hidden": True}
            for output in cell["outputs"]:
                if "metadata" in output:
                    output["metadata"] = _display_metadata(output["metadata"])
        for key in cell.keys() - _CELL_FIELDS:
            del cell[key]


def slide_type_of(cell: Node) -> str:
    """Return what a cell is in a slide show, empty where it does not say; any other word is none of the author's interface."""
    show = cell["metadata"].get("slideshow")
    given = show.get("slide_type") if is_node(show) else None
    return given if given in SLIDE_TYPES else ""


def input_is_hidden(cell: Node) -> bool:
    """Whether the input of a code cell was taken out, so that no empty box need be drawn."""
    jupyter = cell["metadata"].get("jupyter")
    return is_node(jupyter) and jupyter.get("source_hidden") is True and not cell["source"]


def _hide_input(cell: Node) -> None:
    cell["source"] = ""
    cell.pop("attachments", None)
    flags = cell["metadata"].get("jupyter")
    cell["metadata"]["jupyter"] = (flags if is_node(flags) else {}) | {"source_hidden": True}


def _hide_in_output(output: Node, lines: frozenset[str], *, frames_go: bool) -> bool:
    """Take code out of one output; return whether there was any."""
    before = dict(output)
    match output["output_type"]:
        case "stream":
            output["text"] = _without_quoted_lines(_without_call(output["text"]) if frames_go else output["text"], lines)
        case "error":
            output["evalue"] = _without_quotes(_without_call(output["evalue"]) if frames_go else output["evalue"], lines)
            frames = [f"{output['ename']}: {output['evalue']}"]
            output["traceback"] = frames if frames_go else [_without_quoted_lines(frame, lines) for frame in output["traceback"]]
        case "display_data" | "execute_result" if frames_go:
            output["data"] = {mime_type: data for mime_type, data in output["data"].items() if not is_code(mime_type)}
        case _:
            pass
    return output != before


def _display_metadata(metadata: Node) -> Node:
    """Keep sizes and alternative texts, given for all data or per media type."""
    kept = _display_values(metadata)
    for mime_type, own in metadata.items():
        if "/" in mime_type and is_node(own):
            kept[mime_type] = _display_values(own)
    return kept


def _display_values(metadata: Node) -> Node:
    return {key: value for key, value in metadata.items() if key in _KEPT_OF_OUTPUT and isinstance(value, str | int | float)}


def _telling_lines(sources: Iterable[str]) -> Iterable[str]:
    """Yield the lines of code that say something; `)` or `else` may stay wherever they are quoted."""
    for source in sources:
        for line in source.splitlines():
            stripped = line.strip()
            if len(stripped) >= _SHORTEST_LINE and any(letter.isalnum() for letter in stripped):
                yield stripped


def _without_quoted_lines(text: str, lines: frozenset[str]) -> str:
    """Replace whole lines of code, as warnings and printed tracebacks quote them, coloured or numbered or not."""
    return "".join(f"{HIDDEN}{_ending(line)}" if _quotes(line, lines) else line for line in text.splitlines(keepends=True))


def _quotes(line: str, lines: frozenset[str]) -> bool:
    plain = ANSI.sub("", line).strip()
    return plain in lines or _FRAME_MARK.sub("", plain, count=1).rstrip(_FRAME_END).strip() in lines


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _without_call(text: str) -> str:
    """Replace the call that R says failed."""
    return _R_CALL.sub(rf"\1{HIDDEN}\2", text) if " in " in text else text


def _without_quotes(text: str, lines: frozenset[str]) -> str:
    """Replace lines of code anywhere in a short text: R puts the call that failed into its message."""
    found = [line for line in lines if len(line) >= _SHORTEST_QUOTE and line in text]
    for line in sorted(found, key=lambda line: (-len(line), line)):
        text = text.replace(line, HIDDEN)
    return _without_quoted_lines(text, lines)
