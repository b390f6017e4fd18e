"""What is wrong with a notebook of format 4 and can be put right without changing its meaning.

Each function takes the faulty value and returns a sound one; each difference is noted with the index of its cell.
"""

import math
import re
from dataclasses import dataclass

from server.render.nodes import Node, is_lines, is_list, is_node
from server.render.notices import Notices

CELL_TYPES = frozenset({"code", "markdown", "raw"})
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OUTPUT_TYPES = {"pyout": "execute_result", "pyerr": "error", "update_display_data": "display_data"}
_GREATEST_COUNT = 2**53
_LONGEST_QUOTE = 40


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a repair happens."""

    notices: Notices
    index: int | None = None

    def note(self, message: str) -> None:
        self.notices.repaired(message, self.index)


def repair(notebook: Node, notices: Notices, *, promises_ids: bool) -> None:
    """Put a notebook right in place; afterwards it has every field that format 4.5 asks for, of the right type.

    Missing cell ids are worth a notice only where the notebook's own version promises them.
    """
    place = _Place(notices)
    notebook["metadata"] = _notebook_metadata(notebook.get("metadata"), place)
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    taken: set[str] = set()
    for index, cell in enumerate(notebook["cells"]):
        at = _Place(notices, index)
        _cell(cell, at)
        _cell_id(cell, at, taken, promises_ids=promises_ids)


def _quote(value: object) -> str:
    text = str(value)
    return f"`{text[:_LONGEST_QUOTE]}…`" if len(text) > _LONGEST_QUOTE else f"`{text}`"


def _mapping(holder: Node, key: str, place: _Place) -> Node:
    given = holder.get(key)
    if is_node(given):
        return given
    place.note(f"{key.capitalize()} was {'missing' if key not in holder else 'no object'}; an empty one stands for it.")
    return {}


def _text(holder: Node, key: str, place: _Place) -> str:
    """Return a text that may be kept as a list of lines."""
    given = holder.get(key)
    if isinstance(given, str):
        return given
    if is_list(given):
        lines = [line for line in given if isinstance(line, str)]
        if len(lines) < len(given):
            place.note(f"Lines of {key} that are no text were left out.")
        return "".join(lines)
    place.note(f"{key.capitalize()} was {'missing' if key not in holder else 'no text'}; an empty one stands for it.")
    return ""


def _notebook_metadata(given: object, place: _Place) -> Node:
    metadata = _mapping({"metadata": given}, "metadata", place)
    for key in ("kernelspec", "language_info"):
        value = metadata.get(key)
        if key == "language_info" and isinstance(value, str):
            place.note("`language_info` was a text; it is taken for the language's name.")
            metadata[key] = {"name": value}
        elif key in metadata and not is_node(value):
            place.note(f"`{key}` was no object and was left out.")
            del metadata[key]
    for key, names in (
        ("kernelspec", ("name", "display_name", "language")),
        ("language_info", ("name", "pygments_lexer", "file_extension")),
    ):
        spec: Node = metadata.get(key, {})
        for name in [name for name in names if name in spec and not isinstance(spec[name], str)]:
            place.note(f"`{key}.{name}` was no text and was left out.")
            del spec[name]
    metadata.get("language_info", {}).pop("nbconvert_exporter", None)  # names a class to import: never obeyed
    _widgets(metadata, place)
    return metadata


def _widgets(metadata: Node, place: _Place) -> None:
    """Widget metadata is worth keeping only with the state it is for."""
    if "widgets" not in metadata:
        return
    widgets = metadata["widgets"]
    state = widgets.get(WIDGET_STATE) if is_node(widgets) else None
    if not (is_node(state) and is_node(state.get("state"))):
        place.note("Widget metadata without state was left out.")
        del metadata["widgets"]


def _cell(cell: Node, place: _Place) -> None:
    kind = cell.get("cell_type")
    if not isinstance(kind, str) or kind not in CELL_TYPES:
        cell["cell_type"] = "code" if is_list(cell.get("outputs")) else "raw"
        place.note(f"Cell type {_quote(kind)} is not known; the cell is taken for {cell['cell_type']}.")
    cell["metadata"] = _cell_metadata(_mapping(cell, "metadata", place), place)
    cell["source"] = _text(cell, "source", place)
    _attachments(cell, place)
    if cell["cell_type"] != "code":
        return
    cell["execution_count"] = _count(cell.get("execution_count"), place)
    outputs = cell.get("outputs")
    if not is_list(outputs):
        place.note(f"Outputs were {'missing' if 'outputs' not in cell else 'no list'}; an empty list stands for them.")
        outputs = []
    cell["outputs"] = [sound for output in outputs if (sound := _output(output, place)) is not None]


def _cell_metadata(metadata: Node, place: _Place) -> Node:
    tags = metadata.get("tags", [])
    if not (is_list(tags) and all(isinstance(tag, str) for tag in tags)):
        place.note("Tags that are no list of texts were left out.")
        del metadata["tags"]
    if not isinstance(metadata.get("raw_mimetype", ""), str):
        place.note("`raw_mimetype` was no text and was left out.")
        del metadata["raw_mimetype"]
    return metadata


def _cell_id(cell: Node, place: _Place, taken: set[str], *, promises_ids: bool) -> None:
    """Give a cell the id it has, or else one made of its index, so that the same notebook always gets the same ids."""
    given = cell.get("id")
    if isinstance(given, str) and given not in taken and _CELL_ID.fullmatch(given):
        taken.add(given)
        return
    made = f"cell-{place.index}"
    while made in taken:
        made += "-"
    taken.add(made)
    cell["id"] = made
    if promises_ids or given is not None:
        place.note("The cell's id was missing, wrong or another cell's; it was given a new one.")


def _attachments(cell: Node, place: _Place) -> None:
    if "attachments" not in cell:
        return
    sound: dict[str, dict[str, str]] = {}
    given = cell["attachments"]
    for name, bundle in given.items() if is_node(given) else ():
        files = {kind: "".join(data) if is_lines(data) else data for kind, data in bundle.items()} if is_node(bundle) else {}
        if files and all(isinstance(data, str) for data in files.values()):
            sound[name] = files
        else:
            place.note(f"Attachment {_quote(name)} cannot be read and was left out.")
    if not is_node(given):
        place.note("Attachments were no object and were left out.")
    cell["attachments"] = sound


def _count(given: object, place: _Place) -> int | None:
    """Return an execution count; clients wrote `*` for a running cell, `&nbsp;` for an empty one, and floats."""
    if given is None:
        return None
    if isinstance(given, float) and math.isfinite(given) and given.is_integer():
        place.note(f"Execution count {_quote(given)} was taken for a whole number.")
        given = int(given)
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) <= _GREATEST_COUNT:
        return given
    place.note(f"Execution count {_quote(given) if not isinstance(given, int) else ''} is no count and was left out.")
    return None


def _output(output: object, place: _Place) -> Node | None:
    if not is_node(output):
        place.note("An output that is no object was left out.")
        return None
    given = output.get("output_type")
    match _OUTPUT_TYPES.get(str(given), given):
        case "stream":
            return _stream(output, place)
        case "error":
            return _error(output, place)
        case "display_data" | "execute_result" as kind:
            if kind != given:
                place.note(f"Output type {_quote(given)} was taken for {kind}.")
            return _display(output, kind, place)
        case _:
            return _unknown_output(output, place)


def _unknown_output(output: Node, place: _Place) -> Node | None:
    kind = _quote(output.get("output_type"))
    if is_node(output.get("data")):
        place.note(f"Output type {kind} is not known; the output is shown by its data.")
        return _display(output, "display_data", place)
    if isinstance(output.get("text"), str | list):
        place.note(f"Output type {kind} is not known; the output is shown as text.")
        return _stream(output | {"name": "stdout"}, place)
    place.note(f"Output type {kind} is not known and the output holds nothing to show; it was left out.")
    return None


def _stream(output: Node, place: _Place) -> Node:
    name = output.get("name")
    if name not in ("stdout", "stderr"):
        place.note(f"A stream named {_quote(name)} was taken for stdout.")
        name = "stdout"
    return {"output_type": "stream", "name": name, "text": _text(output, "text", place)}


def _error(output: Node, place: _Place) -> Node:
    name, value = _text(output, "ename", place), _text(output, "evalue", place)
    lines = output.get("traceback")
    if not is_lines(lines):
        place.note("A traceback was missing or no list of texts; the error's name and message stand for it.")
        lines = [f"{name}: {value}"]
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}


def _display(output: Node, kind: str, place: _Place) -> Node:
    sound: Node = {"output_type": kind, "metadata": _mapping(output, "metadata", place), "data": {}}
    for mime_type, value in _mapping(output, "data", place).items():
        if is_lines(value) and not mime_type.endswith("json"):
            sound["data"][mime_type] = "".join(value)
        elif isinstance(value, str) or mime_type.endswith("json") or not mime_type.startswith(("text/", "image/")):
            sound["data"][mime_type] = value
        else:
            place.note(f"Data of type {_quote(mime_type)} is no text and was left out.")
    if kind == "execute_result":
        sound["execution_count"] = _count(output.get("execution_count"), place)
    return sound
