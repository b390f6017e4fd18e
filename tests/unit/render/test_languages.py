"""How a notebook's code is called where it is saved: never so that a browser or a system would run it."""

import pytest

from server.render.languages import script_suffix


@pytest.mark.parametrize(
    ("file_extension", "language", "suffix"),
    [
        (".py", "python", "py"),
        (".R", "R", "r"),
        (".c++", "C++", "c++"),
        (".4th", "forth", "4th"),
        (None, "Python", "py"),
        (None, "julia", "jl"),
        (None, "scala", "scala"),
        (None, "C#", "cs"),
        (None, "c++17", "cpp"),
        (None, "an unknown one", "txt"),
        (None, "../../html", "txt"),
        (None, None, "txt"),
        ("", "R", "r"),
        ("py", "R", "r"),
        (".", "R", "r"),
        (".toolongone", "julia", "jl"),
    ],
)
def test_a_script_ends_as_those_of_its_language_do(file_extension: str | None, language: str | None, suffix: str) -> None:
    assert script_suffix(file_extension, language) == suffix


@pytest.mark.parametrize(
    "file_extension",
    [".html", ".HTM", ".xhtml", ".shtml", ".xht", ".mhtml", ".svg", ".SVGZ", ".xml", ".xsl", ".xslt", ".js", ".mjs", ".cjs", ".jsx", ".JS",
     ".swf", ".pdf", ".hta", ".exe", ".bat", ".cmd", ".vbs", ".lnk", ".url", ".scr", ".jar"],
)  # fmt: skip
def test_nothing_is_saved_under_a_name_that_is_run(file_extension: str) -> None:
    assert script_suffix(file_extension, "python") == "py"
    assert script_suffix(file_extension, "unknown") == "txt"


@pytest.mark.parametrize(
    "hostile", ['.py"', ".p\ny", ".py\n", ".a/b", ".a\\b", ".py.exe", ".p y", ".p;y", ".\u0430", ".\u212a", "..", ".%2f"]
)
def test_nothing_else_gets_into_a_name(hostile: str) -> None:
    assert script_suffix(hostile, "unknown") == "txt"
