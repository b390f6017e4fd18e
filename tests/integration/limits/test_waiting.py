"""Whose refused documents are counted, and that nobody's next document is looked at before they waited."""

from collections.abc import AsyncGenerator
from hashlib import sha256
from typing import Final

import httpx2
import pytest
from typing_extensions import override

from server.http.rates import OFF, Rates
from tests.fixtures.listening import calling, listening
from tests.fixtures.world import World
from tests.integration.http.serving import app_of, client_of, signed_in

WHO: Final = "{ viewer { user { login } } }"
UNKNOWN_FIELD: Final = "{ nothing }"
TOO_DEAR: Final = "{ projects(first: 100) { nodes { notebooks(first: 100) { nodes { latestExport { rendering { body } } } } } } }"
FOLLOW: Final = 'subscription { dashboardChanged(dashboardId: "x") { id } }'
DELETE: Final = 'mutation { deleteDashboard(input: { dashboardId: "x" }) { errors { code } } }'
HASH: Final = {"persistedQuery": {"version": 1, "sha256Hash": sha256(WHO.encode()).hexdigest()}}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The address of a migrated, empty database."""
    return sqlite_url


class Noted(Rates):
    """Rates that note who is to wait and whose document was refused, in order, by whether they are signed in."""

    def __init__(self) -> None:
        """Count nothing besides."""
        super().__init__(OFF, side_by_side=8)
        self.notes: list[tuple[str, str]] = []

    @override
    async def wait(self, who: str) -> None:
        """Note it."""
        self.notes.append(("waits", who.partition(":")[0]))

    @override
    def refused(self, who: str) -> None:
        """Note it."""
        self.notes.append(("refused", who.partition(":")[0]))


@pytest.fixture
def rates() -> Noted:
    return Noted()


@pytest.fixture
async def client(world: World, rates: Noted) -> AsyncGenerator[httpx2.AsyncClient]:
    async with client_of(world, rates=rates) as client:
        yield client


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"query": UNKNOWN_FIELD}, id="not valid"),
        pytest.param({"query": "{"}, id="not to be parsed"),
        pytest.param({"query": TOO_DEAR}, id="above a limit"),
        pytest.param({"query": WHO, "operationName": "Other"}, id="of another name"),
        pytest.param({"query": FOLLOW}, id="a subscription without a stream"),
        pytest.param({"query": UNKNOWN_FIELD, "extensions": HASH}, id="of another hash"),
        pytest.param({}, id="not there"),
        pytest.param([], id="a batch"),
    ],
)
async def test_a_document_that_is_refused_counts_for_its_sender_who_waited_before(
    world: World, client: httpx2.AsyncClient, rates: Noted, sent: object
) -> None:
    await client.post("/graphql", json=sent, headers=signed_in(world, "analyst"))
    await client.post("/graphql", json=sent)
    assert rates.notes == [("waits", "user"), ("refused", "user"), ("waits", "address"), ("refused", "address")]


async def test_a_mutation_by_get_counts(world: World, client: httpx2.AsyncClient, rates: Noted) -> None:
    answer = await client.get("/graphql", params={"query": DELETE}, headers=signed_in(world, "analyst"))
    assert answer.status_code == 405
    assert rates.notes == [("waits", "user"), ("refused", "user")]


async def test_a_subscription_that_is_followed_counts_for_nobody(world: World, client: httpx2.AsyncClient, rates: Noted) -> None:
    headers = signed_in(world, "analyst") | {"accept": "application/json, text/event-stream"}
    answer = await client.post("/graphql", json={"query": FOLLOW}, headers=headers)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert rates.notes == [("waits", "user")]


async def test_what_runs_counts_for_nobody(world: World, client: httpx2.AsyncClient, rates: Noted) -> None:
    answer = await client.post("/graphql", json={"query": WHO}, headers=signed_in(world, "analyst"))
    assert answer.json() == {"data": {"viewer": {"user": {"login": "analyst"}}}}
    assert rates.notes == [("waits", "user")]


async def test_a_text_that_is_not_known_yet_counts_for_nobody(world: World, client: httpx2.AsyncClient, rates: Noted) -> None:
    """Else a client that persists its texts would wait at its start for each that it has."""
    for sent in ({"extensions": HASH}, {"query": WHO, "extensions": HASH}, {"extensions": HASH}):
        await client.post("/graphql", json=sent, headers=signed_in(world, "analyst"))
    assert rates.notes == [("waits", "user")] * 3


async def test_on_a_socket_documents_count_as_elsewhere(world: World, rates: Noted) -> None:
    async with (
        listening(app_of(world, rates=rates)) as address,
        calling(address, authorization=signed_in(world, "analyst")["authorization"]) as line,
    ):
        await line.init()
        await line.ask("refused", UNKNOWN_FIELD)
        assert (await line.receive())["type"] == "error"
        assert rates.notes == [("waits", "user"), ("refused", "user")]
        await line.ask("runs", WHO)
        assert (await line.receive())["type"] == "next"
    assert rates.notes == [("waits", "user"), ("refused", "user"), ("waits", "user")]
