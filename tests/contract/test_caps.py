"""Files and functions stay small enough to be read at once."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("server", "tests", "bench", "docs", "alembic")
INSTALLED = {".venv", "node_modules"}
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def python_files() -> list[Path]:
    """Return all Python of ours; not what is installed beside it."""
    below = (file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
    return sorted([*ROOT.glob("*.py"), *(file for file in below if INSTALLED.isdisjoint(file.parts))])


def long_functions(text: str) -> Iterator[tuple[str, int]]:
    """Yield name and length of each function above the cap, from its `def` to its last line."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, FUNCTIONS) and node.end_lineno is not None:
            length = node.end_lineno - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield node.name, length


def function_of(lines: int) -> str:
    return "def long():\n" + "    pass\n" * (lines - 1)


def test_no_file_is_above_400_lines() -> None:
    lengths = {file.relative_to(ROOT).as_posix(): len(file.read_text(encoding="utf-8").splitlines()) for file in python_files()}
    assert len(lengths) > 100
    assert {name: length for name, length in lengths.items() if length > MAX_FILE_LINES} == {}


def test_no_function_is_above_60_lines() -> None:
    found = {
        f"{file.relative_to(ROOT).as_posix()}: {name}": length
        for file in python_files()
        for name, length in long_functions(file.read_text(encoding="utf-8"))
    }
    assert found == {}


@pytest.mark.parametrize(("lines", "found"), [(60, []), (61, [("long", 61)])])
def test_the_cap_on_functions_is_exactly_60_lines(lines: int, found: list[tuple[str, int]]) -> None:
    assert list(long_functions(function_of(lines))) == found
