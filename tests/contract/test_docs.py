"""Docs that lag fail: reference pages against the code, links against the files, GraphQL blocks against the schema."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import parse, validate

from server.schema.root import make_schema

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```graphql\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def test_reference_pages_say_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_links_to_what_is_there(page: Path) -> None:
    missing = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_operations_of_a_page_fit_the_schema(page: Path) -> None:
    schema = make_schema()._schema  # noqa: SLF001  graphql-core's own schema, to validate against
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        assert validate(schema, parse(block)) == []


def test_graphiql_has_a_task_for_each_page_with_something_to_run() -> None:
    tasks = json.loads((ROOT / "graphiql" / "examples" / "tasks.json").read_text(encoding="utf-8"))
    pages = {page: BLOCK.findall(page.read_text(encoding="utf-8")) for page in (ROOT / "docs" / "how-to").glob("*.md")}
    assert {task["page"]: [f"{step['query']}\n" for step in task["steps"]] for task in tasks} == {
        str(page.relative_to(ROOT)): blocks for page, blocks in pages.items() if blocks
    }


def test_each_step_in_graphiql_needs_only_what_steps_before_it_give() -> None:
    for task in json.loads((ROOT / "graphiql" / "examples" / "tasks.json").read_text(encoding="utf-8")):
        given: set[str] = set()
        for step in task["steps"]:
            assert set(step["variables"]) <= given, (task["title"], step["label"])
            given |= set(step["keeps"])
