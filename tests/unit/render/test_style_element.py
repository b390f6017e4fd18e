"""Style sheets inside outputs: pandas' Styler keeps its colours, nothing else gets through."""

import pytest

from server.domain.rendering import RenderFormat
from server.render.style_element import output_style
from tests.fixtures import make
from tests.unit.render.fakes import rendered, without_mark

TABLE = '<table id="T_1"><tbody><tr><td id="T_1_row0_col0" class="data row0 col0">7</td></tr></tbody></table>'
LEFT_OUT = "Rules of the output's own style sheet were left out; its colours and borders may differ."


def kept(sheet: str) -> str:
    return output_style(f"<style type='text/css'>{sheet}</style>", "p-").css


@pytest.mark.parametrize(
    ("sheet", "css"),
    [
        ("#T_1_row0_col0, #T_1_row1_col0 {\n  background-color: #fff5f0;\n  color: #000;\n}", "#p-T_1_row0_col0, #p-T_1_row1_col0 {C}"),
        ("#T_1 tr:hover{background-color:#fff5f0;color:#000}", "#p-T_1 tr:hover {C}"),
        ("#T_1 > tbody td.col0:nth-child(2n + 1) {background-color:#fff5f0;color:#000}", "#p-T_1 > tbody td.col0:nth-child(2n + 1) {C}"),
        ("/* a } { */ #T_1 .row0 { background-color: #fff5f0; color: #000; position: fixed }", "#p-T_1 .row0 {C}"),
    ],
)
def test_rules_for_the_outputs_own_ids_stay(sheet: str, css: str) -> None:
    assert kept(sheet) == css.replace("{C}", "{ background-color: #fff5f0; color: #000 }")


@pytest.mark.parametrize(
    "sheet",
    [
        "body { color: red }",
        "* { color: red }",
        "#T_1, body { color: red }",
        "#T_1 ~ p { color: red }",
        "#T_1 [href] { color: red }",
        "#T_1:has(p) { color: red }",
        "#T\\5f 1 { color: red }",
        "#T_1 { background: url(https://x.example/) }",
        "#T_1 { position: fixed; inset: 0; z-index: 9 }",
        "#T_1 { color: red\\; x }",
        "@import 'https://x.example/a.css'; #T_1 { color: red }",
        "@media print { #T_1 { color: red } }",
        "@font-face { font-family: x; src: url(x) }",
        ":root { --x: 1 }",
    ],
)
def test_any_other_rule_goes(sheet: str) -> None:
    assert kept(sheet) == ""
    assert not output_style(f"<style>{sheet}</style>", "p-").is_whole


def test_a_table_keeps_its_colours_and_its_style_reaches_only_its_own_notebook() -> None:
    data = make.dump(make.notebook(make.code("1", make.html_output(f"<style>#T_1_row0_col0 {{ color: red }}</style>{TABLE}"))))
    html, notices = rendered(data)
    html = without_mark(html)
    assert "<style>\n#nb-T_1_row0_col0 { color: red }\n</style>\n" in html
    assert '<td id="nb-T_1_row0_col0" class="row0 col0">7</td>' in html
    assert notices.all() == ()


def test_what_is_left_out_is_told() -> None:
    sheet = "<style>#T_1 { color: red } td { color: red }</style>"
    html, notices = rendered(make.dump(make.notebook(make.code("1", make.html_output(sheet + TABLE)))))
    assert "{ color: red }" in html
    assert [notice.message for notice in notices.all()] == [LEFT_OUT]


def test_pandas_own_sheet_in_every_frame_is_no_loss() -> None:
    html, notices = rendered(
        make.dump(make.notebook(make.code("1", make.html_output(f"<style scoped>td {{ color: red }}</style>{TABLE}"))))
    )
    assert "<style" not in html
    assert notices.all() == ()


def test_a_style_alone_is_nothing_to_see() -> None:
    output = make.display({"text/html": "<style>#T_1 { color: red }</style>", "text/plain": "text"})
    html, _ = rendered(make.dump(make.notebook(make.code("1", output))))
    assert "<style" not in html
    assert "text" in html


def test_markdown_readers_get_no_style_sheet_as_text() -> None:
    data = make.dump(make.notebook(make.code("1", make.html_output(f"<style>#T_1 {{ color: red }}</style>{TABLE}"))))
    assert "color: red" not in rendered(data, RenderFormat.MARKDOWN)[0]


@pytest.mark.parametrize("unit", ["/*", "#a", "a", "{", "#a .b", "}", "#aaaaaaaaaa "])
def test_hostile_sheets_take_no_longer_than_they_are_long(unit: str) -> None:
    """Quadratic readers need minutes for these; the test's own timeout is two."""
    assert kept(unit * (1_000_000 // len(unit))) == ""
