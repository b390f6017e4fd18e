"""Permissions and what they imply. Rule 18: they only add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.grants import CODE_PERMISSIONS, IMPLIES, expand, expand_globally
from server.domain.grants import GlobalPermission as G
from server.domain.grants import ProjectPermission as P

GRANTS = st.frozensets(st.sampled_from(P))


@pytest.mark.parametrize(
    ("granted", "effective"),
    [
        (P.ADMIN, set(P)),
        (P.EDIT_PERMISSIONS, {P.EDIT_PERMISSIONS, P.READ_DASHBOARDS}),
        (P.READ_PROJECT_CONTENT, {P.READ_PROJECT_CONTENT, P.READ_DASHBOARDS}),
        (P.WRITE_PROJECT_CONTENT, {P.WRITE_PROJECT_CONTENT, P.READ_PROJECT_CONTENT, P.WRITE_DASHBOARDS, P.READ_DASHBOARDS}),
        (P.READ_DASHBOARDS, {P.READ_DASHBOARDS}),
        (P.WRITE_DASHBOARDS, {P.WRITE_DASHBOARDS, P.READ_DASHBOARDS}),
        (P.MODERATE_DASHBOARDS, {P.MODERATE_DASHBOARDS, P.WRITE_DASHBOARDS, P.READ_DASHBOARDS}),
        (P.MANAGE_AUTHORIZED_OBJECTS, {P.MANAGE_AUTHORIZED_OBJECTS}),
    ],
)
def test_a_permission_brings_what_the_documents_say(granted: P, effective: set[P]) -> None:
    assert expand([granted]) == effective


def test_each_permission_has_its_line() -> None:
    assert set(IMPLIES) == set(P)


@given(GRANTS, GRANTS)
def test_grants_add_up_whatever_their_order(one: frozenset[P], other: frozenset[P]) -> None:
    assert expand(one | other) == expand(one) | expand(other)
    assert one <= expand(one) == expand(expand(one))


def test_an_administrator_holds_everything_and_nobody_else_more_than_granted() -> None:
    assert expand_globally([G.ADMINISTRATOR]) == set(G)
    others = set(G) - {G.ADMINISTRATOR}
    assert expand_globally(others) == others
    assert expand_globally([]) == set()


def test_two_permissions_are_the_code_right() -> None:
    assert {G.WRITE_SAFE_CODE, G.WRITE_UNSAFE_CODE} == CODE_PERMISSIONS
