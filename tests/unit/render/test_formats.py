import json

import pytest

from server.domain.rendering import RenderFormat, RenderNotice, RenderNoticeCode
from server.render.formats import formats
from tests.fixtures import make
from tests.unit.render.fakes import rendered, without_mark

UNSUPPORTED = RenderNoticeCode.UNSUPPORTED_OUTPUT


def html_of(*cells: make.Node, language: str | None = "python") -> tuple[str, tuple[RenderNotice, ...]]:
    html, notices = rendered(make.dump(make.notebook(*cells, language=language)))
    return html, notices.all()


def test_html_is_the_cells_alone() -> None:
    html, notices = html_of(make.markdown("# Title"), make.code("print(1)", make.stream("1\n")))
    html = without_mark(html)
    assert notices == ()
    assert html.startswith('<div style="contain: paint" id="nb-cell-id=id-0" class="jp-Cell jp-MarkdownCell jp-Notebook-cell">')
    for absent in ("<html", "<head", "<body", "<main", "<style", "<script"):
        assert absent not in html
    assert '<h1 id="nb-Title">Title<a class="anchor-link" href="#nb-Title">¶</a></h1>' in html
    assert '<span class="nb">print</span>' in html
    assert "<pre>1\n</pre>" in html


def test_hidden_code_leaves_no_empty_box() -> None:
    html, _ = rendered(make.dump(make.notebook(make.code("x"), make.code("y", make.stream("out\n")))), show_code=False)
    assert "jp-InputArea" not in html
    assert html.count("jp-CodeCell") == 1


@pytest.mark.parametrize(
    ("metadata", "img"),
    [
        ({}, f'<img src="data:image/png;base64,{make.PNG}" alt="image output of cell 1">'),
        (
            {"alt": 'A "plot"', "width": 20, "height": 10.5},
            f'<img src="data:image/png;base64,{make.PNG}" alt="A &quot;plot&quot;" width="20" height="10">',
        ),
        (
            {"image/png": {"width": 30, "alt": "own"}, "width": 20},
            f'<img src="data:image/png;base64,{make.PNG}" alt="own" width="30">',
        ),
        ({"width": "100%", "height": -1}, f'<img src="data:image/png;base64,{make.PNG}" alt="image output of cell 1">'),
    ],
)
def test_a_picture_has_its_alternative_text_and_whole_sizes(metadata: make.Node, img: str) -> None:
    html, notices = html_of(make.code("1", make.png_output(metadata)))
    assert img in html
    assert notices == ()


def test_a_drawing_becomes_a_picture_with_its_title() -> None:
    html, notices = html_of(make.code("1", make.svg_output()))
    assert '<img src="data:image/svg+xml;base64,PHN2' in html
    assert 'alt="A square"' in html
    assert notices == ()


def test_drawings_written_into_html_become_pictures_one_by_one() -> None:
    drawing = "<svg><g><svg></svg></g></svg>"
    html, _ = html_of(make.code("1", make.html_output(f"<p>a{drawing}b{make.SVG}c</p><svg>unclosed")))
    assert html.count("<img ") == 2
    assert ">a<img " in html
    assert "unclosed" not in html


INVISIBLE = {
    "plotly": (
        {"application/vnd.plotly.v1+json": {}},
        "This output is an interactive Plotly chart and is not shown: scripts do not run here, only in the profile INTERACTIVE.",
    ),
    "vega": (
        {"application/vnd.vegalite.v4+json": {}},
        "This output is an interactive Vega-Lite chart and is not shown: scripts do not run here, only in the profile INTERACTIVE.",
    ),
    "widget": (
        {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}},
        "This output is an interactive widget and is not shown: scripts do not run here, only in the profile INTERACTIVE.",
    ),
    "javascript": (
        {"application/javascript": "alert(1)"},
        "This output is a script and is not shown: scripts do not run here, only in the profile INTERACTIVE.",
    ),
    "json": ({"application/json": {"a": 1}}, "This output has no form that can be shown here (application/json)."),
    "pdf": ({"application/pdf": "JVBERi0="}, "This output has no form that can be shown here (application/pdf)."),
}


@pytest.mark.parametrize(("data", "message"), INVISIBLE.values(), ids=INVISIBLE)
def test_an_output_that_cannot_be_shown_says_so(data: make.Node, message: str) -> None:
    html, notices = html_of(make.markdown("a"), make.code("1", make.display(data)))
    assert f'<p role="note" class="nbi-note" lang="en">{message}</p>' in html
    assert notices == (RenderNotice(UNSUPPORTED, message, 1),)


def test_html_of_nothing_but_scripts_gives_way_to_the_text_beside_it() -> None:
    html, notices = html_of(make.code("1", make.html_output("<script>1</script><div></div>", **{"text/plain": "Figure(1)"})))
    assert "<pre>Figure(1)</pre>" in html
    assert notices == (RenderNotice(RenderNoticeCode.ACTIVE_CONTENT_REMOVED, "Scripts, frames, forms or handlers were removed.", 0),)


def test_html_of_nothing_but_scripts_says_so_where_nothing_is_beside_it() -> None:
    html, notices = html_of(make.code("1", make.html_output("<script>1</script>")))
    assert "This output is a page with scripts and is not shown: scripts do not run here, only in the profile INTERACTIVE." in html
    assert [notice.code for notice in notices] == [RenderNoticeCode.ACTIVE_CONTENT_REMOVED, UNSUPPORTED]


def test_a_live_output_with_a_picture_shows_the_picture_and_says_so() -> None:
    data = {"application/vnd.vegalite.v4+json": {}, "image/png": make.PNG, "text/plain": "Chart"}
    html, notices = html_of(make.code("1", make.display(data)))
    assert "<img " in html
    message = (
        "This output is an interactive Vega-Lite chart; a picture is shown, as scripts do not run here, only in the profile INTERACTIVE."
    )
    assert notices == (RenderNotice(UNSUPPORTED, message, 0),)


def test_attachments_are_shown_and_missing_ones_named() -> None:
    cell = make.markdown(
        "![a](attachment:a%20b.png) ![gone](attachment:c.png) ![far](https://a.example/x.png)",
        attachments={"a b.png": {"image/png": make.PNG}},
    )
    html, notices = html_of(cell)
    assert f'<img src="data:image/png;base64,{make.PNG}" alt="a">' in html
    assert '<span class="nbi-missing">[gone]</span>' in html
    assert notices == (RenderNotice(RenderNoticeCode.REPAIRED, "Attachment `c.png` is missing; its description stands for it.", 0),)


def test_a_picture_elsewhere_leaves_its_description_and_a_notice() -> None:
    html, notices = html_of(make.markdown("![far](https://a.example/x.png)"))
    assert '<span class="nbi-missing">[far]</span>' in html
    assert notices == (RenderNotice(UNSUPPORTED, "A picture at another address is not shown; its description stands for it.", 0),)


def test_task_lists_keep_their_marks() -> None:
    html, notices = html_of(make.markdown("- [ ] open\n- [x] done"))
    assert "☐ open" in html
    assert "☑ done" in html
    assert notices == ()


def test_a_diagram_is_shown_by_its_text() -> None:
    html, notices = html_of(make.markdown("```mermaid\nA-->B\n```"), make.code("1", make.display({"text/vnd.mermaid": "C-->D"})))
    assert "A--&gt;B" in html
    assert "<pre>C--&gt;D</pre>" in html
    assert [(notice.code, notice.cell_index) for notice in notices] == [(UNSUPPORTED, 0), (UNSUPPORTED, 1)]


def test_a_language_without_colours_leaves_one_notice() -> None:
    html, notices = html_of(make.code("x"), make.code("y"), language="klingon")
    assert '<div class="highlight hl-text">' in html
    assert notices == (RenderNotice(RenderNoticeCode.LEXER_MISSING, "No colours are known for code in klingon."),)


@pytest.mark.parametrize("show_code", [True, False])
def test_colours_are_missed_only_where_there_is_code(*, show_code: bool) -> None:
    cells = [make.markdown("x")] if show_code else [make.code("x")]
    _, notices = rendered(make.dump(make.notebook(*cells, language="klingon")), show_code=show_code)
    assert notices.all() == ()


@pytest.mark.parametrize(
    ("language", "source", "metadata", "lexer"),
    [
        ("python", "x", {}, "python"),
        (None, "x", {}, "python"),
        ("ipython3", "x", {}, "python"),
        ("C#", "x", {}, "c#"),
        ("R", "x", {}, "r"),
        ("python", "%%bash\nls", {}, "bash"),
        ("python", "%%unheard\nls", {}, "python"),
        ("C#", "x", {"polyglot_notebook": {"kernelName": "fsharp"}}, "fsharp"),
        ("C#", "x", {"dotnet_interactive": {"language": "nonsense"}}, "c#"),
    ],
)
def test_code_is_coloured_by_its_language(language: str | None, source: str, metadata: make.Node, lexer: str) -> None:
    html, notices = html_of(make.code(source, metadata=metadata), language=language)
    assert f'<div class="highlight hl-{lexer}">' in html
    assert notices == ()


SCRIPTS = [
    ("python", "# Words\n#\n# more\n\n\nx = 1\n# %matplotlib inline\n# !ls\n\n\n# %%bash\n# ls\n"),
    ("R", "# Words\n#\n# more\n\n\nx = 1\n%matplotlib inline\n!ls\n\n\n%%bash\nls\n"),
    ("scala", "// Words\n//\n// more\n\n\nx = 1\n%matplotlib inline\n!ls\n\n\n%%bash\nls\n"),
    ("sql", "-- Words\n--\n-- more\n\n\nx = 1\n%matplotlib inline\n!ls\n\n\n%%bash\nls\n"),
    ("clojure", ";; Words\n;;\n;; more\n\n\nx = 1\n%matplotlib inline\n!ls\n\n\n%%bash\nls\n"),
    ("klingon", "# Words\n#\n# more\n\n\nx = 1\n%matplotlib inline\n!ls\n\n\n%%bash\nls\n"),
]
SCRIPT_CELLS = make.markdown("Words\n\nmore"), make.code("x = 1\n%matplotlib inline\n!ls\n"), make.code("\n"), make.code("%%bash\nls")


@pytest.mark.parametrize(("language", "script"), SCRIPTS)
def test_a_script_is_the_code_with_words_as_comments(language: str, script: str) -> None:
    text, _ = rendered(make.dump(make.notebook(*SCRIPT_CELLS, language=language)), RenderFormat.SCRIPT)
    assert text == script


@pytest.mark.parametrize(("language", "prefix"), [("julia", "#"), ("java", "//"), ("haskell", "--"), ("common-lisp", ";;")])
def test_a_script_without_code_is_the_words_alone(language: str, prefix: str) -> None:
    text, _ = rendered(make.dump(make.notebook(*SCRIPT_CELLS, language=language)), RenderFormat.SCRIPT, show_code=False)
    assert text == f"{prefix} Words\n{prefix}\n{prefix} more\n"


def test_markdown_holds_words_code_and_outputs() -> None:
    cells = [
        make.markdown("# Title\n\n![a](attachment:a.png) ![b](attachment:b.png)", attachments={"a.png": {"image/png": "QUJD"}}),
        make.code("s = '```'", make.stream("\x1b[31mred\x1b[0m\n"), make.png_output({"alt": "a [plot]"}, "QUJD"), make.stream(" ")),
        make.code(
            "f()",
            make.html_output("<table><tr><td>1</table>\n\n<script>x</script>"),
            make.display({"text/markdown": "**bold**"}),
            make.result("2"),
            make.error_output("E", "v", "\x1b[1mTraceback\x1b[0m", "E: v"),
        ),
        make.raw("raw words"),
        make.raw("\\section", "text/latex"),
    ]
    text, notices = rendered(make.dump(make.notebook(*cells)), RenderFormat.MARKDOWN)
    assert text == (
        "# Title\n\n![a](data:image/png;base64,QUJD) ![b](attachment:b.png)\n\n"
        "````python\ns = '```'\n````\n\n```text\nred\n```\n\n![a plot](data:image/png;base64,QUJD)\n\n"
        "```python\nf()\n```\n\n<div>\n<table><tbody><tr><td>1</td></tr></tbody></table>\n</div>\n\n**bold**\n\n"
        "```text\n2\n```\n\n```text\nTraceback\nE: v\n```\n\nraw words\n\n```\n\\section\n```\n\n"
    )
    assert [notice.message for notice in notices.all()] == [
        "Attachment `b.png` is missing.",
        "Scripts, frames, forms or handlers were removed.",
    ]


def test_an_upgraded_notebook_without_its_code_is_of_the_newest_format() -> None:
    old = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code", "input": "secret", "outputs": []}]}]}
    text, _ = rendered(make.dump(old), RenderFormat.IPYNB, show_code=False)
    document = json.loads(text)
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    assert document["cells"][0]["source"] == ""


def test_a_picture_that_is_none_gives_way_to_the_text_beside_it() -> None:
    html, _ = html_of(make.code("1", make.display({"image/svg+xml": "no drawing", "image/png": " ", "text/plain": "words"})))
    assert "<pre>words</pre>" in html


def test_quotes_in_program_output_are_plain() -> None:
    html, _ = html_of(make.code("1", make.stream("\x1b[1m\"a\" 'b' <c> &amp;")))
    assert '<span class="ansi-bold">"a" \'b\' &lt;c&gt; &amp;amp;</span>' in html


@pytest.mark.parametrize("format_", formats().values())
def test_an_empty_notebook_renders(format_: RenderFormat) -> None:
    text, notices = rendered(make.dump(make.notebook()), format_, show_code=False)
    assert notices.all() == ()
    assert (text == "") is (format_ not in {RenderFormat.IPYNB, RenderFormat.SCRIPT})
