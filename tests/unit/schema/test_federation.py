"""References of a gateway: each is answered by itself, and too many are refused before any is looked up."""

from collections.abc import Mapping

import pytest
from strawberry.federation.schema import FederationAny

from server.domain.errors import NotFound, QueryTooComplex
from server.schema.federation import answer_references


async def find(type_name: str, keys: Mapping[str, object]) -> object | None:
    """Know one type; fail for one of its keys."""
    if keys.get("id") == "broken":
        raise NotFound(what="thing")
    return f"{type_name} {keys.get('id')}" if type_name == "Thing" else None


def references(*entries: object) -> list[FederationAny]:
    return [FederationAny(entry) for entry in entries]


async def test_each_is_found_in_its_place() -> None:
    asked = references({"__typename": "Thing", "id": 2}, {"__typename": "Nothing"}, {"__typename": "Thing", "id": 1})
    assert await answer_references(asked, find, at_most=3) == ["Thing 2", None, "Thing 1"]


async def test_what_cannot_be_read_is_null_without_being_looked_up() -> None:
    asked = references(None, 5, "Thing", ["Thing"], {}, {"id": 1}, {"__typename": 1}, {"__typename": ["Thing"]})
    assert await answer_references(asked, find, at_most=8) == [None] * 8


async def test_one_that_fails_leaves_its_neighbours_alone() -> None:
    asked = references({"__typename": "Thing", "id": 1}, {"__typename": "Thing", "id": "broken"}, {"__typename": "Thing", "id": 2})
    first, failed, last = await answer_references(asked, find, at_most=3)
    assert (first, last) == ("Thing 1", "Thing 2")
    assert isinstance(failed, NotFound)


async def test_too_many_are_refused_before_any_is_looked_up() -> None:
    seen = list[str]()

    async def note(type_name: str, _: Mapping[str, object]) -> None:
        seen.append(type_name)

    asked = references(*[{"__typename": "Thing"}] * 1201)
    with pytest.raises(QueryTooComplex, match=r"^1,201 representations: refer to at most 1,200 at a time\.$"):
        await answer_references(asked, note, at_most=1200)
    assert seen == []
    await answer_references(asked[1:], note, at_most=1200)
    assert len(seen) == 1200
