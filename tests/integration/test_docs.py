"""README and docs, tried: every GraphQL block runs against a server with the demo, as whom the page says, with the answer it shows.

How a page says so stands at the top of `pages.py`. Each page begins with the demo as `make demo` makes it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.demo import Demo, serving_demo
from tests.fixtures.running import ROOT, run
from tests.integration.pages import PageError, has_blocks, matches, read_steps, run_page

PAGES = [page for page in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))) if has_blocks(page.read_text("utf-8"))]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with serving_demo(tmp_path_factory.mktemp("docs")) as demo:
        yield demo


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_does_what_it_says(page: Path, demo: Demo) -> None:
    text = page.read_text("utf-8")
    demo.begin_again()
    assert run_page(text, demo.ask) == text.count("```graphql") > 0


def test_readme_and_the_pages_for_tasks_are_among_them() -> None:
    names = {page.name for page in PAGES}
    assert {"README.md", "publish-weekly.md", "show-a-client-results-without-code.md", "revoke-access.md"} <= names


def test_the_command_on_letting_people_in_prints_a_token_of_whom_the_page_makes(demo: Demo) -> None:
    demo.begin_again()
    text = (ROOT / "docs/how-to/let-somebody-in.md").read_text("utf-8")
    run_page(text, demo.ask)
    [command] = re.findall(r"^nbinsight (.+)$", text, re.MULTILINE)
    assert command == "token create mara --expires-in 90d"
    done = run(*command.split(), cwd=demo.database.parent.parent)
    assert demo.server.login(done.stdout.strip()) == "mara", done.stderr


def page_of(block: str, above: str = "As `dora`:\n\n", below: str = "") -> str:
    return f"# A page\n\n{above}```graphql\n{block}\n```\n{below}"


WHO = "{ viewer { user { login } } }"
RENAME = 'mutation { updateProject(input: { projectKey: "DEMO", name: "Mine" }) { project { name } errors { code } } }'
NAMELESS = 'mutation { updateProject(input: { projectKey: "DEMO", name: " " }) { project { name } errors { code } } }'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (page_of(WHO, above="Somebody:\n\n"), "Line 5: the paragraph above the block says of 0 people that they ask"),
        (page_of(WHO, above="As `dora` or as `wim`:\n\n"), "Line 5: the paragraph above the block says of 2 people that they ask"),
        (page_of(WHO, above="As `dora`:\n\n<!-- keeps: x = viewer -->\n"), "Line 6: a comment says keeps, which means nothing"),
        (page_of(WHO).replace("```", "~~~"), "Line 5: this graphql block is neither run nor compared"),
        (page_of(WHO).replace("```graphql", "```graphql title=x"), "Line 5: this graphql block is neither run nor compared"),
        (page_of(WHO).replace("```graphql", "  ```GraphQL"), "Line 5: this GraphQL block is neither run nor compared"),
        (page_of(WHO, below="Which answers\n```json\n{}\n```\n"), "Line 9: this json block is neither run nor compared"),
    ],
)
def test_a_block_that_would_not_be_run_or_compared_is_a_fault(text: str, words: str) -> None:
    assert has_blocks(text)
    with pytest.raises(PageError, match=words):
        read_steps(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (page_of(WHO, below='```json\n{ "data": { "viewer": { "user": { "login": "wim" } } } }\n```\n'), "the page shows another answer"),
        (page_of('{ project(key: "NONE") { name } }'), "it gives null and the page does not show it"),
        (page_of("query($id: ID!) { node(id: $id) { id } }"), r"no block above keeps \$id"),
        (page_of(RENAME), "no refusal was expected"),
        (page_of(RENAME, above="As `dora`:\n\n<!-- refused: CONFLICT -->\n"), "CONFLICT was expected"),
        (page_of(RENAME, above="As `admin`:\n\n<!-- refused: FORBIDDEN -->\n"), "FORBIDDEN was expected"),
        (page_of(NAMELESS, above="As `admin`:\n\n"), "no refusal was expected"),
        (page_of(RENAME.replace(" errors { code }", ""), above="As `admin`:\n\n"), "the mutation does not select errors"),
    ],
)
def test_a_page_that_says_what_is_not_so_is_a_fault(text: str, words: str, demo: Demo) -> None:
    demo.begin_again()
    with pytest.raises(PageError, match=words):
        run_page(text, demo.ask)


def test_what_a_block_keeps_is_a_variable_of_those_below(demo: Demo) -> None:
    demo.begin_again()
    listed = page_of(
        '{ project(key: "DEMO") { notebooks { nodes { id } } } }', "As `dora`:\n\n<!-- keep: second = project.notebooks.nodes.1.id -->\n"
    )
    shown = '```json\n{ "data": { "node": { "name": "Client report", "id": "n…" } } }\n```\n'
    asked = page_of("query($second: ID!) { node(id: $second) { ... on Notebook { name id } } }", below=shown)
    assert run_page(listed + asked, demo.ask) == 2


@pytest.mark.parametrize(
    ("shown", "got", "same"),
    [
        ({"a": [1, None]}, {"a": [1, None]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, {"a": True}, False),
        ([1], [1, 1], False),
        ("…", "n06h", True),
        ("…", 12, True),
        ("…", None, False),
        ("…", "", False),
        ("http://…/content/…", "http://here/content/x", True),
        ("http://…/content/…", "/content/x", False),
    ],
)
def test_answers_are_compared_whole_but_for_what_differs_each_time(shown: object, got: object, *, same: bool) -> None:
    assert matches(shown, got) is same
