"""What we show is what stock nbconvert shows, node by node, but for what docs/explanation/rendering.md says we change on purpose.

Both sides are brought to one form first; each step is one such change:

| step | change |
|---|---|
| hidden cells, live outputs and those without a visible form are left out of the notebook | hidden means absent; scripts do not run |
| stock is told our lexer; code in another language than its notebook is left out | more languages and magics are known |
| stock's page goes through our sanitiser, its drawings through `with_pictures` | sanitised; drawings are pictures |
| maths is compared as TeX, without its dollars | maths is set on the server |
| ids, places within the page, `tabindex`, `alt`, `hl-…`, marks of task lists are left out | ours are prefixed, ours are better |
"""

import json
import re
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag
from nbconvert.exporters import HTMLExporter

from server.render.languages import cell_lexer_name, lexer_name
from server.render.load import load
from server.render.notices import Notices
from server.render.outputs import live_kind
from server.render.pictures import with_pictures
from server.render.redact import redact
from server.render.sanitize import clean, clean_page, is_visible
from tests.fixtures import make
from tests.fixtures.corpus import corpus_paths, needs_corpus
from tests.unit.render.fakes import rendered

MATH = re.compile(r"<math.*?<annotation encoding=\"application/x-tex\">(.*?)</annotation></semantics></math>", re.DOTALL)
DROPPED_ATTRIBUTES = {"id", "href", "tabindex", "alt", "data-type", "target", "rel", "name", "role"}
NOTES = {"nbi-note", "nbi-missing"}
STOCK_SHOWS = {"text/html", "text/markdown", "text/latex", "text/plain", "image/svg+xml", "image/png", "image/jpeg"}


@cache
def stock_exporter() -> Any:  # noqa: ANN401  untyped
    make_exporter: Any = HTMLExporter
    return make_exporter(template_name="lab")


def stock(notebook: make.Node) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from_dict: Any = nbformat.from_dict
        html, _ = stock_exporter().from_notebook_node(from_dict(notebook))
    return str(html).partition("<main>")[2].rpartition("</main>")[0]


def comparable(data: bytes) -> make.Node:
    """Return a notebook without what is shown otherwise on purpose, put right where stock would refuse it."""
    notebook: make.Node = load(data, Notices()).notebook
    before = json.loads(json.dumps(notebook["cells"]))
    redact(notebook, Notices(), show_code=True)
    metadata = notebook["metadata"]
    metadata.pop("widgets", None)
    metadata["language_info"] = {"name": "x", **metadata.get("language_info", {}), "pygments_lexer": lexer_name(metadata) or "text"}
    sound = [cell for cell, original in zip(notebook["cells"], before, strict=True) if cell == original]
    sound = [cell for cell in sound if cell["cell_type"] != "code" or cell_lexer_name(cell["source"], cell["metadata"]) is None]
    for cell in sound:
        if cell["cell_type"] == "code":
            cell["outputs"] = [output for output in cell["outputs"] if "data" not in output or shows_the_same(output["data"])]
    return notebook | {"cells": sound}


def shows_the_same(data: make.Node) -> bool:
    """Whether both sides choose the same of an output's media types, and show something."""
    for kind in [kind for kind in data if live_kind(kind)]:
        del data[kind]
    if "text/html" in data and not is_visible(clean(with_pictures(data["text/html"], ""))):
        return False
    texts = [value for kind, value in data.items() if kind in STOCK_SHOWS and isinstance(value, str) and value.strip()]
    return bool(texts) and not data.keys() & {"text/vnd.mermaid", "application/pdf"}


def form(html: str) -> list[Any]:
    """Return the tree of a page: tags with what is left of their attributes, texts without blanks, but in `pre`."""
    soup = BeautifulSoup(html, "html.parser")
    return [shape for node in soup.children for shape in shapes(node, in_pre=False)]


def shapes(node: PageElement, *, in_pre: bool) -> list[Any]:
    if isinstance(node, NavigableString):
        text = str(node) if in_pre else "".join(str(node).split())
        text = re.sub("[$\u2610\u2611]", "", text).strip("\n" if in_pre else None)
        return [text] if text else []
    if not isinstance(node, Tag):
        return []
    if node.get("class") in (["nbi-tex"], ["nbi-raw"]):
        return [shape for child in node.children for shape in shapes(child, in_pre=in_pre)]
    classes = sorted(name for name in node.get_attribute_list("class") if name and not name.startswith("hl-"))
    if NOTES & set(classes) or (node.name == "img" and str(node.get("src", "")).startswith("data:image/svg")):
        return [("shown otherwise",)]
    attributes = sorted((key, str(value)) for key, value in node.attrs.items() if key not in DROPPED_ATTRIBUTES | {"class", "src"})
    children = [shape for child in node.children for shape in shapes(child, in_pre=in_pre or node.name == "pre")]
    kept = [] if node.name == "img" else classes
    return [(node.name, tuple(kept), tuple(attributes), merged(children))]


def merged(children: list[Any]) -> tuple[Any, ...]:
    """Join texts that stand side by side."""
    joined: list[Any] = []
    for child in children:
        if isinstance(child, str) and joined and isinstance(joined[-1], str):
            joined[-1] += child
        else:
            joined.append(child)
    return tuple(joined)


def both(data: bytes) -> tuple[list[Any], list[Any]]:
    notebook = comparable(data)
    ours, _ = rendered(json.dumps(notebook).encode())
    ours = MATH.sub(r"\1", ours)
    theirs = clean_page(with_pictures(stock(notebook), ""))
    return form(clean_page(ours)), form(theirs)


NOTEBOOKS = {
    "words": [make.markdown("# Title\n\nWords *and* **more**, `code`, [a link](https://a.example/), a<br>break.\n\n> quote\n\n---\n")],
    "lists": [make.markdown("- a\n- b\n  1. c\n  2. d\n\n- [ ] open\n- [x] done")],
    "table": [make.markdown("| a | b |\n|---|:-:|\n| 1 | 2 |")],
    "fence": [make.markdown("```python\nx = 1\n```\n\n```\nplain\n```\n\n```unheard\nx\n```\n\n    indented")],
    "html in words": [make.markdown('<div class="alert"><b>x</b></div>\n\nwords <span style="color: red">red</span>')],
    "maths": [make.markdown("Words $a_1 < b$ and $$\\frac{1}{2}$$\n\n\\begin{align}a &= b\\\\c &= d\\end{align}\n\n## Heading $x^2$")],
    "attachment": [make.markdown("![a](attachment:a.png)", attachments={"a.png": {"image/png": make.PNG}})],
    "code": [make.code("def f(x: int) -> str:\n    '''Say.'''\n    return f'{x}'  # why\n"), make.code("", count=None)],
    "magic": [make.code("%%bash\nls -l | wc"), make.code("%matplotlib inline\n!ls")],
    "streams": [make.code("x", make.stream("out <b>\n"), make.stream("err & 'q' \"q\"\n", "stderr"))],
    "colours": [
        make.code(
            "x", make.stream("a\x1b[31mred\x1b[1mbold\x1b[0m \x1b[38;5;200mx\x1b[48;2;1;2;3my\x1b[7minv\x1b[27m\x1b[4mu\x1b[m z\x1b[2K")
        )
    ],
    "result": [make.code("1", make.result("1"))],
    "frame": [make.code("df", make.html_output('<table border="1" class="dataframe"><tr><th>a</th></tr><tr><td>1</td></tr></table>'))],
    "picture": [make.code("1", make.png_output({"width": 10}))],
    "drawing": [make.code("1", make.svg_output())],
    "latex": [make.code("1", make.display({"text/latex": "$\\displaystyle x^2$", "text/plain": "x"}))],
    "markdown output": [make.code("1", make.display({"text/markdown": "**bold** $x$"}))],
    "error": [make.code("1/0", make.error_output("E", "v", "\x1b[0;31m-----\x1b[0m", "\x1b[1;32m      1\x1b[0m x", "E: v"))],
    "raw": [make.raw("raw <b>words</b>"), make.raw("\\section", "text/latex"), make.raw("<i>html</i>", "text/html")],
    "tags": [make.code("x", metadata={"tags": ["one", "two-three"]}), make.markdown("x", metadata={"tags": ["one"]})],
    "many outputs": [make.code("x", make.stream("a\n"), make.result("2"), make.png_output(), make.html_output("<p>c</p>"))],
}


@pytest.mark.parametrize("cells", NOTEBOOKS.values(), ids=NOTEBOOKS)
@pytest.mark.parametrize("language", ["python", "r", "scala"])
def test_what_is_shown_is_what_stock_shows(cells: list[make.Node], language: str) -> None:
    ours, theirs = both(make.dump(make.notebook(*cells, language=language)))
    assert ours == theirs


def test_a_difference_would_be_found() -> None:
    ours, _ = both(make.dump(make.notebook(make.markdown("a"), make.code("b"))))
    _, theirs = both(make.dump(make.notebook(make.markdown("a"), make.code("c"))))
    assert ours != theirs


@needs_corpus
@pytest.mark.parametrize("path", corpus_paths(), ids=lambda path: path.name)
def test_real_notebooks_look_as_stock_shows_them(path: Path) -> None:
    ours, theirs = both(path.read_bytes())
    assert ours == theirs
