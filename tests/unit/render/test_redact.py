import json
from typing import Any

import pytest

from server.domain.rendering import RenderFormat
from server.render.formats import formats
from server.render.redact import HIDDEN
from tests.fixtures import make
from tests.fixtures.secretive import SECRET, secretive
from tests.unit.render.fakes import rendered


@pytest.mark.parametrize("format_", [RenderFormat.HTML, RenderFormat.MARKDOWN, RenderFormat.IPYNB])
def test_what_is_no_code_stays_when_code_is_hidden(format_: RenderFormat) -> None:
    text, _ = rendered(make.dump(secretive()), format_, show_code=False)
    for words in ("UserWarning: old", "warned", "shown", "ValueError", "it failed", "Raw words", HIDDEN):
        assert words in text


def test_a_redacted_notebook_keeps_exactly_what_display_needs() -> None:
    text, _ = rendered(make.dump(secretive()), RenderFormat.IPYNB, show_code=False)
    document = json.loads(text)
    assert document.keys() == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert document["metadata"] == {
        "kernelspec": {"name": "python3", "display_name": "Python3", "language": "python"},
        "language_info": {"name": "python"},
    }
    words, code, raw = document["cells"]
    assert words == make.markdown("# Public words", id="id-0")
    assert raw == make.raw("Raw words") | {"id": "id-2"}
    assert code == make.code(
        "",
        make.stream(f"/home/x.py:2: UserWarning: old\n{HIDDEN}\nwarned\n", "stderr"),
        make.stream(f"{HIDDEN}\n{HIDDEN}\n", "stderr"),
        make.display({"text/plain": "shown"}, {"image/png": {"width": 3}}),
        make.error_output("ValueError", f"in {HIDDEN} : it failed", f"ValueError: in {HIDDEN} : it failed"),
        metadata={"tags": ["kept"], "jupyter": {"source_hidden": True}},
        id="id-1",
    )


def test_short_lines_of_code_do_not_hide_ordinary_words() -> None:
    cell = make.code("x\n)\nelse:\nprint(x)", make.stream("x\n)\nelse\n", "stderr"))
    text, _ = rendered(make.dump(make.notebook(cell)), RenderFormat.IPYNB, show_code=False)
    assert json.loads(text)["cells"][0]["outputs"] == [make.stream("x\n)\nelse\n", "stderr")]


def test_lines_of_code_on_standard_output_go_and_the_rest_stays() -> None:
    cell = make.code("print('four words of code')", make.stream("print('four words of code')\nfour words of code\n"))
    text, _ = rendered(make.dump(make.notebook(cell)), RenderFormat.IPYNB, show_code=False)
    assert json.loads(text)["cells"][0]["outputs"] == [make.stream(f"{HIDDEN}\nfour words of code\n")]


HIDDEN_INPUTS: list[dict[str, Any]] = [
    {"tags": ["hide-input"]},
    {"tags": ["hide_input"]},
    {"tags": ["remove-input"]},
    {"tags": ["remove_input"]},
    {"hide_input": True},
    {"jupyter": {"source_hidden": True}},
]
HIDDEN_OUTPUTS: list[dict[str, Any]] = [
    {"tags": ["hide-output"]},
    {"tags": ["remove-output"]},
    {"collapsed": True},
    {"jupyter": {"outputs_hidden": True}},
]
HIDDEN_CELLS: list[dict[str, Any]] = [{"tags": ["hide-cell"]}, {"tags": ["remove-cell"]}]


@pytest.mark.parametrize("format_", formats().values())
@pytest.mark.parametrize("metadata", HIDDEN_INPUTS, ids=str)
def test_an_input_that_its_author_hides_is_absent_though_code_is_shown(metadata: dict[str, Any], format_: RenderFormat) -> None:
    hidden = make.code("secret_call(1)", make.stream("output\n"), metadata=metadata)
    other = make.code("open_call(2)", make.error_output("E", "v", "----> 1 secret_call(1)\n      2 more"))
    text, _ = rendered(make.dump(make.notebook(hidden, other)), format_)
    assert "secret_call" not in text
    assert "open" in text
    assert ("output" in text) is (format_ != RenderFormat.SCRIPT)


@pytest.mark.parametrize("format_", formats().values())
@pytest.mark.parametrize("metadata", HIDDEN_OUTPUTS, ids=str)
def test_an_output_that_its_author_hides_is_absent(metadata: dict[str, Any], format_: RenderFormat) -> None:
    text, _ = rendered(make.dump(make.notebook(make.code("call", make.stream("hidden words\n"), metadata=metadata))), format_)
    assert "hidden words" not in text
    assert "call" in text


@pytest.mark.parametrize("format_", formats().values())
@pytest.mark.parametrize("metadata", HIDDEN_CELLS, ids=str)
def test_a_cell_that_its_author_hides_is_absent(metadata: dict[str, Any], format_: RenderFormat) -> None:
    cells = [make.code("secret_call(1)", make.stream("out"), metadata=metadata), make.markdown("secret", metadata), make.markdown("words")]
    text, _ = rendered(make.dump(make.notebook(*cells)), format_)
    assert "secret" not in text
    assert "out" not in text.replace("outputs", "")
    assert "words" in text


def test_notices_keep_the_index_of_their_cell_behind_a_hidden_one() -> None:
    cells = [make.markdown("gone", {"tags": ["remove-cell"]}), make.markdown("<script>1</script>words")]
    _, notices = rendered(make.dump(make.notebook(*cells)))
    assert [notice.cell_index for notice in notices.all()] == [1]


def test_a_notebook_with_nothing_hidden_and_code_shown_is_the_stored_file() -> None:
    data = make.dump(make.notebook(make.code("x", make.stream("line\n", "stderr"), metadata={"tags": ["t"], "collapsed": False})))
    text, _ = rendered(data, RenderFormat.IPYNB)
    assert text.encode() == data


def test_a_repaired_notebook_is_written_anew() -> None:
    text, _ = rendered(make.dump(make.notebook(make.code("x", count="*"))), RenderFormat.IPYNB)
    assert json.loads(text)["cells"][0]["execution_count"] is None


SAYS_SECRET: dict[str, dict[str, Any]] = {
    "attachment": {"attachments": {SECRET: 3}},
    "attachment with marks": {"attachments": {f"a`b`{SECRET}": 3}},
    "count": {"execution_count": SECRET},
    "output type": {"outputs": [{"output_type": SECRET, "data": {"text/plain": "x"}, "metadata": {}}]},
    "lost output": {"outputs": [{"output_type": SECRET}]},
}


@pytest.mark.parametrize("fault", SAYS_SECRET)
@pytest.mark.parametrize(
    ("metadata", "show_code"),
    [({}, False), ({"tags": ["remove-cell"]}, True), ({"tags": ["hide-input", "hide-output"]}, True)],
)
def test_what_was_repaired_of_hidden_parts_is_not_quoted(fault: str, metadata: dict[str, Any], *, show_code: bool) -> None:
    data = make.dump(make.notebook(make.code("", metadata=metadata) | SAYS_SECRET[fault]))
    text, notices = rendered(data, show_code=show_code)
    assert SECRET not in text + str(notices.all())
    _, shown = rendered(make.dump(make.notebook(make.code("") | SAYS_SECRET[fault])))
    assert SECRET in str(shown.all())


def test_nothing_is_said_of_a_cell_that_is_absent() -> None:
    cell = make.code("", metadata={"tags": ["remove-cell"]}, cell_type=SECRET)
    _, notices = rendered(make.dump(make.notebook(cell, make.markdown("", source=3))))
    assert [notice.cell_index for notice in notices.all()] == [1]


QUOTES = {
    "r error": make.error_output(
        "ERROR", 'Error in dbConnect(password = "hunter2"): no route', 'Error in dbConnect(password = "hunter2") : no route'
    ),
    "r error over lines": make.error_output("ERROR", 'Error in dbConnect(\n  password = "hunter2"\n): no route', "x"),
    "r error of a package": make.error_output("ERROR", "Error in DBI::dbConnect(hunter2) : no route", "x"),
    "r warning": make.stream("Warning message in dbConnect(hunter2):\n\u201cno route\u201d\n", "stderr"),
    "printed traceback": make.stream('File "x.py", line 1\n    conn = dbConnect(hunter2)\nno route\n'),
    "rich": make.stream("\u2502 \u2771 1 conn = dbConnect(hunter2)          \u2502\nno route\n"),
    "rich in colours": make.stream("\x1b[31m\u2502\x1b[0m   1 \x1b[34mconn\x1b[0m = dbConnect(hunter2) \x1b[31m\u2502\x1b[0m\nno route\n"),
}


@pytest.mark.parametrize("output", QUOTES.values(), ids=QUOTES)
def test_programs_that_quote_the_code_that_failed_do_not_show_it(output: make.Node) -> None:
    data = make.dump(make.notebook(make.code("conn = dbConnect(hunter2)", output)))
    for format_ in (RenderFormat.HTML, RenderFormat.MARKDOWN, RenderFormat.IPYNB):
        text, _ = rendered(data, format_, show_code=False)
        assert "hunter2" not in text
        assert "no route" in text
        assert "hunter2" in rendered(data, format_)[0]


def test_what_a_program_prints_stays() -> None:
    text = "Error rate in Q1: 3 %\nWarning in the text: none\nconn\n"
    data = make.dump(make.notebook(make.code("conn = dbConnect(hunter2)\nconn", make.stream(text))))
    for line in text.splitlines()[:2]:
        assert line in rendered(data, show_code=False)[0]
