"""The line of a request, and the id that it shares with its answer."""

import json
from collections.abc import AsyncGenerator
from typing import Any, Final

import httpx2
import pytest
import structlog
from structlog.testing import LogCapture

from server.cli.serving import served
from server.render.pool import Pool
from tests.fixtures.listening import calling, hearing, listening
from tests.fixtures.world import World
from tests.integration.http.conftest import Start
from tests.integration.http.serving import signed_in

WHO: Final = "query Mine { viewer { user { login } } }"
FOLLOW: Final = "subscription Followed($id: ID!) { dashboardChanged(dashboardId: $id) { id } }"
RENDERED: Final = "query($id: ID!) { export(id: $id) { rendering { body } } }"
ADDRESS: Final = "query($id: ID!) { export(id: $id) { rendering { url } } }"


@pytest.fixture
async def world(start: Start) -> World:
    return await start()


@pytest.fixture
def lines() -> Any:  # noqa: ANN401  a generator of what LogCapture keeps
    """What is logged, with what is bound to the request."""
    kept = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, kept])
    yield kept.entries
    structlog.configure(**before)


@pytest.fixture
async def proxied(world: World) -> AsyncGenerator[httpx2.AsyncClient]:
    """A client that calls from the address of a proxy that is trusted, as `nbinsight serve` hears it."""
    transport = httpx2.ASGITransport(app=served(world.application), client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def test_a_request_has_one_line_with_operation_outcome_sender_and_an_id(world: World, lines: list[dict[str, Any]]) -> None:
    answer = await world.client.post("/graphql", json={"query": WHO}, headers=signed_in(world, "analyst"))
    [line] = lines
    assert 0 <= line.pop("seconds") < 60
    assert line == {
        "event": "request",
        "log_level": "info",
        "request_id": answer.headers["x-request-id"],
        "method": "POST",
        "route": "graphql",
        "status": 200,
        "operation": "Mine",
        "kind": "query",
        "outcome": "ok",
        "user": world.ids["analyst"],
    }
    assert len(answer.headers["x-request-id"]) == 16


async def test_two_requests_have_two_ids(world: World) -> None:
    first, second = [(await world.client.get("/healthz")).headers["x-request-id"] for _ in range(2)]
    assert first != second


async def test_a_refused_request_has_a_line_without_what_was_sent(world: World, lines: list[dict[str, Any]]) -> None:
    token = world.tokens["analyst"]
    await world.client.post("/graphql", json={"query": "{ secretWord }"})
    await world.client.post("/graphql", json={"query": WHO}, headers={"authorization": f"Bearer {token[:-1]}!"})
    await world.client.get(f"/content/{'A' * 80}")
    await world.client.get(f"/elsewhere/{token}")
    told = [(line["event"], line.get("route"), line.get("status"), line.get("operation"), line.get("outcome")) for line in lines]
    assert told == [
        ("request", "graphql", 200, "other", "refused"),
        ("sign-in refused", None, None, None, None),
        ("request", "graphql", 401, None, None),
        ("request", "content", 404, None, None),
        ("request", "other", 404, None, None),
    ]
    for word in ("secretWord", token[:-1], "AAAA", "elsewhere"):
        assert word not in json.dumps(lines)


async def test_what_is_well_in_health_is_not_told(world: World, lines: list[dict[str, Any]]) -> None:
    await world.client.get("/healthz")
    await world.client.get("/readyz")
    assert lines == []


async def test_nothing_is_told_of_requests_where_that_is_not_wanted(start: Start, lines: list[dict[str, Any]]) -> None:
    world = await start(log_requests=False)
    answer = await world.client.post("/graphql", json={"query": WHO})
    assert len(answer.headers["x-request-id"]) == 16
    assert lines == []


async def test_the_holder_of_an_address_of_content_is_told(world: World, lines: list[dict[str, Any]]) -> None:
    ids = await world.publish(await world.save(), world.ids["SALES dashboard"])
    url = (await world.ok("analyst", ADDRESS, id=ids["export"]))["export"]["rendering"]["url"]
    assert (await world.client.get(url)).status_code == 200
    assert {name: lines[-1][name] for name in ("route", "status", "user")} == {
        "route": "content",
        "status": 200,
        "user": world.ids["analyst"],
    }


async def test_a_fault_carries_the_id_of_its_request(world: World, lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    async def break_down(pool: Pool, name: str, *args: object) -> object:
        del pool, name, args
        raise ArithmeticError

    ids = await world.publish(await world.save(), world.ids["SALES dashboard"])
    lines.clear()
    monkeypatch.setattr(Pool, "run", break_down)
    sent = {"query": RENDERED, "variables": {"id": ids["export"]}}
    answer = await world.client.post("/graphql", json=sent, headers=signed_in(world, "analyst"))
    [error] = answer.json()["errors"]
    fault, request = lines
    assert error["extensions"] == {"code": "INTERNAL", "errorId": fault["error_id"], "requestId": answer.headers["x-request-id"]}
    assert fault["request_id"] == request["request_id"] == answer.headers["x-request-id"]
    assert request["outcome"] == "fault"


async def test_the_id_of_a_trusted_proxy_is_kept(proxied: httpx2.AsyncClient, lines: list[dict[str, Any]]) -> None:
    answer = await proxied.post("/graphql", json={"query": WHO}, headers={"x-request-id": "edge-42/a"})
    assert answer.headers["x-request-id"] == "edge-42/a"
    assert lines[0]["request_id"] == "edge-42/a"


@pytest.mark.parametrize("given", ["", "a b", "a" * 129, 'x"y', "é", "a\x1b[31m"])
async def test_an_id_that_is_not_sane_is_replaced(proxied: httpx2.AsyncClient, given: str) -> None:
    answer = await proxied.get("/healthz", headers=[(b"x-request-id", given.encode())])
    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 16


async def test_the_id_of_anybody_else_is_not_believed(world: World) -> None:
    for transport in (
        httpx2.ASGITransport(app=served(world.application), client=("192.0.2.1", 1)),
        httpx2.ASGITransport(app=world.application.asgi, client=("127.0.0.1", 1)),
    ):
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            assert (await client.get("/healthz", headers={"x-request-id": "chosen-by-me"})).headers["x-request-id"] != "chosen-by-me"


async def test_each_operation_of_a_socket_has_a_line_and_so_has_a_stream(world: World, lines: list[dict[str, Any]]) -> None:
    header, board = f"Bearer {world.tokens['analyst']}", world.ids["SALES dashboard"]
    async with listening(world.application.asgi) as address:
        async with calling(address, authorization=header) as line:
            await line.init()
            await line.answer("1", WHO)
            await line.ask("2", FOLLOW, id=board)
        async with hearing(address, FOLLOW, authorization=header, id=board) as events:
            await events.begun()
    told = [(entry["event"], entry.get("operation"), entry.get("kind"), entry.get("outcome")) for entry in lines]
    assert sorted(told, key=str) == [
        ("operation", "Followed", "subscription", "cut"),
        ("operation", "Mine", "query", "ok"),
        ("request", "Followed", "subscription", "cut"),
        ("websocket", None, None, None),
    ]
    assert len({entry["request_id"] for entry in lines if entry["event"] != "request"}) == 1
    assert {entry["user"] for entry in lines if entry["event"] != "websocket"} == {world.ids["analyst"]}
