"""Colours of code: all that is asked of pygments."""

from functools import cache, lru_cache
from typing import Any, cast

from jupyterlab_pygments.style import JupyterStyle  # pyright: ignore[reportMissingTypeStubs]  it ships no types
from pygments import highlight
from pygments.formatter import Formatter
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]  its options are untyped
from pygments.util import ClassNotFound

PLAIN = "text"
"""The lexer that colours nothing."""


def has_lexer(name: str) -> bool:
    """Whether pygments knows a language by this name."""
    try:
        _lexer(name)
    except ClassNotFound:
        return False
    return True


def coloured(source: str, lexer_name: str) -> str:
    """Return code as HTML, coloured by a lexer that there is."""
    return highlight(source or " ", _lexer(lexer_name), _formatter(lexer_name))


def coloured_fence(code: str, language: str) -> str | None:
    """Return code of a Markdown text as HTML, coloured by its language, or None where pygments knows none of that name."""
    if not has_lexer(language):
        return None
    return highlight(code, _lexer(language), _fence_formatter())


def colours_css() -> str:
    """Return the rules that give the classes of coloured code JupyterLab's colours."""
    formatter = cast("Any", HtmlFormatter(style=JupyterStyle))
    return str(formatter.get_style_defs(".highlight"))


@cache
def _fence_formatter() -> Formatter[str]:
    return HtmlFormatter()


@lru_cache(maxsize=64)
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name)


@lru_cache(maxsize=64)
def _formatter(lexer_name: str) -> Formatter[str]:
    return HtmlFormatter(cssclass=f"highlight hl-{lexer_name}")
