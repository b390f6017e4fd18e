"""Where in a cell a text may lie that somebody could take for markup."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.fixtures import make
from tests.fixtures.make import Node


@dataclass(frozen=True, slots=True)
class Cell:
    """A whole cell, to be told from what belongs to a notebook."""

    node: Node


def _html(text: str) -> Cell:
    return Cell(make.code("1", make.html_output(text)))


def _in_two(text: str) -> Cell:
    half = len(text) // 2
    return Cell(make.code("1", make.html_output(text[:half]), make.html_output(text[half:])))


def _svg(text: str) -> Cell:
    return Cell(make.code("1", make.svg_output(f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{text}</svg>')))


def _bundle(kind: str) -> Callable[[str], Cell]:
    return lambda text: Cell(make.code("1", make.display({kind: text})))


def _attachment(text: str) -> Cell:
    files = {text: {"image/png": make.PNG}, "a.png": {"image/png": text}}
    return Cell(make.markdown(f'![{text}](attachment:a.png "{text}") ![x](attachment:{text})', attachments=files))


CARRIERS: Final[Mapping[str, Callable[[str], Cell]]] = {
    "html": _html,
    "markdown": lambda text: Cell(make.markdown(text)),
    "markdown amid words": lambda text: Cell(
        make.markdown(f"# {text}\n\nwords {text} words\n\n* {text}\n\n> {text}\n\n| a |\n|---|\n| {text} |")
    ),
    "markdown output": _bundle("text/markdown"),
    "raw": lambda text: Cell(make.raw(text)),
    "raw html": lambda text: Cell(make.raw(text, "text/html")),
    "two outputs": _in_two,
    "svg": _svg,
    "latex": _bundle("text/latex"),
    "maths": lambda text: Cell(make.markdown(f"${text}$ and $$\\text{{{text}}}$$ and \\begin{{align}}{text}\\end{{align}}")),
    "plain": _bundle("text/plain"),
    "mermaid": _bundle("text/vnd.mermaid"),
    "stdout": lambda text: Cell(make.code("1", make.stream(text))),
    "stderr": lambda text: Cell(make.code("1", make.stream(text, "stderr"))),
    "error": lambda text: Cell(make.code("1", make.error_output(text, text, f"\x1b[0;31m{text}\x1b[0m", text))),
    "source": lambda text: Cell(make.code(text)),
    "fence": lambda text: Cell(make.markdown(f"```html\n{text}\n```\n\n```{text}\n{text}\n```\n\n`{text}`")),
    "attachment": _attachment,
    "link": lambda text: Cell(make.markdown(f"[{text}]({text}) [x](<{text}> '{text}')\n\n[r]: {text}\n\n[r] ![{text}]({text})")),
    "alternative text": lambda text: Cell(make.code("1", make.png_output({"alt": text, "width": text, "height": text}))),
}
"""By name; each gives a cell that holds the text."""

MARKUP: Final = (
    *("html", "markdown", "raw", "markdown output", "markdown amid words", "html", "raw html", "two outputs", "svg"),
    *("html", "latex", "maths", "markdown", "plain", "mermaid", "stdout", "stderr", "error", "source", "fence", "attachment", "link"),
    "alternative text",
)
"""The turn in which markup is put into carriers; those that read markup come more often."""
