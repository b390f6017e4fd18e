"""Renderings, as plain values: what may be asked for and what comes back."""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class RenderFormat:
    """What an export can be turned into; `render/formats/` lists them all, those of plug-ins too.

    `function` is `module:name` of what renders, called in a child process only: with a Prepared, it returns or yields bytes.
    A `is_page` format gives HTML that a document is put around; it is shown where it stands, any other is offered as a file.
    """

    HTML: ClassVar["RenderFormat"]
    MARKDOWN: ClassVar["RenderFormat"]
    SCRIPT: ClassVar["RenderFormat"]
    SLIDES: ClassVar["RenderFormat"]
    IPYNB: ClassVar["RenderFormat"]

    name: str
    media_type: str
    suffix: str
    function: str
    description: str
    is_page: bool = False
    version: str = ""


RenderFormat.HTML = RenderFormat("HTML", "text/html", "html", "server.render.formats.html:render", "A web page.", is_page=True)
RenderFormat.MARKDOWN = RenderFormat("MARKDOWN", "text/markdown", "md", "server.render.formats.markdown:render", "Markdown.")
RenderFormat.SCRIPT = RenderFormat(
    "SCRIPT", "text/plain", "txt", "server.render.formats.script:render", "A program in the notebook's language; text becomes comments."
)
RenderFormat.SLIDES = RenderFormat(
    "SLIDES",
    "text/html",
    "html",
    "server.render.formats.slides:render",
    "A web page of slides, as the cells' slide types say; reveal.js turns them.",
    is_page=True,
)
RenderFormat.IPYNB = RenderFormat("IPYNB", "application/x-ipynb+json", "ipynb", "server.render.formats.ipynb:render", "A Jupyter notebook.")


class CellType(Enum):
    """What a cell holds."""

    CODE = "CODE"
    MARKDOWN = "MARKDOWN"
    RAW = "RAW"


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
    """What decides the rendered bytes, besides the notebook's own.

    `scope` says whose they are, a project's id: what is kept for one project is never found for another. Else whoever saves his
    guess of a hidden notebook would learn from what is kept already that it is right.
    """

    format: RenderFormat
    show_code: bool
    profile: RenderProfile = RenderProfile.STATIC
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Rendered bytes, UTF-8; for a page the cells alone, without a document around them."""

    content: bytes
    notices: tuple[RenderNotice, ...]


@dataclass(frozen=True, slots=True)
class RenderingRecord:
    """Where the bytes of a rendering lie; `key` names the notebook's bytes, the options and the renderer's version."""

    key: str
    digest: str
    byte_size: int
    notices: tuple[RenderNotice, ...]


@dataclass(frozen=True, slots=True)
class RenderJob:
    """A rendering that another process is to make, in plain values: the notebook's bytes by digest, the options by name."""

    key: str
    digest: str
    format: str
    show_code: bool
    profile: str
    scope: str
