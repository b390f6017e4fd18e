"""Renderings, as plain values: what may be asked for and what comes back."""

from dataclasses import dataclass
from enum import Enum


class RenderFormat(Enum):
    """What an export can be turned into."""

    HTML = "HTML"
    MARKDOWN = "MARKDOWN"
    SCRIPT = "SCRIPT"
    IPYNB = "IPYNB"


class RenderTheme(Enum):
    """Colours of an HTML document."""

    LIGHT = "LIGHT"
    DARK = "DARK"


class RenderProfile(Enum):
    """What becomes of active content."""

    STATIC = "STATIC"
    INTERACTIVE = "INTERACTIVE"


class RenderNoticeCode(Enum):
    """Why a rendering differs from the notebook."""

    REPAIRED = "REPAIRED"
    UNSUPPORTED_OUTPUT = "UNSUPPORTED_OUTPUT"
    ACTIVE_CONTENT_REMOVED = "ACTIVE_CONTENT_REMOVED"
    LEXER_MISSING = "LEXER_MISSING"
    TRUNCATED = "TRUNCATED"


@dataclass(frozen=True, slots=True)
class RenderNotice:
    """One difference; `cell_index` starts at 0 and is None for the whole notebook."""

    code: RenderNoticeCode
    message: str
    cell_index: int | None = None


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What decides the rendered bytes, besides the notebook's own."""

    format: RenderFormat
    show_code: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """Rendered bytes, UTF-8; for HTML the sanitised cells alone, without a document around them."""

    content: bytes
    notices: tuple[RenderNotice, ...]


@dataclass(frozen=True, slots=True)
class RenderingRecord:
    """Where the bytes of a rendering lie; `key` names the notebook's bytes, the options and the renderer's version."""

    key: str
    digest: str
    byte_size: int
    notices: tuple[RenderNotice, ...]


MEDIA_TYPES = {
    RenderFormat.HTML: "text/html",
    RenderFormat.MARKDOWN: "text/markdown",
    RenderFormat.SCRIPT: "text/plain",
    RenderFormat.IPYNB: "application/x-ipynb+json",
}
