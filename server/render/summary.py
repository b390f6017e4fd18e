"""What is kept in the database about a notebook."""

import re
from collections.abc import Iterable

from server.domain.notebooks import Kernel, NotebookSummary
from server.render.nodes import Node
from server.render.outputs import live_kind
from server.render.sanitize import is_active

_LONGEST_NAME = 200
_FILE_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,11}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def summarize(notebook: Node) -> NotebookSummary:
    """Return the summary of a loaded notebook."""
    outputs = [output for cell in notebook["cells"] if cell["cell_type"] == "code" for output in cell["outputs"]]
    return NotebookSummary(
        kernel=_kernel(notebook["metadata"]),
        cell_count=len(notebook["cells"]),
        has_outputs=bool(outputs),
        has_active_content=any(_is_active(output.get("data", {})) for output in outputs) or _markdown_is_active(notebook["cells"]),
    )


def _kernel(metadata: Node) -> Kernel:
    spec, info = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    return Kernel(
        name=_name(spec.get("name")) or "",
        display_name=_name(spec.get("display_name")),
        language=_name(info.get("name")) or _name(spec.get("language")),
        file_extension=_file_extension(info.get("file_extension")),
    )


def _file_extension(value: object) -> str | None:
    return value if isinstance(value, str) and _FILE_EXTENSION.fullmatch(value) else None


def _name(value: object) -> str | None:
    return _CONTROLS.sub("", value).strip()[:_LONGEST_NAME] or None if isinstance(value, str) else None


def _is_active(data: Node) -> bool:
    html = data.get("text/html")
    return any(live_kind(mime_type) for mime_type in data) or (isinstance(html, str) and is_active(html))


def _markdown_is_active(cells: Iterable[Node]) -> bool:
    return any(cell["cell_type"] == "markdown" and is_active(cell["source"]) for cell in cells)
