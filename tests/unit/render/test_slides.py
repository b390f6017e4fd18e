"""SLIDES: which cells stand on which slide."""

import re

import pytest

from server.domain.rendering import RenderFormat
from tests.fixtures import make
from tests.unit.render.fakes import rendered


def cell(word: str, slide_type: object = None) -> make.Node:
    return make.markdown(word, {} if slide_type is None else {"slideshow": {"slide_type": slide_type}})


def outline(*cells: make.Node, show_code: bool = True) -> str:
    """Return the slides with nothing of the cells but their words."""
    html, _ = rendered(make.dump(make.notebook(*cells)), RenderFormat.SLIDES, show_code=show_code)
    kept = re.sub(r"<(?!/?section|div class=\"fragment|/?aside)[^>]*>", "", html.replace("</div>\n<", "<"))
    return " ".join(
        kept.replace('<div class="fragment">', "<f>").replace('<aside class="notes">', "<n>").replace("</aside>", "</n>").split()
    )


SLIDE, END = "<section> <section>", "</section> </section>"


@pytest.mark.parametrize(
    ("cells", "slides"),
    [
        ([], ""),
        ([cell("a"), cell("b", "-")], f"{SLIDE} a b {END}"),
        ([cell("a", "slide"), cell("b", "slide")], f"{SLIDE} a {END} {SLIDE} b {END}"),
        ([cell("a", "slide"), cell("b", "subslide"), cell("c")], f"{SLIDE} a </section> <section> b c {END}"),
        ([cell("a", "subslide")], f"{SLIDE} a {END}"),
        ([cell("a", "skip"), cell("b", "subslide"), cell("c", "skip")], f"{SLIDE} b {END}"),
        ([cell("a", "slide"), cell("b", "notes")], f"{SLIDE} a <n> b </n> {END}"),
        ([cell("a", "notes"), cell("b")], f"{SLIDE} <n> a </n> b {END}"),
        ([cell("a", "notes")], f"{SLIDE} <n> a </n> {END}"),
        ([cell("a", "<b>"), cell("b", 3), cell("c", {"x": 1})], f"{SLIDE} a b c {END}"),
    ],
)
def test_slide_types_group_cells(cells: list[make.Node], slides: str) -> None:
    assert outline(*cells) == slides


def test_fragments_close_before_what_follows_them() -> None:
    cells = [cell("a", "slide"), cell("b", "fragment"), cell("c"), cell("d", "fragment"), cell("e", "slide")]
    html, _ = rendered(make.dump(make.notebook(*cells)), RenderFormat.SLIDES)
    assert html.count('<div class="fragment">') == 2
    assert html.count("<div") == html.count("</div>")
    assert html.count("<section>") == html.count("</section>") == 4
    first, second = html.split('<div class="fragment">')[1:]
    assert re.findall(r"<p>(\w)</p>", first) == ["b", "c"]
    assert re.findall(r"<p>(\w)</p>", second) == ["d", "e"]
    assert second.index("</section>\n</section>\n<section>") < second.index("<p>e</p>")


def test_slides_stay_slides_when_code_is_hidden() -> None:
    code = make.code("secret", make.stream("out\n"), metadata={"slideshow": {"slide_type": "slide", "note": "secret"}})
    html, _ = rendered(make.dump(make.notebook(cell("a", "slide"), code)), RenderFormat.SLIDES, show_code=False)
    assert html.count("<section>\n<section>") == 2
    assert "out" in html
    assert "secret" not in html


def test_a_cell_of_which_nothing_shows_opens_no_slide() -> None:
    code = make.code("hidden", metadata={"slideshow": {"slide_type": "slide"}})
    assert outline(cell("a", "slide"), code, cell("b", "slide"), show_code=False) == f"{SLIDE} a {END} {SLIDE} b {END}"
