"""What rules are made of. Rule 18: rights only add up, so more of them never take anything away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.auth.conditions import (
    Condition,
    Fact,
    Holds,
    HoldsAnything,
    HoldsCodeRight,
    HoldsGlobally,
    Is,
    IsSignedIn,
    Subject,
    all_of,
    any_of,
    permissions_in,
)
from server.auth.rules import RULES, Action, decide
from server.auth.viewer import Viewer
from server.domain.grants import GlobalPermission as G
from server.domain.grants import ProjectPermission as P
from server.domain.grants import expand, expand_globally

READ, WRITE, CODE, LISTED = Holds(P.READ_DASHBOARDS), Holds(P.WRITE_DASHBOARDS), HoldsCodeRight(), Is(Fact.LISTED)
NOBODY = Subject("p1")


def viewer(*held: P | G, project: str = "p1", can_write: bool = True) -> Viewer:
    globally = expand_globally(entry for entry in held if isinstance(entry, G))
    on_project = expand(entry for entry in held if isinstance(entry, P))
    return Viewer("u1", "ada", "k1", can_write=can_write, global_permissions=globally, projects={project: on_project} if on_project else {})


@pytest.mark.parametrize(
    ("condition", "held", "missing"),
    [
        (READ, (), {"READ_DASHBOARDS"}),
        (READ, (P.WRITE_DASHBOARDS,), set()),
        (HoldsGlobally(G.CREATE_PROJECTS), (P.ADMIN,), {"CREATE_PROJECTS"}),
        (HoldsGlobally(G.CREATE_PROJECTS), (G.ADMINISTRATOR,), set()),
        (CODE, (P.ADMIN,), {"WRITE_SAFE_CODE"}),
        (CODE, (G.WRITE_UNSAFE_CODE,), set()),
        (HoldsAnything(), (G.WRITE_SAFE_CODE,), {"READ_DASHBOARDS"}),
        (HoldsAnything(), (P.MANAGE_AUTHORIZED_OBJECTS,), set()),
        (IsSignedIn(), (), set()),
        (LISTED, (G.ADMINISTRATOR,), None),
        (all_of(READ, CODE), (), {"READ_DASHBOARDS", "WRITE_SAFE_CODE"}),
        (all_of(READ, LISTED), (), None),
        (any_of(all_of(READ, CODE), WRITE), (), {"WRITE_DASHBOARDS"}),
        (any_of(LISTED, CODE), (), {"WRITE_SAFE_CODE"}),
        (any_of(LISTED, Is(Fact.OWN)), (), None),
        (any_of(WRITE, all_of(READ, CODE)), (P.READ_DASHBOARDS, G.WRITE_SAFE_CODE), set()),
    ],
)
def test_a_condition_names_the_least_that_is_missing(condition: Condition, held: tuple[P | G, ...], missing: set[str] | None) -> None:
    assert condition.missing(viewer(*held), NOBODY) == missing


def test_rights_are_looked_up_on_the_subjects_own_project() -> None:
    """Rule 25."""
    ada = viewer(P.ADMIN)
    assert READ.missing(ada, Subject("p1")) == frozenset()
    for other in (Subject("p2"), Subject(None)):
        assert READ.missing(ada, other) == frozenset({"READ_DASHBOARDS"})


HELD = st.lists(st.sampled_from([*P, *G]), max_size=4)
FACTS = st.frozensets(st.sampled_from(Fact))


@given(st.sampled_from(Action), HELD, HELD, FACTS)
def test_more_rights_never_take_anything_away(action: Action, held: list[P | G], more: list[P | G], facts: frozenset[Fact]) -> None:
    subject = Subject("p1", facts)
    if decide(viewer(*held), action, subject).allowed:
        assert decide(viewer(*held, *more), action, subject).allowed


@given(st.sampled_from(Action), HELD, FACTS)
def test_what_a_refusal_names_is_enough(action: Action, held: list[P | G], facts: frozenset[Fact]) -> None:
    """`requires` is a promise: with these permissions the same deed is allowed."""
    subject, names = Subject("p1", facts), {entry.value: entry for entry in [*P, *G]}
    missing = decide(viewer(*held), action, subject).missing
    if missing is not None:
        assert decide(viewer(*held, *(names[name] for name in missing)), action, subject).allowed


@given(st.sampled_from(Action), HELD, FACTS)
def test_a_token_that_only_reads_lacks_one_thing_more_to_write(action: Action, held: list[P | G], facts: frozenset[Fact]) -> None:
    subject = Subject("p1", facts)
    wide, narrow = (decide(viewer(*held, can_write=writes), action, subject).missing for writes in (True, False))
    assert narrow == (None if wide is None else (*wide, *(["TOKEN_SCOPE_WRITE"] if RULES[action].writes else [])))


def test_a_sentence_says_what_the_condition_does() -> None:
    assert all_of(READ, any_of(CODE, LISTED)).words == (
        "READ_DASHBOARDS and (the code right (WRITE_SAFE_CODE or WRITE_UNSAFE_CODE), or it is listed)"
    )
    assert permissions_in(all_of(READ, any_of(CODE, READ, LISTED), IsSignedIn())) == ("READ_DASHBOARDS", "WRITE_SAFE_CODE")
