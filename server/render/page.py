"""A complete HTML document around rendered cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from server.domain.rendering import RenderNotice, RenderTheme

_LONGEST_TITLE = 200
_LONGEST_NOTICE = 160
_NOTICES_BYTES = 3000


@dataclass(frozen=True, slots=True)
class StyleLink:
    """A style sheet at an address of ours; the document stays small."""

    address: str


@dataclass(frozen=True, slots=True)
class InlineStyle:
    """A style sheet inside the document, which then needs nothing else."""

    content: bytes


def document(
    fragment: bytes, *, title: str, theme: RenderTheme, style: StyleLink | InlineStyle, notices: Sequence[RenderNotice] = ()
) -> bytes:
    """Return an accessible HTML document, UTF-8, that shows sanitised cells and what differs from the notebook.

    Adds at most 5 kB to the cells, but for a style sheet inside it.
    """
    light = theme is RenderTheme.LIGHT
    head = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="x-dns-prefetch-control" content="off">\n'
        f'<meta name="color-scheme" content="{"light" if light else "dark"}">\n'
        f"<title>{escape(title[:_LONGEST_TITLE])}</title>\n"
    )
    body = (
        f'</head>\n<body class="jp-Notebook" data-jp-theme-light="{"true" if light else "false"}"'
        f' data-jp-theme-name="JupyterLab {"Light" if light else "Dark"}">\n<main>\n'
    )
    return b"".join(
        (head.encode(), _style(style), body.encode(), fragment, b"\n</main>\n", _notices(notices).encode(), b"</body>\n</html>\n")
    )


def _style(style: StyleLink | InlineStyle) -> bytes:
    match style:
        case StyleLink(address):
            return f'<link rel="stylesheet" href="{escape(address)}">\n'.encode()
        case InlineStyle(content):
            return b"<style>\n" + content + b"\n</style>\n"


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
    return f'<footer class="nbi-notices">\n<details>\n{summary}\n<ul>\n{"".join(lines)}</ul>\n</details>\n</footer>\n'


def _line(notice: RenderNotice) -> str:
    where = "" if notice.cell_index is None else f"Cell {notice.cell_index + 1}: "
    return escape((where + notice.message)[:_LONGEST_NOTICE], quote=False)
