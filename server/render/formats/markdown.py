"""Markdown: texts as they are, code and outputs in fences, pictures inside the document."""

import re
from collections.abc import Iterator
from html import unescape

from server.render.languages import cell_lexer_name, language_of
from server.render.nodes import Node
from server.render.notices import Notices
from server.render.outputs import shown
from server.render.pictures import ATTACHMENT, attached
from server.render.place import Place
from server.render.prepared import Prepared
from server.render.quotes import ESCAPES

_TICKS = re.compile("`{3,}")
_IMG = re.compile(r'<img src="([^"]*)" alt="([^"]*)"[^>]*>')
_BLANK_LINES = re.compile(r"\n\s*\n")
"""A blank line ends a block of HTML in Markdown."""
_STYLE = re.compile(r"<style>[^<]*</style>\n")
"""What an output's own style sheet has become; readers of Markdown would show it as text."""
_ATTACHED = re.compile(rf"{ATTACHMENT}[^\s)>\"']+")
_RAW = frozenset({"", "text/markdown", "text/html"})


def render(prepared: Prepared) -> Iterator[bytes]:
    """Yield one Markdown text; HTML outputs are in it sanitised."""
    language = language_of(prepared.notebook["metadata"])
    parts: list[str] = []
    for index, cell in enumerate(prepared.notebook["cells"]):
        if cell is None:
            continue
        match cell["cell_type"]:
            case "code":
                if cell["source"].strip():
                    parts.append(_fenced(cell["source"], cell_lexer_name(cell["source"], cell["metadata"]) or language))
                parts += [_output(output, index, prepared.notices) for output in cell["outputs"]]
            case "raw" if cell["metadata"].get("raw_mimetype", "") not in _RAW:
                parts.append(_fenced(cell["source"], ""))
            case _:
                parts.append(_with_attachments(cell, index, prepared.notices))
    yield "".join(f"{part}\n\n" for part in (part.strip("\n") for part in parts) if part).encode()


def _fenced(text: str, language: str) -> str:
    """Fence a text with more backticks than it holds itself."""
    ticks = "`" * max([3, *(len(run) + 1 for run in _TICKS.findall(text))])
    word = "".join(letter for letter in language if letter.isalnum() or letter in "+#-.")
    return f"{ticks}{word}\n{text.rstrip()}\n{ticks}"


def _output(output: Node, index: int, notices: Notices) -> str:
    match output["output_type"]:
        case "stream":
            return _fenced(ESCAPES.sub("", output["text"]), "text") if output["text"].strip() else ""
        case "error":
            return _fenced(ESCAPES.sub("", "\n".join(output["traceback"])), "text")
        case _:
            return _display(shown(output, Place(index, notices))["data"])


def _display(data: Node) -> str:
    [(kind, text)] = data.items()
    match kind:
        case "text/html":
            html = _BLANK_LINES.sub("\n", _STYLE.sub("", text).strip())
            return f"<div>\n{html}\n</div>" if html else ""
        case "text/markdown" | "text/latex":
            return str(text)
        case "image/png" | "image/svg+xml":
            return _IMG.sub(lambda img: f"![{_alt(img[2])}]({unescape(img[1])})", text)
        case _:
            return _fenced(ESCAPES.sub("", text), "text")


def _alt(text: str) -> str:
    return re.sub(r"[\[\]\\\s]+", " ", unescape(text)).strip()


def _with_attachments(cell: Node, index: int, notices: Notices) -> str:
    """Return a cell's text with the pictures attached to it written into it."""
    attachments: dict[str, dict[str, str]] = cell.get("attachments", {})

    def address(found: re.Match[str]) -> str:
        data = attached(found[0], attachments)
        if data is None:
            notices.repaired(f"Attachment `{found[0].removeprefix(ATTACHMENT)[:40]}` is missing.", index)
        return data or found[0]

    return _ATTACHED.sub(address, cell["source"])
