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
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


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


def test_every_code_that_the_server_writes_is_on_the_page_of_errors() -> None:
    """Codes of faults come from their family; those that a module writes by itself do not."""
    files = [*(ROOT / "server/http").glob("*.py"), ROOT / "server/schema/masking.py"]
    written = {code for file in files for code in re.findall(r"""\bcode(?:: str)?"? ?[=:] ?"([A-Z_]+)\"""", file.read_text("utf-8"))}
    top_level, _, _ = (ROOT / "docs/reference/errors.md").read_text("utf-8").partition("## In `payload.errors`")
    assert written - set(re.findall(r"^\| ([A-Z_]+) \|", top_level, re.MULTILINE)) == set()
    assert {"TOO_LARGE", "INTERNAL", "QUERY_TOO_COMPLEX"} <= written


def test_every_variable_that_a_page_names_is_on_the_page_of_settings() -> None:
    known = (ROOT / "docs/reference/settings.md").read_text("utf-8")
    named = {name for page in PAGES for name in re.findall(r"\bNBINSIGHT_[A-Z_]+[A-Z]\b", page.read_text("utf-8"))}
    assert {name for name in named if f"`{name.removesuffix('_FILE')}`" not in known} == set()


def test_every_page_is_linked_from_the_list_of_pages() -> None:
    """A page that nothing leads to is not read; decisions and the pages of the schema have a list of their own."""
    text = (ROOT / "docs/README.md").read_text("utf-8")
    linked = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in LINK.findall(text)}
    own_list = (ROOT / "docs/decisions", ROOT / "docs/reference/schema")
    pages = {page for page in (ROOT / "docs").rglob("*.md") if not page.is_relative_to(own_list[0]) and page.parent != own_list[1]}
    assert pages - linked == {ROOT / "docs/README.md"}


def anchors(text: str) -> set[str]:
    """Return the anchors that a code host makes of a page's headings."""
    found: list[str] = []
    for heading in HEADING.findall(FENCED.sub("", text)):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        found.append(re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-"))
    return {f"{name}-{found[:index].count(name)}" if name in found[:index] else name for index, name in enumerate(found)}


def dead_links(page: Path, text: str) -> list[str]:
    """Return the links of a page that lead to no file, or to no heading of one."""
    dead = []
    for link in LINK.findall(FENCED.sub("", text)):
        target, _, anchor = link.partition("#")
        file = page.parent / target if target else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text("utf-8") if target else text)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_links_to_what_is_there(page: Path) -> None:
    assert dead_links(page, page.read_text(encoding="utf-8")) == []


def test_a_link_that_leads_nowhere_is_found() -> None:
    text = """# One `two`: three!
[good](#one-two-three) [good](docs/README.md#look-up) [good](https://example.org/none#none)
[bad](#one) [bad](docs/README.md#none) [bad](docs/NONE.md)
```
[not a link](docs/NONE.md)
```
## One [two](x.md) three
[good](#one-two-three-1) [bad](#one-two-three-2)
"""
    assert dead_links(ROOT / "README.md", text.replace("x.md", "LICENSE")) == [
        "#one",
        "docs/README.md#none",
        "docs/NONE.md",
        "#one-two-three-2",
    ]


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
