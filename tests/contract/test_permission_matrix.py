"""The rule table against the matrix: each of the 33 rows, for each of the 13 roles, under both policies."""

from dataclasses import replace
from typing import Final

import pytest

from server.auth.conditions import Fact, Subject
from server.auth.rules import RULES, Action, decide
from server.auth.viewer import Viewer
from server.domain.grants import expand, expand_globally
from tests.contract.permission_matrix import MATRIX, ROLES, Row
from tests.fixtures.world import ROLES as RIGHTS

AUTHORIZED, PUBLISHED = {Fact.AUTHORIZED, Fact.PUBLISHED}, {Fact.PUBLISHED}
FACTS: Final[dict[tuple[str, str], set[Fact]]] = {
    ("LIST_INSIGHT_SOURCES", "authorized and published ones (the picker)"): AUTHORIZED,
    ("READ_EXPORT", "notebook authorized"): AUTHORIZED,
    ("READ_EXPORT", "notebook not authorized"): PUBLISHED,
    ("CREATE_INSIGHT", "notebook authorized and published"): AUTHORIZED,
    ("CREATE_INSIGHT", "notebook published, not authorized"): PUBLISHED,
    ("VIEW_INSIGHT", "notebook authorized"): AUTHORIZED,
    ("VIEW_INSIGHT", "notebook not authorized"): PUBLISHED,
    ("SELECT_EXPORT UPDATE_INSIGHT", "own"): {Fact.OWN},
    ("DELETE_INSIGHT", "own"): {Fact.OWN},
    ("LIST_DASHBOARDS", "listed ones"): {Fact.LISTED},
    ("EDIT_DASHBOARD", "own: edit, delete, pages, tiles, showCode"): {Fact.OWN},
    ("ADD_INSIGHT_TILE", "of an insight whose notebook is not authorized"): {Fact.OWN},
}
"""What is true of the thing in each situation; where a row is not named, nothing is but the policy."""

ALSO: Final = {"never published: createExport true": ["CREATE_EXPORT"]}
"""Actions that a situation takes besides those of its row."""

CELLS: Final = [
    (row, role, cell == "Y", any_writer)
    for row in MATRIX
    for any_writer, cells in ((True, row.any_writer), (False, row.moderated or row.any_writer))
    for role, cell in zip(ROLES, cells, strict=True)
]


def viewer_of(role: str) -> Viewer:
    permissions, globally = RIGHTS[role]
    projects = {"project": expand(permissions)}
    return Viewer(role, role, "token", can_write=True, global_permissions=expand_globally(globally), projects=projects)


@pytest.mark.parametrize(
    ("row", "role", "allowed", "any_writer"),
    CELLS,
    ids=[f"{row.actions}-{row.situation}-{role}-{'any writer' if any_writer else 'moderated'}" for row, role, _, any_writer in CELLS],
)
def test_the_rule_table_decides_as_the_matrix_says(row: Row, role: str, allowed: bool, any_writer: bool) -> None:  # noqa: FBT001  parameters
    facts = FACTS.get((row.actions, row.situation), set()) | ({Fact.ANY_WRITER} if any_writer else set())
    subject = Subject("project", frozenset(facts))
    actions = [*row.actions.split(), *ALSO.get(row.situation, [])]
    assert all(decide(viewer_of(role), Action[name], subject).allowed for name in actions) is allowed


def test_the_matrix_is_whole() -> None:
    assert len(MATRIX) * len(ROLES) == 429
    assert {name for row in MATRIX for name in row.actions.split()} <= set(Action.__members__)
    assert set(RULES) == set(Action)


@pytest.mark.parametrize("action", Action)
def test_no_right_on_one_project_reaches_another(action: Action) -> None:
    """Compare, for every role and every set of two facts, with somebody who holds the same global rights and no grant at all."""
    for role in RIGHTS:
        if role == "admin":
            continue
        granted = viewer_of(role)
        bare = replace(granted, projects={})
        elsewhere = Subject("other project", frozenset(Fact))
        assert decide(granted, action, elsewhere) == decide(bare, action, elsewhere)


@pytest.mark.parametrize("action", [action for action in Action if RULES[action].writes])
def test_a_token_that_may_only_read_writes_nothing(action: Action) -> None:
    viewer = replace(viewer_of("admin"), can_write=False)
    assert decide(viewer, action, Subject("project", frozenset(Fact))).missing == ("TOKEN_SCOPE_WRITE",)


def test_a_decision_is_no_condition() -> None:
    with pytest.raises(TypeError, match="no truth value"):
        bool(decide(viewer_of("admin"), Action.OPEN_PROJECT, Subject("project")))


@pytest.mark.parametrize(
    ("role", "action", "facts", "requires"),
    [
        ("writer", Action.PUBLISH_NOTEBOOK, set(), ("WRITE_SAFE_CODE",)),
        ("dash_coder", Action.PUBLISH_NOTEBOOK, set(), ("WRITE_PROJECT_CONTENT",)),
        ("project_admin", Action.PUBLISH_NOTEBOOK, set(), ("WRITE_SAFE_CODE",)),
        ("analyst", Action.CREATE_INSIGHT, PUBLISHED, ("WRITE_DASHBOARDS",)),
        ("auth_manager", Action.EDIT_DASHBOARD, {Fact.ANY_WRITER}, ("WRITE_DASHBOARDS",)),
        ("writer", Action.EDIT_DASHBOARD, set(), ("MODERATE_DASHBOARDS",)),
        ("coder", Action.AUTHORIZE_NOTEBOOK, set(), ("MANAGE_AUTHORIZED_OBJECTS",)),
        ("dash_reader", Action.SHOW_CODE, AUTHORIZED, ("READ_PROJECT_CONTENT",)),
    ],
)
def test_a_refusal_names_what_is_missing(role: str, action: Action, facts: set[Fact], requires: tuple[str, ...]) -> None:
    assert decide(viewer_of(role), action, Subject("project", frozenset(facts))).missing == requires
