import re
from html.parser import HTMLParser

import pytest
from typing_extensions import override

from server.domain.rendering import RenderNotice, RenderNoticeCode
from server.render.maths import typeset, typeset_text
from server.render.slots import Slots
from tests.fixtures import make
from tests.unit.render.fakes import rendered, without_mark

NOTICE = RenderNotice(RenderNoticeCode.UNSUPPORTED_OUTPUT, "Some maths could not be typeset; its TeX is shown.", 0)
X = '<math><semantics><mrow><mi>x</mi></mrow><annotation encoding="application/x-tex">x</annotation></semantics></math>'


ELEMENTS = frozenset(
    ["math", "semantics", "annotation", "mrow", "mi", "mo", "mn", "mtext", "msub", "msup", "mfrac", "mspace", "mstyle", "mpadded", "span"]
)


class _Attributes(HTMLParser):
    """Collects attributes as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.values = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {name for name, _ in attrs}
        self.values += "".join(value or "" for _, value in attrs)


def html_of(*cells: make.Node) -> tuple[str, tuple[RenderNotice, ...]]:
    html, notices = rendered(make.dump(make.notebook(*cells)))
    return without_mark(html), notices.all()


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("a $x$ b", f"<p>a {X} b</p>"),
        ("$$x$$", X.replace("<math>", '<math display="block">')),
        ("- \\\\(x\\\\)", f"<li>{X}</li>"),
        ("\\begin{align}a&=b\\\\c&=d\\label{e}\\end{align}", "\\begin{align}a&amp;=b\\\\c&amp;=d\\label{e}\\end{align}</annotation>"),
        ("# Part $x$", f'<h1 id="nb-Part-$x$">Part {X}<a class="anchor-link" href="#nb-Part-$x$">¶</a></h1>'),
        ("# $x y$", 'id="nb-$x-y$"'),
        (f"![$x$](data:image/png;base64,{make.PNG})", 'alt="$x$"'),
        ("`$x$`", "<code>$x$</code>"),
        ("costs $5", "costs $5"),
    ],
)
def test_maths_in_words_arrives_typeset_with_its_tex(source: str, part: str) -> None:
    html, notices = html_of(make.markdown(source))
    assert part in html
    assert notices == ()


@pytest.mark.parametrize("mime_type", ["text/latex", "text/markdown"])
def test_maths_of_outputs_is_typeset(mime_type: str) -> None:
    html, notices = html_of(make.code("1", make.display({mime_type: "so $x$"})))
    assert f"so {X}" in html
    assert notices == ()


@pytest.mark.parametrize("text", ["\\begin{tabular}{l}a < b\\\\\\end{tabular}", "no maths & <b>", "\\begin{equation}a", "$$", "a $ b"])
def test_latex_that_is_no_maths_stays_text(text: str) -> None:
    done = typeset_text(text)
    assert "<math" not in done.html
    assert "<b>" not in done.html
    assert not done.is_tex


@pytest.mark.parametrize("tex", ["\\unheardof x", "{" * 3000, "x" * 5000, "\\frac{", "\\begin{matrix}" * 90])
def test_maths_that_cannot_be_set_is_shown_as_tex_with_a_notice(tex: str) -> None:
    html, notices = html_of(make.code("1", make.display({"text/latex": f"$${tex}$$"})))
    assert f'<span role="note" class="nbi-tex">$${tex}$$</span>' in html
    assert notices == (NOTICE,)


def test_blank_maths_is_no_failure() -> None:
    html, notices = html_of(make.markdown("a $$ $$ b"))
    assert "a $$ $$ b" in html
    assert notices == ()


HOSTILE = [
    r"\text{<script>evil()</script>}",
    r"\text{<img src=x onerror=evil()>}",
    r"\href{javascript:evil()}{x}",
    r"\style{position:fixed}{x}",
    r"\class{evil}{x}",
    r"\color{red;position:fixed}{x}",
    r"\textcolor{url(https://evil.example)}{x}",
    r"\unheardof<script>evil()</script>",
    r"</annotation></semantics></math><script>evil()</script>",
    r"\mathchoice\href{data:text/html,x}{<iframe>}",
]


@pytest.mark.parametrize("tex", HOSTILE)
@pytest.mark.parametrize("block", [True, False])
def test_hostile_maths_is_harmless(tex: str, *, block: bool) -> None:
    html = typeset(tex, block=block, written=f"${tex}$").html
    assert html.startswith(("<math", '<span role="note" class="nbi-tex">'))
    assert html.endswith(("</math>", "</span>"))
    tags = re.findall(r"<[^>]*>?", html)
    assert {re.split(r"[ >]", tag.removeprefix("<").removeprefix("/"))[0] for tag in tags} <= ELEMENTS
    for evil in ("evil", "href", "position", "url", "class=", "data:"):
        assert not [tag for tag in tags if evil in tag and tag != '<span role="note" class="nbi-tex">']
    assert html.count("<annotation") <= 1


def test_maths_inside_an_attribute_stays_text() -> None:
    source = '<div title="\n\n$x" onmouseover="evil()$\n\n">words</div>\n\n<p title="$y$">z</p>'
    html, _ = html_of(make.markdown(source))
    reader = _Attributes()
    reader.feed(html)
    assert "onmouseover" not in reader.names
    assert "<math" not in html
    assert '$x"-onmouseover="evil()$' in reader.values


def test_a_word_that_was_not_held_back_is_left_alone() -> None:
    slots = Slots("a" * 40)
    word = slots.hold("<b>x</b>", "x y")
    foreign = f"nbi{'b' * 40}x0y"
    assert slots.fill(f'<p title="{word}">{word}{foreign}</p>') == f'<p title="x-y"><b>x</b>{foreign}</p>'
    assert slots.in_words(f"{word} {foreign}") == f"x y {foreign}"
    assert slots.fill("<p>none</p>") == "<p>none</p>"
