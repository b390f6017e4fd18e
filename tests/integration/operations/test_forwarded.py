"""What proxies say of the caller is believed of those that are listed, and nobody's word changes where the server is."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from server.cli.serving import served
from server.http.credentials import credentials_of
from tests.fixtures.world import World
from tests.integration.http.conftest import Start
from tests.integration.http.serving import signed_in

SAID: Final = {
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "evil.example",
    "x-forwarded-prefix": "/evil",
    "forwarded": "for=203.0.113.9;host=evil.example;proto=https",
}
ADDRESS: Final = "query($id: ID!) { export(id: $id) { rendering { url } } }"


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("FORWARDED_ALLOW_IPS", "10.0.0.0/8,192.0.2.7")
        yield


async def seen(request: Request) -> JSONResponse:
    """Tell what an endpoint sees of the caller."""
    client = None if request.client is None else request.client.host
    return JSONResponse([client, request.url.scheme, credentials_of(request).peer, request.scope.get("root_path", "")])


async def as_seen(world: World, peer: str, headers: dict[str, str]) -> list[Any]:
    """Call from an address; return what is seen of that."""
    asgi = Starlette(routes=[Route("/", seen)])
    transport = httpx2.ASGITransport(app=served(replace(world.application, asgi=asgi)), client=(peer, 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        answer: list[Any] = (await client.get("/", headers=headers)).json()
    return answer


@pytest.mark.parametrize("peer", ["10.1.2.3", "192.0.2.7"])
async def test_a_listed_proxy_says_where_the_caller_is_and_how_it_came(world: World, peer: str) -> None:
    assert await as_seen(world, peer, SAID) == ["203.0.113.9", "https", peer, ""]


@pytest.mark.parametrize("peer", ["127.0.0.1", "192.0.2.8", "11.0.0.1", "::1"])
async def test_anybody_else_is_who_they_are_whatever_they_say(world: World, peer: str) -> None:
    assert await as_seen(world, peer, SAID) == [peer, "http", peer, ""]


async def test_of_several_addresses_that_of_the_last_proxy_but_the_listed_ones_counts(world: World) -> None:
    """A client may write into the header what it likes: what stands before is its word, not the proxy's."""
    chain = {"x-forwarded-for": "198.51.100.1, 203.0.113.9, 10.9.9.9"}
    assert await as_seen(world, "10.1.2.3", chain) == ["203.0.113.9", "http", "10.1.2.3", ""]


@pytest.fixture
async def world(start: Start) -> World:
    return await start(root_path="/nb")


async def test_no_header_changes_the_addresses_that_are_given_out(world: World) -> None:
    ids = await world.publish(await world.save(), world.ids["SALES dashboard"])
    transport = httpx2.ASGITransport(app=served(world.application), client=("10.1.2.3", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://evil.example") as client:
        led = await client.get("/", headers=SAID)
        assert (led.status_code, led.headers["location"]) == (307, "/nb/graphql")
        sent = {"query": ADDRESS, "variables": {"id": ids["export"]}}
        answer = await client.post("/graphql", json=sent, headers=signed_in(world, "analyst") | SAID)
        url = answer.json()["data"]["export"]["rendering"]["url"]
        assert url.startswith("/nb/content/")
        shown = await client.get(url.removeprefix("/nb"), headers=SAID)
        assert shown.status_code == 200
        assert "evil" not in str(shown.headers)
