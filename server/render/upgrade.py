"""Notebooks of formats 1 to 3 to the names of format 4; whatever is missing or wrong is left for the repair."""

import json
from contextlib import suppress
from typing import Any

from server.render.nodes import Node, is_list, is_node

_MIME_TYPES = {
    "text": "text/plain",
    "html": "text/html",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "latex": "text/latex",
    "json": "application/json",
    "javascript": "application/javascript",
}
_OUTPUT_TYPES = {"pyout": "execute_result", "pyerr": "error"}
_CELL_TYPES = {"text": "markdown", "html": "markdown", "heading": "markdown", "plaintext": "raw"}
_DEEPEST_HEADING = 6


def upgrade(document: Node) -> Node:
    """Return the notebook in the shape of format 4; worksheets follow one another."""
    cells = [_cell(cell) for cell in _cells(document)]
    given = document.get("metadata")
    metadata: Node = {key: value for key, value in given.items() if key not in {"name", "signature"}} if is_node(given) else {}
    language = next((cell.pop("language") for cell in cells if is_node(cell) and isinstance(cell.get("language"), str)), None)
    if language and "language_info" not in metadata:
        metadata["language_info"] = {"name": language}
    for cell in cells:
        if is_node(cell):
            cell.pop("language", None)
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _cells(document: Node) -> list[Any]:
    """Return the cells of all worksheets, or those of a format 1 notebook, which has none."""
    found: list[Any] = []
    worksheets = document.get("worksheets")
    for sheet in worksheets if is_list(worksheets) else [document]:
        cells = sheet.get("cells") if is_node(sheet) else None
        found += cells if is_list(cells) else []
    return found


def _cell(old: Any) -> Any:  # noqa: ANN401  what is no object is refused later, with its index
    if not is_node(old):
        return old
    kind = old.get("cell_type")
    given = old.get("metadata")
    metadata: Node = dict(given) if is_node(given) else {}
    cell: Node = {"cell_type": _CELL_TYPES.get(str(kind), kind), "metadata": metadata}
    if kind != "code":
        cell["source"] = _joined(old.get("source", old.get("text", "")))
        if kind == "heading":
            cell["source"] = f"{'#' * _heading_level(old.get('level'))} {' '.join(str(cell['source']).splitlines())}"
        return cell
    if isinstance(old.get("collapsed"), bool):
        metadata["collapsed"] = old["collapsed"]
    outputs = old.get("outputs", [])
    return cell | {
        "language": old.get("language"),
        "source": _joined(old.get("input", old.get("code", ""))),
        "execution_count": old.get("prompt_number"),
        "outputs": [_output(output) for output in outputs] if is_list(outputs) else outputs,
    }


def _heading_level(level: object) -> int:
    return min(max(level, 1), _DEEPEST_HEADING) if isinstance(level, int) else 1


def _output(old: Any) -> Any:  # noqa: ANN401  likewise
    if not is_node(old):
        return old
    kind = _OUTPUT_TYPES.get(str(old.get("output_type")), old.get("output_type"))
    if kind == "stream":
        return {"output_type": kind, "name": old.get("stream", "stdout"), "text": _joined(old.get("text", ""))}
    if kind == "error":
        return {"output_type": kind} | {key: old[key] for key in ("ename", "evalue", "traceback") if key in old}
    if kind not in ("execute_result", "display_data"):  # a tuple: anything may stand there, hashable or not
        return old
    output: Node = {"output_type": kind, "metadata": _metadata(old.get("metadata")), "data": _data(old)}
    if kind == "execute_result":
        output["execution_count"] = old.get("prompt_number")
    return output


def _metadata(given: object) -> Node:
    return {_MIME_TYPES.get(key, key): value for key, value in given.items()} if is_node(given) else {}


def _data(old: Node) -> Node:
    others = {"output_type", "prompt_number", "metadata"}
    data = {_MIME_TYPES.get(key, key): _joined(value) for key, value in old.items() if key not in others}
    text = data.get("application/json")
    if isinstance(text, str):
        with suppress(ValueError, RecursionError):
            data["application/json"] = json.loads(text)
    return data


def _joined(value: Any) -> Any:  # noqa: ANN401  what is no text is repaired later
    """Join lines, which old writers kept with or without their ends."""
    if not (is_list(value) and value and all(isinstance(line, str) for line in value)):
        return value
    return ("" if str(value[0]).endswith(("\n", "\r")) else "\n").join(value)
