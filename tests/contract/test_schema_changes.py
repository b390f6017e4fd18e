"""`docs/schema-changes.md`, enforced: what clients of the last release would miss stands in the changelog, each with its reason."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
from graphql import (
    REMOVE,
    BreakingChange,
    BreakingChangeType,
    DangerousChangeType,
    DirectiveNode,
    Node,
    Visitor,
    build_ast_schema,
    build_schema,
    find_breaking_changes,
    find_dangerous_changes,
    parse,
    visit,
)

ROOT: Final = Path(__file__).resolve().parents[2]
RELEASED: Final = (ROOT / "docs/schema-of-last-release.graphql").read_text("utf-8")
PRESENT: Final = (ROOT / "schema.graphql").read_text("utf-8")
CHANGELOG: Final = (ROOT / "CHANGELOG.md").read_text("utf-8")

UNNOTICED: Final = {DangerousChangeType.OPTIONAL_ARG_ADDED, DangerousChangeType.OPTIONAL_INPUT_FIELD_ADDED}
"""Clients that do not send them get what they got."""
LINE: Final = re.compile(r"^\* ((?:Breaking, without notice|Breaking|Dangerous): .*(?:\n  .*)*)", re.MULTILINE)
SHORTEST_REASON: Final = 20


class _WithoutDeprecated(Visitor):
    """Takes out what is deprecated."""

    def enter(self, node: Node, *_: object) -> Any:  # noqa: ANN401  graphql-core's way to remove
        """Remove a field, an argument or a value that says so of itself."""
        directives: tuple[DirectiveNode, ...] = getattr(node, "directives", None) or ()
        return REMOVE if any(directive.name.value == "deprecated" for directive in directives) else None


def to_be_listed(old: str, new: str) -> list[str]:
    """Return how the changelog has to begin each line of its section Schema, but for the reasons."""
    before, after = build_schema(old), build_schema(new)
    kept = build_ast_schema(visit(parse(old), _WithoutDeprecated()), assume_valid=True)
    unforeseen = {change.description for change in find_breaking_changes(kept, after) if not _follows(change)}
    lines = [
        f"Breaking{', without notice' if change.description in unforeseen else ''}: {change.description}"
        for change in find_breaking_changes(before, after)
    ]
    dangerous = [change for change in find_dangerous_changes(before, after) if change.type not in UNNOTICED]
    return lines + [f"Dangerous: {change.description}" for change in dangerous]


def _follows(change: BreakingChange) -> bool:
    """Say whether a change only follows from others: a type cannot be deprecated, the fields that give it can."""
    return change.type is BreakingChangeType.TYPE_REMOVED


def listed(changelog: str) -> list[str]:
    """Return the lines of the newest version's section Schema, each on one line."""
    newest = re.split(r"^## ", changelog, flags=re.MULTILINE)[1]
    _, _, section = newest.partition("\n### Schema\n")
    return [" ".join(line.split()) for line in LINE.findall(section.partition("\n### ")[0])]


def faults(old: str, new: str, changelog: str) -> list[str]:
    """Say what is not listed, listed without a reason, or listed and not so."""
    wanted, lines = to_be_listed(old, new), listed(changelog)
    found = [f"not listed: {change}" for change in wanted if not any(line.startswith(change) for line in lines)]
    for line in lines:
        change = next((change for change in wanted if line.startswith(change)), None)
        if change is None:
            found.append(f"not so: {line}")
        elif len(line) - len(change) < SHORTEST_REASON:
            found.append(f"no reason: {line}")
    return found


def test_what_clients_of_the_last_release_would_miss_is_in_the_changelog_with_its_reason() -> None:
    assert faults(RELEASED, PRESENT, CHANGELOG) == [], "see docs/schema-changes.md"


def test_a_release_keeps_its_schema() -> None:
    """Whoever takes "(not released)" off the changelog copies the schema too."""
    newest = re.split(r"^## ", CHANGELOG, flags=re.MULTILINE)[1].splitlines()[0]
    assert newest.endswith("(not released)") or RELEASED == PRESENT


OLD: Final = """
type Query { kept: Kind old: Gone @deprecated(reason: "Ask for kept.") many(first: Int = 20): Int sudden: Int }
enum Kind { ONE TWO @deprecated }
type Gone { x: Int }
"""
NEW: Final = """
type Query { kept: Kind many(first: Int = 10, after: String): Int more: Int }
enum Kind { ONE THREE }
"""
ALL: Final = """# Changelog

## 0.2.0 (not released)

* Something else.

### Schema

* Breaking: Field Query.old was removed. It was deprecated in 0.1.0; ask for `kept`.
* Breaking: Enum value Kind.TWO was removed. Nothing has been of that kind since 0.1.0.
* Breaking: Gone was removed. Only `old` gave it, which is gone.
* Breaking, without notice: Field Query.sudden was removed. It showed what nobody
  may see.
* Dangerous: Enum value Kind.THREE was added. Notebooks of a third kind can be saved now.
* Dangerous: Query.many(first:) has changed defaultValue from 20 to 10. Twenty took too long.

## 0.1.0

### Schema

* Breaking: Field Query.older was removed. That was so in 0.1.0, and is no matter now.
"""


def test_what_is_listed_with_its_reason_passes() -> None:
    assert faults(OLD, NEW, ALL) == []
    assert faults(OLD, OLD, "# Changelog\n\n## 0.1.0 (not released)\n\n* New.\n") == []


@pytest.mark.parametrize(
    ("said", "instead", "fault"),
    [
        ("* Breaking: Gone was removed. Only `old` gave it, which is gone.\n", "", "not listed: Breaking: Gone was removed."),
        (" Only `old` gave it, which is gone.", " So there.", "no reason: Breaking: Gone was removed. So there."),
        (
            "Breaking, without notice: Field",
            "Breaking: Field",
            "not listed: Breaking, without notice: Field Query.sudden was removed.",
        ),
        ("* Dangerous: Enum", "* Also: Enum", "not listed: Dangerous: Enum value Kind.THREE was added."),
        (
            "* Breaking: Gone",
            "* Breaking: Field Query.kept was removed. Nobody asked for it.\n* Breaking: Gone",
            "not so: Breaking: Field Query.kept was removed. Nobody asked for it.",
        ),
    ],
)
def test_what_is_not_listed_or_not_so_is_found(said: str, instead: str, fault: str) -> None:
    assert said in ALL
    assert fault in faults(OLD, NEW, ALL.replace(said, instead))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  canWriteCode: Boolean!", "  canWriteSource: Boolean!"),
        ("  NOT_AUTHORIZED", "  HIDDEN"),
        ("    key: String!", "    key: String!\n    another: String!"),
        ("  name: String!", "  name: String"),
    ],
)
def test_a_breaking_change_of_ours_is_found(old: str, new: str) -> None:
    assert old in PRESENT
    assert to_be_listed(PRESENT, PRESENT.replace(old, new, 1))
    assert to_be_listed(PRESENT, f'{PRESENT}\n"More." type More {{ "More." more: Int }}') == []
