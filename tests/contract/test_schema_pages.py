"""The pages of the schema: what they say of a small one, and which faults they name."""

import ast
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from server.domain import errors
from server.domain.errors import UserFault

ROOT: Final = Path(__file__).resolve().parents[2]

SMALL: Final = '''
"""Where reading starts."""
type Query {
  """A | b."""
  old(
    """How many."""
    first: Int = 20

    """Which."""
    id: ID!
  ): Thing @deprecated(reason: "Ask for `new`.") @requiresPermission(action: "VIEW", permissions: [])
}

"""Deeds."""
type Mutation {
  """Do it. Then rest."""
  doIt(
    """All."""
    input: DoItInput!
  ): DoItPayload
}

"""What follows."""
type Subscription {
  """Each."""
  each: Thing!
}

"""What to do."""
input DoItInput {
  """How."""
  how: How! = FAST
}

"""Done."""
type DoItPayload {
  """The thing."""
  thing: Thing
}

"""A thing."""
type Thing implements Node {
  """Its id."""
  id: ID!

  """All of them."""
  all(
    """How many."""
    first: Int = 20
  ): ThingConnection!
}

"""Anything."""
interface Node {
  """Its id."""
  id: ID!
}

"""A page."""
type ThingConnection {
  """Entries."""
  edges: [ThingEdge!]!
}

"""An entry."""
type ThingEdge {
  """The entry."""
  node: Thing!
}

"""How."""
enum How {
  """At once."""
  FAST

  """Later."""
  SLOW @deprecated
}
'''


@pytest.fixture
def generators(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let `docs/` be imported from, as it is when its script runs."""
    monkeypatch.syspath_prepend(ROOT / "docs")
    yield
    for name in ("faults", "schema_pages"):
        sys.modules.pop(name, None)


@pytest.fixture
def pages(generators: None) -> dict[str, str]:  # noqa: ARG001  what makes them must be found
    made: Any = import_module("schema_pages")
    result: dict[str, str] = made.SchemaPages(SMALL, {"doIt": ["Thing"]}).all()
    return {name.removeprefix("schema/"): text for name, text in result.items()}


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("queries.md", "## old\n\n**Deprecated:** Ask for `new`. A | b.\n"),
        ("queries.md", "Gives [`Thing`](types.md#thing). Rule: [VIEW](../permissions.md#what-each-action-requires)."),
        ("queries.md", "| `first` | [`Int`](inputs-and-enums.md#scalars) | `20` | How many. |"),
        ("queries.md", "| `id` | [`ID!`](inputs-and-enums.md#scalars) | required | Which. |"),
        ("mutations.md", "| [doIt](#doit) | Do it. |"),
        ("mutations.md", "| `how` | [`How!`](inputs-and-enums.md#how) | `FAST` | How. |"),
        ("mutations.md", "In `errors`: [Thing](types.md#thing)."),
        ("subscriptions.md", "Gives [`Thing!`](types.md#thing)."),
        ("types.md", "Implements [Node](types.md#node)."),
        ("types.md", "Implemented by [Thing](types.md#thing)."),
        ("types.md", "| `all(…)` | [`ThingConnection!`](types.md#lists) | All of them. |"),
        ("inputs-and-enums.md", "| `SLOW` | **Deprecated:** No longer supported. Later. |"),
    ],
)
def test_a_page_says_what_the_schema_says(pages: dict[str, str], page: str, words: str) -> None:
    assert words in pages[page]


def test_no_type_is_described_twice(pages: dict[str, str]) -> None:
    assert [line for text in pages.values() for line in text.splitlines() if line == "## Thing"] == ["## Thing"]
    assert not any(line.startswith(("## DoIt", "## ThingC", "## ThingE")) for text in pages.values() for line in text.splitlines())


@pytest.mark.usefixtures("generators")
@pytest.mark.parametrize(
    ("mutation", "members"),
    [
        ("deleteNotebook", ["NotFound", "NotebookInUse"]),
        ("publishNotebook", ["InvalidInput", "NotFound", "RevisionConflict", "IdempotencyKeyReused"]),
        ("saveNotebook", ["InvalidInput", "NotFound", "NameTaken", "TooLarge", "InvalidNotebook", "RevisionConflict"]),
        ("updateTile", ["InvalidInput", "NotFound", "VersionConflict"]),
        ("revokeAccessToken", ["NotFound"]),
    ],
)
def test_the_faults_of_a_mutation_are_read_from_what_it_calls(mutation: str, members: list[str]) -> None:
    found: dict[str, list[str]] = import_module("faults").faults_of_mutations()
    assert found[mutation] == members


@pytest.mark.usefixtures("generators")
def test_every_place_that_raises_a_fault_of_the_user_belongs_to_a_mutation() -> None:
    """So nothing is missed by following names: a method, a lambda or a room that is not followed would show here."""
    reached: set[tuple[str, int]] = import_module("faults").places_reached()
    assert {place for place in raising_functions() if place[:2] not in reached} == set()
    assert len(list(raising_functions())) > 30


def raising_functions() -> Iterator[tuple[str, int, str]]:
    """Find each function of the resolvers and the domain whose body raises a fault of the user's."""
    faults = {name for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, UserFault)}
    for file in sorted((ROOT / "server").rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        if not module.startswith(("server.resolvers.", "server.domain.", "server.db.", "server.auth.", "server.context")):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                raised = [part.exc for part in ast.walk(node) if isinstance(part, ast.Raise)]
                if any(isinstance(error, ast.Call) and isinstance(error.func, ast.Name) and error.func.id in faults for error in raised):
                    yield module, node.decorator_list[0].lineno if node.decorator_list else node.lineno, node.name
