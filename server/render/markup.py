"""Markdown to sanitised HTML with maths set, with nbconvert's own parser; one parser a process.

nbconvert makes a parser, and compiles its rules, for each text: 1 to 2 ms, more than most texts take.
"""

import re
from functools import cache
from html import escape, unescape
from typing import Any

from mistune.util import striptags
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from typing_extensions import override

from server.domain.rendering import RenderNoticeCode
from server.render.colours import coloured_fence
from server.render.maths import typeset
from server.render.pictures import ATTACHMENT, attached, img, own_picture, with_pictures
from server.render.place import Place
from server.render.sanitize import clean, is_active
from server.render.slots import Slots

_CHECKBOX = re.compile(r'<input class="task-list-item-checkbox" type="checkbox" disabled(?P<checked> checked)?/?>')


def markdown_to_html(source: str, attachments: dict[str, dict[str, str]], place: Place, slots: Slots) -> str:
    """Return what Markdown looks like: maths as MathML, pictures of the cell's own come along, all else is sanitised."""
    parser = _parser()
    renderer = parser.renderer
    renderer.begin(attachments, slots)
    try:
        html = _CHECKBOX.sub(lambda box: "\u2611 " if box["checked"] else "\u2610 ", parser.render(source))
        missing, mermaid, tex = renderer.missing, renderer.mermaid, renderer.tex
    finally:
        renderer.begin({}, slots)  # a process must not keep a notebook's pictures
    if is_active(html):
        place.note_active()
    if mermaid:
        place.note_mermaid()
    if tex:
        place.note_tex()
    for name in missing:
        place.notices.repaired(f"Attachment `{name[:40]}` is missing; its description stands for it.", place.index)
    cleaned = clean(with_pictures(html, place.default_alt), prefix=place.prefix)
    if 'class="nbi-missing"' in cleaned and not missing:
        message = "A picture at another address is not shown; its description stands for it."
        place.note(RenderNoticeCode.UNSUPPORTED_OUTPUT, message)
    return slots.fill(cleaned)


class _Renderer(IPythonRenderer):
    """Resolves attachments without failing, writes diagrams as text and maths as MathML, which it holds back."""

    missing: list[str]
    mermaid: bool
    tex: bool
    slots: Slots

    def begin(self, attachments: dict[str, dict[str, str]], slots: Slots) -> None:
        """Get ready for a text; `slots` take its maths."""
        self.attachments, self.slots = attachments, slots
        self.missing, self.mermaid, self.tex = [], False, False

    @override
    def image(self, text: str, url: str, title: str | None = None) -> str:
        words = self.slots.in_words(text)
        address = attached(url, self.attachments) if url.startswith(ATTACHMENT) else own_picture(url)
        if address is not None:  # held back: a sanitiser, and each search for something else, would read all of it
            return self.slots.hold(img(address, unescape(striptags(words)), title=title or ""))
        if url.startswith(ATTACHMENT):
            self.missing.append(url.removeprefix(ATTACHMENT))
            url = ""
        return str(super().image(words, url, title))

    @override
    def block_code(self, code: str, info: str | None = None) -> str:
        language = (info or "").split(maxsplit=1)[:1]
        fence = coloured_fence(code, language[0]) if language else None
        return self.slots.hold(fence) if fence is not None else str(super().block_code(code, info))

    @override
    def block_mermaidjs(self, code: str) -> str:
        self.mermaid = True
        return f"<pre>{escape(code.strip())}</pre>"

    @override
    def block_math(self, body: str) -> str:
        return self._maths(body, f"$${body}$$", block=True)

    @override
    def inline_math(self, body: str) -> str:
        return self._maths(body, f"${body}$", block=False)

    @override
    def latex_environment(self, name: str, body: str) -> str:
        written = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return self._maths(written, written, block=True)

    def _maths(self, tex: str, written: str, *, block: bool) -> str:
        done = typeset(tex, block=block, written=written)
        self.tex = self.tex or done.is_tex
        return self.slots.hold(done.html, written)


@cache
def _parser() -> Any:  # noqa: ANN401  nbconvert's classes are not fully typed
    return MarkdownWithMath(renderer=_Renderer(escape=False))
