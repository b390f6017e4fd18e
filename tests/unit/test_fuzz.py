"""How `make fuzz` shares its time, and which codes it takes for known."""

import pytest

from tests.fuzz.run import LAST, known_codes, turns

MOST, REST = f"--exclude-name-regex={LAST}", f"--include-name-regex={LAST}"


@pytest.mark.parametrize(
    ("seconds", "shares"),
    [
        (30, [("admin", MOST, 12), ("ana", MOST, 12), ("admin", REST, 5)]),
        (150, [("admin", MOST, 60), ("ana", MOST, 60), ("admin", MOST, 2), ("ana", MOST, 2), ("admin", REST, 25)]),
    ],
)
def test_two_callers_take_turns_of_a_minute_and_what_may_end_rights_comes_last(seconds: int, shares: list[tuple[str, str, int]]) -> None:
    assert turns(seconds) == shares


def test_known_codes_are_those_of_the_docs_but_for_faults_of_ours() -> None:
    codes = known_codes()
    assert {"BAD_USER_INPUT", "CONFLICT", "FAILED_PRECONDITION", "FORBIDDEN", "NOT_FOUND", "TOO_LARGE", "UNAUTHENTICATED"} <= set(codes)
    assert "INTERNAL" not in codes
    assert all(code == code.upper() for code in codes)
