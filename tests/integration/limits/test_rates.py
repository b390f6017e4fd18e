"""Rates: what one caller may cause in a span, and how many operations run side by side."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Final

import httpx2
import pytest
from graphql import get_introspection_query
from starlette.datastructures import Address

from server.domain.errors import RateLimited
from server.http.rates import Rates, sender_of
from tests.fixtures.valkey import valkey_address
from tests.fixtures.world import World
from tests.integration.http.conftest import Start
from tests.integration.http.serving import signed_in

__all__ = ["valkey_address"]

NEW: Final = "application/graphql-response+json"
TWENTY_ONE: Final = "{ projects { nodes { key } } }"
"""Costs 1 for the page and 20 for its entries."""

Make = Callable[..., Rates]


@pytest.fixture(params=["memory", "valkey"])
async def make_rates(request: pytest.FixtureRequest) -> AsyncGenerator[Make]:
    """A function that makes rates, over each place to count in; those of one test share it."""
    made: list[Rates] = []
    url = None if request.param == "memory" else request.getfixturevalue("valkey_address")

    def make(rate: str, *, side_by_side: int = 2) -> Rates:
        made.append(Rates(rate, side_by_side=side_by_side, redis_url=url))
        return made[-1]

    yield make
    for rates in made:
        await rates.close()


async def refused(work: Awaitable[object]) -> RateLimited:
    with pytest.raises(RateLimited) as raised:
        await work
    return raised.value


async def test_costs_add_up_until_the_rate_is_used(make_rates: Make) -> None:
    rates = make_rates("100/hour")
    await rates.charge("costs", 60)
    await rates.charge("costs", 40)
    error = await refused(rates.charge("costs", 1))
    assert 1 <= error.retry_after_seconds <= 2 * 3600
    assert error.message == (
        f"You may cause a cost of 100 in an hour, and this operation would cause more. Ask again in {error.retry_after_seconds} s."
    )
    assert error.extensions == {"code": "RATE_LIMITED", "retryAfterSeconds": error.retry_after_seconds}


async def test_what_is_refused_does_not_count(make_rates: Make) -> None:
    rates = make_rates("100/hour")
    await rates.charge("refused", 60)
    await refused(rates.charge("refused", 41))
    await rates.charge("refused", 40)


async def test_callers_do_not_count_for_each_other(make_rates: Make) -> None:
    rates = make_rates("100/hour")
    await rates.charge("one", 100)
    await rates.charge("other", 100)
    await refused(rates.charge("one", 1))


async def test_what_costs_more_than_the_rate_passes_once_in_a_span(make_rates: Make) -> None:
    rates = make_rates("100/hour")
    await rates.charge("large", 5_000)
    await refused(rates.charge("large", 1))


async def test_who_comes_back_when_told_is_let_through(make_rates: Make) -> None:
    rates = make_rates("10/second")
    await rates.charge("back", 10)
    error = await refused(rates.charge("back", 10))
    assert error.retry_after_seconds in {1, 2}
    await asyncio.sleep(error.retry_after_seconds)
    await rates.charge("back", 10)


async def test_without_a_rate_nothing_is_counted(make_rates: Make) -> None:
    rates = make_rates("off")
    for _ in range(100):
        await rates.charge("off", 10**9)


async def test_processes_that_share_a_valkey_share_the_count(valkey_address: str) -> None:
    first, second = (Rates("100/hour", side_by_side=1, redis_url=valkey_address.replace("redis", "valkey")) for _ in range(2))
    await first.charge("shared", 60)
    await refused(second.charge("shared", 41))
    await second.charge("shared", 40)
    await first.close()
    await second.close()


async def test_where_no_valkey_answers_each_process_counts_alone() -> None:
    rates = Rates("100/hour", side_by_side=1, redis_url="redis://127.0.0.1:1")
    await rates.charge("alone", 100)
    await refused(rates.charge("alone", 1))
    await rates.close()


async def test_others_wait_for_a_place_and_get_it(make_rates: Make) -> None:
    rates, running, most = make_rates("off", side_by_side=2), 0, 0

    async def run(who: str) -> None:
        nonlocal running, most
        async with rates.turn(who):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(run("me") for _ in range(20)))
    assert (running, most) == (0, 2)


async def test_places_belong_to_one_caller(make_rates: Make) -> None:
    rates = make_rates("off", side_by_side=1)
    async with rates.turn("one"), rates.turn("other"):
        pass


async def test_a_crowd_that_waits_is_not_added_to(make_rates: Make) -> None:
    rates = make_rates("off", side_by_side=1)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(rates.turn("me"))
        waiting = [asyncio.create_task(stack.enter_async_context(rates.turn("me"))) for _ in range(200)]
        await asyncio.sleep(0)
        error = await refused(stack.enter_async_context(rates.turn("me")))
        assert error.message == "1 of your operations run already, which is as many as may run side by side. Ask again in 1 s."
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    async with rates.turn("me"):
        pass


@pytest.mark.parametrize(
    ("client", "sender"),
    [
        (None, ""),
        (Address("192.0.2.7", 1), "192.0.2.7"),
        (Address("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (Address("fe80::1%eth0", 1), "fe80::/64"),
        (Address("a socket", 1), "a socket"),
    ],
)
def test_who_is_not_signed_in_is_known_by_address(client: Address | None, sender: str) -> None:
    assert sender_of(client) == sender


async def ask(world: World, query: str, who: str | None, accept: str = NEW) -> httpx2.Response:
    headers = {"accept": accept} | (signed_in(world, who) if who else {})
    return await world.client.post("/graphql", json={"query": query}, headers=headers)


def limited(response: httpx2.Response, status: int = 429) -> dict[str, Any]:
    """Check that the rate is used up; return the error."""
    assert response.status_code == status, response.text
    assert list(response.json()) == ["errors"]
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert response.headers["retry-after"] == str(error["extensions"]["retryAfterSeconds"])
    return dict(error)


async def test_a_caller_above_the_rate_is_told_when_to_come_back(start: Start) -> None:
    world = await start(rate_limit="50/hour")
    for _ in range(2):
        assert (await ask(world, TWENTY_ONE, "admin")).status_code == 200
    limited(await ask(world, TWENTY_ONE, "admin"))
    limited(await ask(world, TWENTY_ONE, "admin", accept="application/json"), status=200)
    assert (await ask(world, "{ __typename }", "admin")).status_code == 200, "what costs less still has room"
    assert (await ask(world, TWENTY_ONE, "coder")).status_code == 200, "others have a rate of their own"


async def test_two_tokens_of_one_user_have_one_rate(start: Start) -> None:
    world = await start(rate_limit="30/hour")
    world.tokens["again"] = await world.token(world.ids["admin"])
    assert (await ask(world, TWENTY_ONE, "admin")).status_code == 200
    limited(await ask(world, TWENTY_ONE, "again"))


async def test_mutations_count_and_change_nothing_above_the_rate(start: Start) -> None:
    world = await start(rate_limit="30/hour")
    create = 'mutation { createDashboard(input: {projectKey: "SALES", name: "x"}) { dashboard { id } errors { message } } }'
    assert "errors" not in (await ask(world, create, "coder")).json()
    before, events = await world.state(), await world.events()
    limited(await ask(world, create, "coder"))
    assert await world.state() == before
    assert await world.events() == events


async def test_refused_documents_count(start: Start) -> None:
    world = await start(rate_limit="150/hour")
    bomb = "{ projects(first: 100) { nodes { notebooks(first: 100) { nodes { id } } } } }"
    [error] = (await ask(world, bomb, "admin")).json()["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    limited(await ask(world, bomb, "admin"))


async def test_a_document_without_the_operation_that_is_named_counts_as_a_refused_one(start: Start) -> None:
    world = await start(rate_limit="100/hour")
    body = {"query": "query Mine { viewer { user { login } } }", "operationName": "Yours"}
    headers = {"authorization": f"Bearer {world.tokens['admin']}"}
    assert (await world.client.post("/graphql", json=body, headers=headers)).status_code == 400
    limited(await ask(world, body["query"], "admin"))


async def test_anonymous_callers_have_a_rate_too(start: Start) -> None:
    world = await start(rate_limit="3/hour")
    for _ in range(3):
        assert (await ask(world, "{ __typename }", None)).status_code == 200
    limited(await ask(world, "{ __typename }", None))


def whole_schema(**given: bool) -> str:
    """Return what GraphiQL and generators of clients ask: in order to know the whole schema, or as much as they are told to."""
    return get_introspection_query(**given)


STANDARD: Final = {
    "GraphiQL": whole_schema(input_value_deprecation=True, schema_description=True),
    "graphql-codegen": whole_schema(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    ),
    "rover": whole_schema(descriptions=True, directive_is_repeatable=False),
}


@pytest.mark.parametrize("tool", STANDARD)
async def test_the_schema_costs_what_it_takes(start: Start, tool: str) -> None:
    world = await start(rate_limit="6000/hour")
    for _ in range(2):
        assert (await ask(world, STANDARD[tool], None)).status_code == 200
    error = limited(await ask(world, STANDARD[tool], None))
    assert error["message"].startswith("You may cause a cost of 6,000 in an hour")


@pytest.mark.parametrize("tool", STANDARD)
async def test_standard_tools_may_ask_for_the_schema_under_the_defaults(start: Start, tool: str) -> None:
    world = await start()
    for _ in range(5):
        assert "errors" not in (await ask(world, STANDARD[tool], None)).json()


async def test_a_rate_can_be_off(start: Start) -> None:
    world = await start(rate_limit="off")
    for _ in range(50):
        assert (await ask(world, "{ __typename }", "admin")).status_code == 200


async def test_an_operation_waits_for_one_of_its_callers_places(start: Start) -> None:
    world = await start(max_concurrent_operations=1)
    create = 'mutation { createDashboard(input: {projectKey: "SALES", name: "x"}) { errors { message } } }'
    before = await world.state()
    async with world.application.parts.rates.turn(f"user:{world.ids['coder']}"):
        waiting = asyncio.create_task(ask(world, create, "coder"))
        assert (await ask(world, "{ __typename }", "admin")).status_code == 200, "others have places of their own"
        assert await world.state() == before
        assert not waiting.done()
    assert (await waiting).json() == {"data": {"createDashboard": {"errors": []}}}
