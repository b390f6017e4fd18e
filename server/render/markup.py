"""Markdown to sanitised HTML, with nbconvert's own parser; one parser a process."""

import re
from functools import cache
from html import escape
from typing import Any

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from typing_extensions import override

from server.domain.rendering import RenderNoticeCode
from server.render.notices import Notices
from server.render.outputs import default_alt, note_active, note_mermaid
from server.render.pictures import ATTACHMENT, attached, with_pictures
from server.render.sanitize import clean, is_active

_CHECKBOX = re.compile(r'<input class="task-list-item-checkbox" type="checkbox" disabled(?P<checked> checked)?/?>')


def markdown_to_html(source: str, attachments: dict[str, dict[str, str]], index: int, notices: Notices) -> str:
    """Return what Markdown looks like; maths stay TeX, pictures of the cell's own come along, all else is sanitised."""
    parser = _parser()
    renderer, missing = parser.renderer, list[str]()
    renderer.attachments, renderer.missing, renderer.mermaid = attachments, missing, False
    html = _CHECKBOX.sub(lambda box: "\u2611 " if box["checked"] else "\u2610 ", parser.render(source))
    if is_active(html):
        note_active(index, notices)
    if renderer.mermaid:
        note_mermaid(index, notices)
    for name in missing:
        notices.repaired(f"Attachment `{name[:40]}` is missing; its description stands for it.", index)
    cleaned = clean(with_pictures(html, default_alt(index)))
    if 'class="nbi-missing"' in cleaned and not missing:
        notices.add(RenderNoticeCode.UNSUPPORTED_OUTPUT, "A picture at another address is not shown; its description stands for it.", index)
    return cleaned


class _Renderer(IPythonRenderer):
    """Resolves attachments without failing, and writes diagrams as text."""

    missing: list[str]
    mermaid: bool

    @override
    def image(self, text: str, url: str, title: str | None = None) -> str:
        if url.startswith(ATTACHMENT):
            found = attached(url, self.attachments)
            if found is None:
                self.missing.append(url.removeprefix(ATTACHMENT))
            url = found or ""
        return str(super().image(text, url, title))

    @override
    def block_mermaidjs(self, code: str) -> str:
        self.mermaid = True
        return f"<pre>{escape(code.strip())}</pre>"


@cache
def _parser() -> Any:  # noqa: ANN401  nbconvert's classes are not fully typed
    return MarkdownWithMath(renderer=_Renderer(escape=False))
