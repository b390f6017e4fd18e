"""A script: the notebook's code, with its text as comments."""

import re
from collections.abc import Iterator

from server.render.languages import comment_prefix, language_of
from server.render.prepared import Prepared

_MAGIC = re.compile(r"%{1,2}[A-Za-z]|!")
_MAGIC_LANGUAGES = frozenset({"python", "ipython"})


def render(prepared: Prepared) -> Iterator[bytes]:
    """Yield the code of all cells in order; text, and lines that only Jupyter understands, as comments."""
    language = language_of(prepared.notebook["metadata"])
    prefix = comment_prefix(language)
    parts: list[str] = []
    for cell in prepared.notebook["cells"]:
        if cell is None or not cell["source"].strip():
            continue
        if cell["cell_type"] != "code":
            parts.append(_commented(cell["source"], prefix))
        elif language in _MAGIC_LANGUAGES:
            parts.append(_without_magics(cell["source"], prefix))
        else:
            parts.append(cell["source"])
    yield "".join(f"{part.rstrip()}\n" for part in "\n\n\n".join(part.strip("\n") for part in parts).split("\n")).encode()


def _commented(text: str, prefix: str) -> str:
    return "\n".join(f"{prefix} {line}".rstrip() for line in text.splitlines())


def _without_magics(source: str, prefix: str) -> str:
    """Turn magics and shell commands into comments, so that Python can read the rest; a cell magic takes its whole cell."""
    if source.lstrip().startswith("%%"):
        return _commented(source, prefix)
    return "\n".join(f"{prefix} {line}" if _MAGIC.match(line) else line for line in source.splitlines())
