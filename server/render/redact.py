"""Takes out what a rendering may not show, before any format sees the notebook: hidden means absent.

| hidden by | gone |
|---|---|
| the author, by tags, `hide_input`, `jupyter.source_hidden` … | that input, output or cell, in every format |
| the viewer or administrator: `show_code` false | sources, attachments of code cells, traceback frames, metadata, quoted lines |
"""

from collections.abc import Sequence

from server.domain.rendering import RenderProfile
from server.render.nodes import Node, is_node
from server.render.notices import Notices
from server.render.quotes import HIDDEN, Quotes, calls_in, edited
from server.render.widgets import is_code, keep_shown_models, media_type, models_in

__all__ = ["HIDDEN", "SLIDE_TYPES", "input_is_hidden", "redact", "slide_type_of"]

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


def redact(notebook: Node, notices: Notices, *, show_code: bool, profile: RenderProfile = RenderProfile.STATIC) -> bool:
    """Take out what is hidden, in place, and what earlier notices quote of it; return whether anything went.

    A cell that goes as a whole leaves None in its place, so that the others keep their index.
    """
    cells: list[Node | None] = notebook["cells"]
    code = [cell for cell in cells if cell is not None and cell["cell_type"] == "code"]
    hidden = [cell for cell in code if not show_code or _hides_input(cell) or _tags(cell) & _HIDES_CELL]
    quotes = Quotes(str(cell["source"]) for cell in hidden)
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
            changed = _hide_in_code_cell(cell, quotes, input_goes=input_goes) or changed
    if changed:
        keep_shown_models(notebook, (lambda outputs: _hide_in_outputs(outputs, quotes, frames_go=True)) if hidden else None)
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


def _hide_in_code_cell(cell: Node, quotes: Quotes, *, input_goes: bool) -> bool:
    """Take out of a cell what is hidden of it, and quotes of hidden lines; return whether anything went."""
    outputs: list[Node] = [] if _hides_output(cell) else cell["outputs"]
    went = len(outputs) < len(cell["outputs"])
    cell["outputs"] = outputs
    if input_goes:
        went = bool(cell["source"] or cell.get("attachments")) or went
        _hide_input(cell)
    if quotes or input_goes:
        went = _hide_in_outputs(outputs, quotes, frames_go=input_goes) or went
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


def _hide_in_outputs(outputs: list[Node], quotes: Quotes, *, frames_go: bool) -> bool:
    """Take code out of the outputs of one cell; return whether there was any."""
    before = [dict(output) for output in outputs]
    for name in ("stdout", "stderr"):
        streams = [output for output in outputs if output["output_type"] == "stream" and output["name"] == name]
        texts = _without_lines([stream["text"] for stream in streams], quotes, calls_go=frames_go)
        for stream, text in zip(streams, texts, strict=True):
            stream["text"] = text
    for output in outputs:
        match output["output_type"]:
            case "error":
                _hide_in_error(output, quotes, frames_go=frames_go)
            case "display_data" | "execute_result":
                shown = {kind: data for kind, data in output["data"].items() if not (frames_go and is_code(kind))}
                output["data"] = {kind: _without_marked_lines(kind, data, quotes) for kind, data in shown.items()}
            case _:
                pass
    return outputs != before


def _without_lines(texts: Sequence[str], quotes: Quotes, *, calls_go: bool) -> list[str]:
    """Take quotes out of what a program wrote in pieces, which may end in the middle of a line."""
    whole = "".join(texts)
    return edited(texts, [*quotes.in_lines(whole), *(calls_in(whole) if calls_go else ())])


def _hide_in_error(output: Node, quotes: Quotes, *, frames_go: bool) -> None:
    value = output["evalue"]
    [value] = edited([value], [*quotes.anywhere(value), *quotes.in_lines(value), *(calls_in(value) if frames_go else ())])
    output["evalue"] = value
    if frames_go:
        output["traceback"] = [f"{output['ename']}: {value}"]
    else:
        output["traceback"] = [edited([frame], quotes.in_lines(frame))[0] for frame in output["traceback"]]


def _without_marked_lines(mime_type: str, data: object, quotes: Quotes) -> object:
    """Take quotes out of what is shown as text; who shows code in words of his own shows it."""
    kind = media_type(mime_type)
    if not isinstance(data, str) or not kind.startswith("text/"):
        return data
    found = quotes.in_html(data) if kind == "text/html" else quotes.in_lines(data, marked=True)
    return edited([data], found)[0]


def _display_metadata(metadata: Node) -> Node:
    """Keep sizes and alternative texts, given for all data or per media type."""
    kept = _display_values(metadata)
    for mime_type, own in metadata.items():
        if "/" in mime_type and is_node(own):
            kept[mime_type] = _display_values(own)
    return kept


def _display_values(metadata: Node) -> Node:
    return {key: value for key, value in metadata.items() if key in _KEPT_OF_OUTPUT and isinstance(value, str | int | float)}
