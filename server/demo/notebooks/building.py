"""The parts of a notebook, and how they become the bytes of one (nbformat 4.5)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
Bundle: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DemoNotebook:
    """A notebook that a team runs again and again: its name, and its bytes after each run, oldest first."""

    name: str
    versions: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Markdown:
    """A cell of prose."""

    source: str


@dataclass(frozen=True, slots=True)
class Stream:
    """What a cell printed; `name` is stdout or stderr."""

    text: str
    name: str = "stdout"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a cell displayed: the same thing by media type; `width` is an image's, in CSS pixels."""

    data: Bundle
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The value of a cell's last expression, by media type."""

    data: Bundle


@dataclass(frozen=True, slots=True)
class Failure:
    """The error a cell ended in."""

    name: str
    value: str
    traceback: tuple[str, ...]


Output: TypeAlias = Stream | Shown | Result | Failure


@dataclass(frozen=True, slots=True)
class Code:
    """A cell of code and what came of it."""

    source: str
    outputs: tuple[Output, ...] = ()


def _kernel(name: str, display_name: str, language: str, info: Mapping[str, Json]) -> Mapping[str, Json]:
    return {"kernelspec": {"name": name, "display_name": display_name, "language": language}, "language_info": info}


PYTHON: Final = _kernel(
    "python3",
    "Python 3 (ipykernel)",
    "python",
    {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": "3.12.4",
    },
)
R: Final = _kernel(
    "ir",
    "R",
    "R",
    {
        "codemirror_mode": "r",
        "file_extension": ".r",
        "mimetype": "text/x-r-source",
        "name": "R",
        "pygments_lexer": "r",
        "version": "4.4.1",
    },
)
SCALA: Final = _kernel(
    "scala",
    "Scala",
    "scala",
    {
        "codemirror_mode": "text/x-scala",
        "file_extension": ".sc",
        "mimetype": "text/x-scala",
        "name": "scala",
        "nbconvert_exporter": "script",
        "version": "2.13.14",
    },
)
JULIA: Final = _kernel(
    "julia-1.10",
    "Julia 1.10.4",
    "julia",
    {"file_extension": ".jl", "mimetype": "application/julia", "name": "julia", "version": "1.10.4"},
)


def notebook_bytes(kernel: Mapping[str, Json], cells: Sequence[Markdown | Code]) -> bytes:
    """Return the notebook as Jupyter would save it after running every cell once, from the top."""
    made: list[Json] = []
    count = 0
    for index, cell in enumerate(cells, start=1):
        identity: dict[str, Json] = {"id": f"cell-{index:02}", "metadata": {}, "source": _lines(cell.source)}
        if isinstance(cell, Code):
            count += 1
            outputs = [_output(output, count) for output in cell.outputs]
            made.append({"cell_type": "code", "execution_count": count, "outputs": outputs, **identity})
        else:
            made.append({"cell_type": "markdown", **identity})
    notebook = {"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _output(output: Output, count: int) -> Json:
    match output:
        case Stream():
            return {"output_type": "stream", "name": output.name, "text": _lines(output.text)}
        case Shown():
            metadata: Json = {"image/png": {"width": output.width}} if output.width and "image/png" in output.data else {}
            return {"output_type": "display_data", "data": _bundle(output.data), "metadata": metadata}
        case Result():
            return {"output_type": "execute_result", "data": _bundle(output.data), "execution_count": count, "metadata": {}}
        case Failure():
            return {"output_type": "error", "ename": output.name, "evalue": output.value, "traceback": output.traceback}
        case _:
            assert_never(output)


def _bundle(data: Bundle) -> Json:
    return {media_type: value if media_type == "image/png" else _lines(value) for media_type, value in data.items()}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
