import json
from typing import Any

import pytest

from server.domain.rendering import RenderFormat, RenderNoticeCode
from server.render.formats import formats
from server.render.load import Unreadable, load
from server.render.notices import Notices
from tests.fixtures import make
from tests.unit.render.fakes import rendered


def loaded(document: object) -> tuple[dict[str, Any], list[tuple[str, int | None]]]:
    notices = Notices()
    data = document if isinstance(document, bytes) else make.dump(document)
    notebook = load(data, notices).notebook
    assert {notice.code for notice in notices.all()} <= {RenderNoticeCode.REPAIRED}
    return notebook, [(notice.message, notice.cell_index) for notice in notices.all()]


def without(cell: dict[str, Any], *fields: str) -> dict[str, Any]:
    return {key: value for key, value in cell.items() if key not in fields}


SOUND = make.markdown("before")
TRAPS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "star as execution count": (make.code("1", count="*"), {"execution_count": None}, "Execution count `*` is no count and was left out."),
    "entity as execution count": (
        make.code("1", count="&nbsp;"),
        {"execution_count": None},
        "Execution count `&nbsp;` is no count and was left out.",
    ),
    "float as execution count": (make.code("1", count=3.0), {"execution_count": 3}, "Execution count `3.0` was taken for a whole number."),
    "true as execution count": (make.code("1", count=True), {"execution_count": None}, "Execution count  is no count and was left out."),
    "missing source": (without(make.code("1"), "source"), {"source": ""}, "Source was missing; an empty one stands for it."),
    "null source": (make.code("1", source=None), {"source": ""}, "Source was no text; an empty one stands for it."),
    "source with a number among its lines": (
        make.code("1", source=["a\n", 7, "b"]),
        {"source": "a\nb"},
        "Lines of source that are no text were left out.",
    ),
    "missing metadata": (without(make.code("1"), "metadata"), {"metadata": {}}, "Metadata was missing; an empty one stands for it."),
    "missing outputs": (without(make.code("1"), "outputs"), {"outputs": []}, "Outputs were missing; an empty list stands for them."),
    "null outputs": (make.code("1", outputs=None), {"outputs": []}, "Outputs were no list; an empty list stands for them."),
    "output that is no object": (make.code("1", outputs=["x"]), {"outputs": []}, "An output that is no object was left out."),
    "tags that are no list": (make.code("1", metadata={"tags": "x"}), {"metadata": {}}, "Tags that are no list of texts were left out."),
    "raw media type that is no text": (
        make.markdown("x", {"raw_mimetype": 3}),
        {"metadata": {}},
        "`raw_mimetype` was no text and was left out.",
    ),
    "stream without text": (
        make.code("1", {"output_type": "stream", "name": "stdout"}),
        {"outputs": [make.stream("")]},
        "Text was missing; an empty one stands for it.",
    ),
    "stream without name": (
        make.code("1", {"output_type": "stream", "text": "x"}),
        {"outputs": [make.stream("x")]},
        "A stream named `None` was taken for stdout.",
    ),
    "unknown output with data": (
        make.code("1", {"output_type": "odd", "data": {"text/plain": "x"}, "metadata": {}}),
        {"outputs": [make.display({"text/plain": "x"})]},
        "Output type `odd` is not known; the output is shown by its data.",
    ),
    "unknown output with text": (
        make.code("1", {"output_type": "odd", "text": ["a", "b"]}),
        {"outputs": [make.stream("ab")]},
        "Output type `odd` is not known; the output is shown as text.",
    ),
    "unknown output with nothing": (
        make.code("1", {"output_type": None}),
        {"outputs": []},
        "Output type `None` is not known and the output holds nothing to show; it was left out.",
    ),
    "data that is no text": (
        make.code("1", make.display({"text/plain": 3})),
        {"outputs": [make.display({})]},
        "Data of type `text/plain` is no text and was left out.",
    ),
    "error without traceback": (
        make.code("1", {"output_type": "error", "ename": "E", "evalue": "v"}),
        {"outputs": [make.error_output("E", "v", "E: v")]},
        "A traceback was missing or no list of texts; the error's name and message stand for it.",
    ),
    "old output type": (
        make.code("1", {"output_type": "pyout", "data": {}, "metadata": {}}),
        {"outputs": [{"output_type": "execute_result", "data": {}, "metadata": {}, "execution_count": None}]},
        "Output type `pyout` was taken for execute_result.",
    ),
    "unknown cell type": (
        make.markdown("x", cell_type="video"),
        {"cell_type": "raw"},
        "Cell type `video` is not known; the cell is taken for raw.",
    ),
    "attachments that are no object": (
        make.markdown("x", attachments=3),
        {"attachments": {}},
        "Attachments were no object and were left out.",
    ),
    "attachment that is no object": (
        make.markdown("x", attachments={"a.png": None}),
        {"attachments": {}},
        "Attachment `a.png` cannot be read and was left out.",
    ),
    "id with a space": (
        make.markdown("x", id="a b"),
        {"id": "cell-1"},
        "The cell's id was missing, wrong or another cell's; it was given a new one.",
    ),
    "id of another cell": (
        make.markdown("x", id="id-0"),
        {"id": "cell-1"},
        "The cell's id was missing, wrong or another cell's; it was given a new one.",
    ),
}


@pytest.mark.parametrize(("cell", "repaired", "message"), TRAPS.values(), ids=TRAPS)
def test_what_can_be_repaired_in_a_cell_is_and_leaves_one_notice(cell: dict[str, Any], repaired: dict[str, Any], message: str) -> None:
    notebook, notices = loaded(make.notebook(SOUND, cell))
    assert {key: notebook["cells"][1][key] for key in repaired} == repaired
    assert notices == [(message, 1)]


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("format_", formats().values())
def test_a_repaired_notebook_renders_in_every_format(trap: str, format_: RenderFormat) -> None:
    text, _ = rendered(make.dump(make.notebook(SOUND, TRAPS[trap][0])), format_)
    assert "before" in text


METADATA_TRAPS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "language_info as text": (
        {"language_info": "R"},
        {"language_info": {"name": "R"}},
        "`language_info` was a text; it is taken for the language's name.",
    ),
    "language_info as number": ({"language_info": 3}, {}, "`language_info` was no object and was left out."),
    "kernelspec null": ({"kernelspec": None}, {}, "`kernelspec` was no object and was left out."),
    "language name as number": (
        {"language_info": {"name": 3}},
        {"language_info": {}},
        "`language_info.name` was no text and was left out.",
    ),
    "widgets null": ({"widgets": None}, {}, "Widget metadata without state was left out."),
    "widgets without state": (
        {"widgets": {"application/vnd.jupyter.widget-state+json": {}}},
        {},
        "Widget metadata without state was left out.",
    ),
}


@pytest.mark.parametrize(("metadata", "repaired", "message"), METADATA_TRAPS.values(), ids=METADATA_TRAPS)
def test_what_can_be_repaired_in_metadata_is_and_leaves_one_notice(
    metadata: dict[str, Any], repaired: dict[str, Any], message: str
) -> None:
    notebook, notices = loaded(make.notebook(SOUND, language=None, metadata=metadata))
    assert notebook["metadata"] == repaired
    assert notices == [(message, None)]


def test_a_sound_notebook_is_left_alone() -> None:
    document = make.notebook(
        SOUND, make.code("x = 1", make.stream("1"), make.result("1"), make.error_output("E", "v", "frame")), make.raw("r")
    )
    notebook, notices = loaded(document)
    assert (notebook, notices) == (document, [])


def test_missing_ids_are_no_fault_before_format_4_5() -> None:
    notebook, notices = loaded(make.notebook(SOUND, make.code("1"), minor=4))
    assert [cell["id"] for cell in notebook["cells"]] == ["cell-0", "cell-1"]
    assert notices == []


def test_an_exporter_named_in_metadata_is_forgotten() -> None:
    notebook, _ = loaded(make.notebook(metadata={"language_info": {"name": "python", "nbconvert_exporter": "os.system"}}))
    assert notebook["metadata"]["language_info"] == {"name": "python"}


TEXT_TRAPS = {
    "byte order mark": (b"\xef\xbb\xbf" + make.dump(make.notebook(SOUND)), "A byte order mark before the notebook was left out."),
    "lone surrogate": (
        make.dump(make.notebook(make.markdown("a\ud800b"))),
        "Half of a character was replaced.",
    ),
    "NaN in an output": (
        make.dump(make.notebook(make.code("1", make.display({"application/json": float("nan")})))),
        "A number that JSON cannot carry (NaN, an infinity, or thousands of digits) was left out.",
    ),
    "integer of 5,000 digits": (
        make.dump(make.notebook(make.code("1", count=7))).replace(b'"execution_count": 7', b'"execution_count": ' + b"7" * 5000),
        "A number that JSON cannot carry (NaN, an infinity, or thousands of digits) was left out.",
    ),
    "infinite execution count": (
        make.dump(make.notebook(make.code("1", count=7))).replace(b'"execution_count": 7', b'"execution_count": 1e999'),
        "A number that JSON cannot carry (NaN, an infinity, or thousands of digits) was left out.",
    ),
}


@pytest.mark.parametrize(("data", "message"), TEXT_TRAPS.values(), ids=TEXT_TRAPS)
def test_text_that_json_should_not_hold_is_put_right(data: bytes, message: str) -> None:
    notebook, notices = loaded(data)
    assert notices == [(message, None)]
    for format_ in formats().values():
        rendered(data, format_)
    text, _ = rendered(data, RenderFormat.IPYNB)
    assert json.loads(text)["cells"] == notebook["cells"]


UNREADABLE: dict[str, tuple[bytes, str, int | None]] = {
    "nothing": (b"", "the file is empty.", None),
    "blanks": (b" \n", "the file is empty.", None),
    "not text": (b'{"a": "\xff"}', "the file is not UTF-8 text (byte 7).", None),
    "not JSON": (b"{", "the file is not JSON: Expecting property name enclosed in double quotes (line 1, column 2).", None),
    "a list": (b"[]", "the JSON is not an object.", None),
    "another object": (b"{}", "there is no whole number `nbformat` in it.", None),
    "version as text": (b'{"nbformat": "4", "cells": []}', "there is no whole number `nbformat` in it.", None),
    "version true": (b'{"nbformat": true, "cells": []}', "there is no whole number `nbformat` in it.", None),
    "version 5": (b'{"nbformat": 5, "cells": []}', "its format version is not known; versions 1 to 4 are.", None),
    "no cells": (b'{"nbformat": 4}', "there is no list of cells in it.", None),
    "cells as object": (b'{"nbformat": 4, "cells": {}}', "there is no list of cells in it.", None),
    "a cell that is no object": (b'{"nbformat": 4, "cells": [{"cell_type": "raw"}, 3]}', "a cell is not an object.", 1),
    "300 levels": (b"[" * 300 + b"]" * 300, "it is nested more than 200 levels deep.", None),
    "950 levels": (b'{"a":' * 950 + b"1" + b"}" * 950, "it is nested more than 200 levels deep.", None),
    "100,000 levels": (b"[" * 100_000, "it is nested more than 200 levels deep.", None),
}


@pytest.mark.parametrize(("data", "reason", "cell_index"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_notebook_is_refused_with_a_reason(data: bytes, reason: str, cell_index: int | None) -> None:
    with pytest.raises(Unreadable) as caught:
        load(data, Notices())
    assert (caught.value.reason, caught.value.cell_index) == (reason, cell_index)


def test_a_notebook_of_format_1_is_upgraded() -> None:
    notebook, notices = loaded(
        {"nbformat": 1, "cells": [{"cell_type": "code", "code": "1 + 1", "prompt_number": 2}, {"cell_type": "text", "text": "Words"}]}
    )
    assert notebook["cells"] == [
        {"id": "cell-0", **make.code("1 + 1", count=2)},
        {"id": "cell-1", **make.markdown("Words")},
    ]
    assert notices == []


def test_a_notebook_of_format_3_is_upgraded_with_all_its_worksheets() -> None:
    outputs = [
        {"output_type": "pyout", "prompt_number": 3, "text": ["a", "b"], "html": "<b>a</b>", "metadata": {"png": {"width": 3}}},
        {"output_type": "display_data", "png": make.PNG, "json": '{"k": 1}'},
        {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["t"]},
        {"output_type": "stream", "stream": "stderr", "text": ["a\n", "b"]},
    ]
    code = {"cell_type": "code", "language": "r", "collapsed": False, "input": ["x\n", "y"], "prompt_number": 3, "outputs": outputs}
    heading = {"cell_type": "heading", "level": 9, "source": ["A\n", "title"]}
    notebook, notices = loaded(
        {"nbformat": 3, "metadata": {"name": "n"}, "worksheets": [{"cells": [code]}, {"cells": [heading]}, {"cells": None}]}
    )
    assert notebook["metadata"] == {"language_info": {"name": "r"}}
    assert notebook["cells"][1] == {"id": "cell-1", **make.markdown("###### A title")}
    assert notebook["cells"][0] == {
        "id": "cell-0",
        **make.code(
            "x\ny",
            {
                "output_type": "execute_result",
                "execution_count": 3,
                "data": {"text/plain": "a\nb", "text/html": "<b>a</b>"},
                "metadata": {"image/png": {"width": 3}},
            },
            make.display({"image/png": make.PNG, "application/json": {"k": 1}}),
            make.error_output("E", "v", "t"),
            make.stream("a\nb", "stderr"),
            count=3,
            metadata={"collapsed": False},
        ),
    }
    assert notices == []


def test_a_notebook_of_format_3_without_worksheets_is_empty() -> None:
    notebook, _ = loaded({"nbformat": 3, "metadata": {}})
    assert notebook["cells"] == []


def test_ten_thousand_faults_leave_two_hundred_notices_and_a_count() -> None:
    _, notices = loaded(make.notebook(*[make.code("1", count="*") for _ in range(10_000)]))
    assert len(notices) == 201
    assert notices[-1] == ("9,800 more notices of this kind.", None)


@pytest.mark.parametrize(
    "old",
    [
        {"nbformat": 3, "worksheets": 3},
        {"nbformat": 3, "worksheets": [3]},
        {"nbformat": 2, "metadata": [], "worksheets": [{"cells": [{"cell_type": "code", "outputs": 3}]}]},
        {"nbformat": 2, "worksheets": [{"cells": [{"cell_type": "code", "outputs": [3, {"output_type": {}}, {"output_type": "odd"}]}]}]},
        {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "outputs": [{"output_type": "pyout", "json": "{"}]}]}]},
        {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "heading", "level": "x", "source": 3}, {"cell_type": None}]}]},
    ],
    ids=str,
)
def test_faulty_notebooks_of_old_formats_render_too(old: dict[str, Any]) -> None:
    for format_ in formats().values():
        rendered(make.dump(old), format_, show_code=False)


def test_a_cell_of_an_old_format_that_is_no_object_is_refused() -> None:
    with pytest.raises(Unreadable) as caught:
        load(make.dump({"nbformat": 3, "worksheets": [{"cells": [3]}]}), Notices())
    assert caught.value.cell_index == 0


def test_keys_with_half_a_character_are_put_right() -> None:
    notebook, notices = loaded(make.notebook(metadata={"a\ud800": 1}))
    assert notebook["metadata"]["a\ufffd"] == 1
    assert notices == [("Half of a character was replaced.", None)]
