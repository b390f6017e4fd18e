import pytest

from server.domain.notebooks import Kernel, NotebookSummary
from server.render.load import load
from server.render.notices import Notices
from server.render.summary import summarize
from tests.fixtures import make


def summary(document: make.Node) -> NotebookSummary:
    return summarize(load(make.dump(document), Notices()).notebook)


def test_a_summary_names_the_kernel_and_counts_cells() -> None:
    document = make.notebook(make.markdown("a"), make.code("b"), language="R", kernel="ir")
    assert summary(document) == NotebookSummary(Kernel("ir", "Ir", "R"), cell_count=2, has_outputs=False, has_active_content=False)


@pytest.mark.parametrize(
    ("metadata", "kernel"),
    [
        ({}, Kernel("", None, None)),
        ({"language_info": {"name": "R", "file_extension": ".R"}}, Kernel("", None, "R", ".R")),
        ({"language_info": {"name": "R", "file_extension": ".R\n"}}, Kernel("", None, "R")),
        ({"language_info": {"name": "R", "file_extension": "." + "r" * 12}}, Kernel("", None, "R")),
        ({"language_info": {"name": "R", "file_extension": ".\N{ARABIC-INDIC DIGIT ONE}"}}, Kernel("", None, "R")),
        ({"kernelspec": 3, "language_info": "julia"}, Kernel("", None, "julia")),
        ({"kernelspec": {"name": ["a"], "display_name": "  "}}, Kernel("", None, None)),
        ({"kernelspec": {"name": "k" * 300, "display_name": "a\nb\x00", "language": "go"}}, Kernel("k" * 200, "ab", "go")),
    ],
)
def test_a_summary_tolerates_any_kernel_metadata(metadata: make.Node, kernel: Kernel) -> None:
    assert summary(make.notebook(language=None, metadata=metadata)).kernel == kernel


@pytest.mark.parametrize(
    ("output", "active"),
    [
        (make.stream("x"), False),
        (make.png_output(), False),
        (make.html_output("<table></table>"), False),
        (make.html_output("<div onclick='x()'></div>"), True),
        (make.html_output("<SCRIPT>x</SCRIPT>"), True),
        (make.display({"application/javascript": "x"}), True),
        (make.display({"application/vnd.plotly.v1+json": {}}), True),
        (make.display({"application/vnd.vegalite.v5+json": {}}), True),
        (make.display({"application/vnd.bokehjs_exec.v0+json": ""}), True),
        (make.display({"application/vnd.jupyter.widget-view+json": {}}), True),
        (make.display({"application/json": {}}), False),
    ],
)
def test_a_summary_tells_outputs_that_lose_their_scripts(output: make.Node, *, active: bool) -> None:
    found = summary(make.notebook(make.code("x", output)))
    assert (found.has_outputs, found.has_active_content) == (True, active)


def test_old_formats_are_summarized_too() -> None:
    cells = [{"cell_type": "code", "language": "julia", "input": "x", "outputs": [{"output_type": "pyout", "text": "1"}]}]
    found = summary({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}, {"cells": cells}]})
    assert found == NotebookSummary(Kernel("", None, "julia"), cell_count=2, has_outputs=True, has_active_content=False)
