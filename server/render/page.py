"""A complete HTML document around rendered cells: its head, what stands after the cells, and the scripts of ours that it needs.

What we write is English and says so. No notebook says which language its author wrote in, so its cells are in none that is known,
rather than in a wrong one; an author's own `lang` stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from server.domain.rendering import RenderFormat, RenderNotice, RenderProfile, RenderTheme
from server.render.policy import inside_document
from server.render.scripts import find_script
from server.render.styles import style_sheet

_LONGEST_TITLE = 200
_LONGEST_NOTICE = 160
_NOTICES_BYTES = 3000

_UNKNOWN = ' lang=""'
"""No notebook says in what language people read it (`language_info` and `kernelspec.language` are the program's); ours is English."""

_NEEDED_BY = {"jquery": b"", "plotly": b"lotly", "vega": b"vega", "require": b"", "names": b""}
"""Scripts that outputs call, in the order that they load in, each with what cells that need it hold; cells' own scripts run at once,
so these stand before them. require.js comes late: libraries that find it there do not make themselves known to others."""

_DRAWN_BY = {"draw": b"nbi-live", "widgets": b"vnd.jupyter.widget-view+json"}
"""Scripts that draw what cells hold, after them."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a document is, besides its cells.

    `static` is the address under which style sheets and scripts of ours are served; None puts them into the document, which then
    needs nothing else, and a policy of its own, so that it stays harmless wherever it is put; scripts of the notebook in a sandbox.
    """

    title: str
    theme: RenderTheme
    static: str | None
    format: RenderFormat = RenderFormat.HTML
    profile: RenderProfile = RenderProfile.STATIC

    @property
    def is_slides(self) -> bool:
        """Whether reveal.js turns its pages."""
        return self.format == RenderFormat.SLIDES

    @property
    def head_depends_on_cells(self) -> bool:
        """Whether the head can only be written when the cells are known."""
        return self.profile is RenderProfile.INTERACTIVE


def parts_of(page: Page) -> str:
    """Return the names of what a document may load or carry, which change with their content."""
    words = ["reveal", "reveal-style"] if page.is_slides else []
    words += [*_NEEDED_BY, *_DRAWN_BY] if page.head_depends_on_cells else []
    scripts = (find_script(word) for word in words)
    return " ".join([style_sheet(page.theme).name, *(script.name for script in scripts if script is not None)])


def document(page: Page, cells: bytes, notices: Sequence[RenderNotice] = ()) -> bytes:
    """Return an accessible HTML document, UTF-8, that shows cells and what differs from the notebook.

    Adds at most 5 kB to the cells, but for style sheets and scripts inside it.
    """
    whole = opening(page, cells) + cells + closing(page, cells, notices)
    return _sandboxed(page, whole) if page.static is None and page.profile is RenderProfile.INTERACTIVE else whole


def _sandboxed(page: Page, whole: bytes) -> bytes:
    """Put a document into a frame of no origin, for a policy inside it cannot say so; what it may do, its own policy says."""
    head = f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(page.title[:_LONGEST_TITLE])}</title>\n'
    style = "<style>html, body { margin: 0; height: 100%; } iframe { display: block; width: 100%; height: 100%; border: 0; }</style>\n"
    source = whole.decode().replace("&", "&amp;").replace('"', "&quot;")
    frame = f'<iframe sandbox="allow-scripts" title="{escape(page.title[:_LONGEST_TITLE])}" srcdoc="{source}"></iframe>\n'
    return f"{head}{style}</head>\n<body>\n{frame}</body>\n</html>\n".encode()


def opening(page: Page, cells: bytes = b"") -> bytes:
    """Return what stands before the cells, which decide it only where scripts run."""
    light = page.theme is RenderTheme.LIGHT
    sheet = style_sheet(page.theme)
    policy = inside_document(page.format, page.profile) if page.static is None else None
    theme = f'data-jp-theme-light="{"true" if light else "false"}" data-jp-theme-name="JupyterLab {"Light" if light else "Dark"}"'
    head = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
        policy and f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        '<meta http-equiv="x-dns-prefetch-control" content="off">\n',
        f'<meta name="color-scheme" content="{"light" if light else "dark"}">\n',
        f"<title>{escape(page.title[:_LONGEST_TITLE])}</title>\n",
        _script_style(page, "reveal-style") if page.is_slides else "",
        _style(page, sheet.name, sheet.content),
        *(_script(page, word) for word, mark in _NEEDED_BY.items() if page.head_depends_on_cells and mark in cells),
        f'</head>\n<body class="jp-Notebook" {theme}>\n',
        f'<div class="reveal">\n<div class="slides"{_UNKNOWN}>\n' if page.is_slides else f"<main{_UNKNOWN}>\n",
    )
    return "".join(piece or "" for piece in head).encode()


def closing(page: Page, cells: bytes, notices: Sequence[RenderNotice]) -> bytes:
    """Return what stands after the cells."""
    told = _notices(notices)
    last = f"\n</main>\n{told}"
    if page.is_slides:
        slide = f'<section lang="en">{told}</section>' if told else ""
        last = f"\n{slide}</div>\n</div>\n{_script(page, 'reveal')}"
    drawing = (_script(page, word) for word, mark in _DRAWN_BY.items() if page.head_depends_on_cells and mark in cells)
    return f"{last}{''.join(drawing)}</body>\n</html>\n".encode()


def _script(page: Page, word: str) -> str:
    script = find_script(word)
    if script is None:
        return ""
    if page.static is None:
        return f"<script>{script.content.decode()}</script>\n"
    return f'<script src="{escape(page.static)}/{script.name}"></script>\n'


def _script_style(page: Page, word: str) -> str:
    sheet = find_script(word)
    return "" if sheet is None else _style(page, sheet.name, sheet.content)


def _style(page: Page, name: str, content: bytes) -> str:
    if page.static is None:
        return f"<style>\n{content.decode()}\n</style>\n"
    return f'<link rel="stylesheet" href="{escape(page.static)}/{name}">\n'


def _notices(notices: Sequence[RenderNotice]) -> str:
    if not notices:
        return ""
    lines: list[str] = []
    room = _NOTICES_BYTES
    for notice in notices:
        line = f"<li>{_line(notice)}</li>\n"
        room -= len(line.encode())
        if room < 0:
            lines.append(f"<li>and {len(notices) - len(lines):,} more</li>\n")
            break
        lines.append(line)
    summary = "<summary>Differences from the notebook</summary>"
    return f'<footer class="nbi-notices" lang="en">\n<details>\n{summary}\n<ul>\n{"".join(lines)}</ul>\n</details>\n</footer>\n'


def _line(notice: RenderNotice) -> str:
    where = "" if notice.cell_index is None else f"Cell {notice.cell_index + 1}: "
    return escape((where + notice.message)[:_LONGEST_NOTICE], quote=False)
