"""What stays with somebody of a Hub: addresses of content, sockets and event streams end within a minute of their token."""

import asyncio
from base64 import urlsafe_b64decode
from typing import Final

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from tests.fixtures.hub import SmallHub
from tests.fixtures.listening import Line, calling, hearing, listening
from tests.integration.http.conftest import Start
from tests.integration.http.serving import app_of
from tests.integration.identity.conftest import GRANT, WHO, Vouched, vouched

ANA: Final = "anas-token-of-the-hub"
EXPORT: Final = '{ project(key: "SALES") { notebook(name: "Weekly") { exports(first: 1) { nodes { rendering { url } } } } } }'
BOARD: Final = "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { name } }"


async def granted(beside: Vouched, hub: SmallHub, token: str = ANA) -> str:
    """Let somebody of the Hub see a published notebook; return what shows who they are."""
    authorization = hub.give(token, "ana", "analysts")
    await beside.login(authorization)
    await beside.world.ok("admin", GRANT, group="hub:analysts")
    await beside.world.publish(await beside.world.save(), beside.world.ids["SALES dashboard"])
    return authorization


async def address_for(beside: Vouched, authorization: str) -> str:
    """Return the address of a rendering, as somebody of the Hub."""
    data = await beside.data(authorization, EXPORT)
    return str(data["project"]["notebook"]["exports"]["nodes"][0]["rendering"]["url"])


async def status(beside: Vouched, address: str) -> int:
    """Follow an address, which needs no token."""
    async with beside.client() as client:
        return (await client.get(address)).status_code


@pytest.mark.parametrize("token", [ANA, "A-_z" * 64], ids=["usual", "longest"])
async def test_an_address_works_and_holds_nothing_of_the_token(beside: Vouched, hub: SmallHub, token: str) -> None:
    address = await address_for(beside, await granted(beside, hub, token))
    assert await status(beside, address) == 200
    signed = address.removeprefix("/content/")
    for spelled in (signed, urlsafe_b64decode(signed + "=" * (-len(signed) % 4)).decode("latin-1")):
        assert token[:12] not in spelled
    holder = urlsafe_b64decode(signed + "=" * (-len(signed) % 4))[32:].split(b".")[5]
    assert token.encode() not in urlsafe_b64decode(holder[2:] + b"=" * (-len(holder[2:]) % 4))


async def test_an_address_is_the_same_when_it_is_asked_for_again(beside: Vouched, hub: SmallHub) -> None:
    authorization = await granted(beside, hub)
    assert await address_for(beside, authorization) == await address_for(beside, authorization)


async def test_an_address_ends_within_a_minute_of_its_token(beside: Vouched, hub: SmallHub) -> None:
    address = await address_for(beside, await granted(beside, hub))
    assert await status(beside, address) == 200
    hub.holders.clear()
    beside.clock.move(seconds=60)
    assert await status(beside, address) == 404


async def test_an_address_ends_with_the_user(beside: Vouched, hub: SmallHub) -> None:
    address = await address_for(beside, await granted(beside, hub))
    async with beside.world.application.parts.database.writing() as session:
        await session.execute(text("UPDATE user_account SET active = false WHERE login = 'ana'"))
    assert await status(beside, address) == 404


async def test_while_the_hub_is_away_an_address_says_to_come_back(beside: Vouched, hub: SmallHub) -> None:
    address = await address_for(beside, await granted(beside, hub))
    hub.answers.clear()
    async with beside.client() as client:
        response = await client.get(address)
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.text == "Whose address this is cannot be looked up now: try again soon."
    hub.answers.set()
    assert await status(beside, address) == 200


async def test_another_process_with_the_same_key_serves_an_address_and_one_with_another_key_does_not(
    beside: Vouched, hub: SmallHub
) -> None:
    address = await address_for(beside, await granted(beside, hub))
    world = beside.world
    settings: dict[str, object] = {"hub_api_url": hub.url}
    twin = Vouched(world, app_of(world, settings=settings, clock=beside.clock), beside.clock)
    assert await status(twin, address) == 200
    stranger = Vouched(world, app_of(world, settings={**settings, "secret_key": SecretStr("x" * 64)}, clock=beside.clock), beside.clock)
    assert await status(stranger, address) == 404  # it has the signing key, which is another part, but not the one that seals
    alone = Vouched(world, app_of(world, clock=beside.clock), beside.clock)
    assert await status(alone, address) == 404


async def test_a_socket_is_closed_within_a_minute_of_its_token_however_seldom_rights_are_looked_up(start: Start, hub: SmallHub) -> None:
    beside = vouched(await start(), hub_api_url=hub.url, live_check_seconds=60)
    authorization = hub.give(ANA, "ana")
    async with listening(beside.app) as address:
        await beside.login(authorization)
        beside.clock.move(seconds=59.8)
        async with calling(address, authorization=authorization) as line:
            await line.init()
            assert (await line.answer("1", WHO))["data"]["viewer"]["user"]["login"] == "ana"
            hub.holders.clear()
            beside.clock.move(seconds=0.2)
            assert await line.closed() == (4403, "Forbidden")


async def test_a_socket_is_told_to_come_back_when_the_hub_is_away(start: Start, hub: SmallHub) -> None:
    beside = vouched(await start(), hub_api_url=hub.url)
    hub.answers.clear()
    async with listening(beside.app) as address, calling(address, authorization=hub.give(ANA, "ana")) as line:
        await line.send(type="connection_init")
        assert await line.closed() == (1013, "Who asks cannot be looked up now: try again soon")
    hub.answers.set()


async def test_an_event_stream_ends_within_a_minute_of_its_token(start: Start, hub: SmallHub) -> None:
    beside = vouched(await start(), hub_api_url=hub.url, live_check_seconds=60)
    authorization = await granted(beside, hub)
    await beside.data(authorization)
    beside.clock.move(seconds=59.8)
    board = beside.world.ids["SALES dashboard"]
    async with listening(beside.app) as address, hearing(address, BOARD, authorization=authorization, id=board) as events:
        await events.begun()
        hub.holders.clear()
        beside.clock.move(seconds=0.2)
        name, told = await events.next()
        assert (name, told["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
        assert await events.next() == ("complete", None)


async def test_a_subscription_of_a_socket_goes_on_while_the_hub_vouches(start: Start, hub: SmallHub) -> None:
    beside = vouched(await start(), hub_api_url=hub.url, live_check_seconds=0.1)
    authorization = await granted(beside, hub)
    board = beside.world.ids["SALES dashboard"]
    async with listening(beside.app) as address, calling(address, authorization=authorization) as line:
        await line.init()
        await line.ask("d", BOARD, id=board)
        await _renamed_and_told(beside, line, "First")
        beside.clock.move(seconds=60)
        await _renamed_and_told(beside, line, "Second")
    assert hub.asked.count(ANA) >= 2


async def _renamed_and_told(beside: Vouched, line: Line, name: str) -> None:
    rename = "mutation($id: ID!, $name: String!) { updateDashboard(input: {dashboardId: $id, name: $name}) { errors { code } } }"
    watches = beside.world.application.parts.watches
    async with asyncio.timeout(20):
        while watches.count != 1:  # noqa: ASYNC110  it is the server that changes it
            await asyncio.sleep(0.01)
    await beside.world.ok("dash_writer", rename, id=beside.world.ids["SALES dashboard"], name=name)
    assert (await line.event("d"))["name"] == name
