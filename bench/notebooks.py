"""Notebooks that benches are made of."""

# ruff: noqa: D103  a script that is read as a whole

import json
from typing import Any

MIB = 1024 * 1024
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def changed(data: bytes, number: int) -> bytes:
    """Return the notebook with one cell in the middle changed, as its next export would be."""
    notebook: dict[str, Any] = json.loads(data)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"] or notebook["cells"]
    cell = cells[len(cells) // 2]
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    cell["source"] = f"{source}\n# change {number}"
    return json.dumps(notebook).encode()


def notebook_of(cells: list[dict[str, Any]]) -> bytes:
    for index, cell in enumerate(cells):
        cell["id"] = f"id-{index}"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


def code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": source, "outputs": list(outputs)}


def shown(mime_type: str, data: str) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {mime_type: data}}


def mixed(count: int) -> bytes:
    """Return a notebook of so many cells: prose with maths, code, text, small tables."""
    kinds = (
        lambda n: {"cell_type": "markdown", "metadata": {}, "source": f"## Part {n}\n\nWords with *stress* and $x_{{{n}}}^2$.\n\n- a\n- b"},
        lambda n: code(
            f"import math\n\n\ndef f_{n}(x: int) -> float:\n    '''Say.'''\n    return math.sqrt(x) + {n}\n\n\nprint(f_{n}(3))",
            {"output_type": "stream", "name": "stdout", "text": f"{n}.7320508\n" * 5},
        ),
        lambda n: code(f"frame_{n}.head()", shown("text/html", f"<table>{rows(5, n)}</table>")),
    )
    return notebook_of([kinds[n % 3](n) for n in range(count)])


def rows(count: int, start: int = 0) -> str:
    return "\n".join(
        f"    <tr>\n      <th>{n}</th>\n      <td>{n * 1.37:.6f}</td>\n      <td>name {n}</td>\n    </tr>"
        for n in range(start, start + count)
    )


def heavy(kind: str, size: int) -> bytes:
    """Return a notebook of about so many bytes, all in outputs of one kind, in pieces of at most 5 MB."""
    pieces = max(1, size // (5 * MIB))
    each = size // pieces
    match kind:
        case "image":
            output = shown("image/png", PNG * (each // len(PNG)))
        case "html table":
            row = rows(1)
            output = shown("text/html", f'<table class="dataframe">\n<tbody>\n{rows(each // len(row))}\n</tbody>\n</table>')
        case "html prose":
            output = shown("text/html", "<p>Words <b>in</b> a row, and again <i>words</i>, for a whole line of them.</p>\n" * (each // 84))
        case _:
            output = {
                "output_type": "stream",
                "name": "stdout",
                "text": "a line of what a program prints, \x1b[31mred\x1b[0m\n" * (each // 46),
            }
    return notebook_of([code(f"x = {n}", output) for n in range(pieces)])
