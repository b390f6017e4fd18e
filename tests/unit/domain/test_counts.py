"""Numbers with their nouns."""

import pytest

from server.domain.counts import counted


@pytest.mark.parametrize(
    ("number", "nouns", "written"),
    [
        (0, ("row",), "0 rows"),
        (1, ("row",), "1 row"),
        (1_200, ("row",), "1,200 rows"),
        (1, ("answer to retries", "answers to retries"), "1 answer to retries"),
        (2, ("answer to retries", "answers to retries"), "2 answers to retries"),
    ],
)
def test_one_thing_is_not_called_several(number: int, nouns: tuple[str, ...], written: str) -> None:
    assert counted(number, *nouns) == written
