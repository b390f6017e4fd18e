"""Whose refused documents are counted, and that the next one is looked at after the wait. SQLite alone."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import pytest
from typing_extensions import override

from server.http.rates import OFF, Rates
from tests.fixtures.listening import calling, listening
from tests.fixtures.world import World
from tests.integration.http.serving import app_of, client_of, signed_in

FINE: Final = "{ viewer { user { login } } }"
NOT_PARSED: Final = "{ viewer "
NOT_VALID: Final = "{ viewer { nothing } }"
TOO_DEEP: Final = "{ projects { nodes { owner { id } } } " + "__typename @skip(if: false) " * 60 + "}"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The address of a migrated, empty database."""
    return sqlite_url


@dataclass(eq=False)
class Remembered(Rates):
    """Rates that remember, in order, for whom they were told of a refused document and asked to wait."""

    told: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def __post_init__(self) -> None:
        """Count nothing besides."""
        super().__init__(OFF, side_by_side=8)

    @override
    def refused(self, who: str) -> None:
        self.told.append(("refused", who))

    @override
    async def wait(self, who: str) -> None:
        self.told.append(("wait", who))


def unknown(number: int) -> dict[str, Any]:
    """Return a request that names a text which is not known yet."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(str(number).encode()).hexdigest()}}}


@pytest.mark.parametrize("query", [NOT_PARSED, NOT_VALID, TOO_DEEP, ""])
@pytest.mark.parametrize("who", ["analyst", None])
async def test_a_refused_document_is_its_senders_who_waits_before_the_next(world: World, query: str, who: str | None) -> None:
    rates = Remembered()
    key = "address:127.0.0.1" if who is None else f"user:{world.ids[who]}"
    headers = {} if who is None else signed_in(world, who)
    async with client_of(world, rates=rates) as client:
        for sent in (query, FINE):
            await client.post("/graphql", json={"query": sent}, headers=headers)
    assert rates.told == [("wait", key), ("refused", key), ("wait", key)]


@pytest.mark.parametrize("query", [NOT_PARSED, NOT_VALID, TOO_DEEP])
async def test_on_a_socket_too(world: World, query: str) -> None:
    rates = Remembered()
    key = f"user:{world.ids['analyst']}"
    header = signed_in(world, "analyst")["authorization"]
    async with listening(app_of(world, rates=rates)) as address, calling(address, authorization=header) as line:
        await line.init()
        await line.ask("1", query)
        assert (await line.receive())["type"] == "error"
        await line.answer("2", FINE)
    assert rates.told == [("wait", key), ("refused", key), ("wait", key)]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_hash_whose_text_is_to_follow_makes_nobody_wait(world: World, method: str) -> None:
    """A client that starts names all of its texts at once: with twenty, the last would wait for 4.7 s."""
    rates = Remembered()
    async with client_of(world, rates=rates) as client:
        for number in range(8):
            sent = unknown(number)
            given: dict[str, Any] = {"json": sent} if method == "POST" else {"params": {"extensions": json.dumps(sent["extensions"])}}
            answer = await client.request(method, "/graphql", **given)
            assert answer.json()["errors"][0]["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND"}
    assert {what for what, _ in rates.told} == {"wait"}
