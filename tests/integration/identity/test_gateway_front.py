"""Behind a gateway that signs people in by a cookie: whatever a browser sends by itself, pages of other sites act for nobody."""

from contextlib import AbstractAsyncContextManager
from typing import Any, Final

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from tests.fixtures.fronting import fronting
from tests.fixtures.listening import Line, calling, listening
from tests.fixtures.running import VIEWER
from tests.integration.http.conftest import Start
from tests.integration.identity.conftest import Vouched, vouched
from tests.integration.identity.test_gateway_headers import NOBODY, SECRET, signed_in_as

COOKIE: Final = {"cookie": "session=ana"}
FORBIDDEN: Final = (4403, "Forbidden")


@pytest.fixture
async def behind(start: Start) -> Vouched:
    """A server behind a gateway of this machine."""
    settings = {"gateway_secret": SecretStr(SECRET), "gateway_origins": "https://portal.example.org/ https://Two.example.org"}
    return vouched(await start(), live_check_seconds=0.1, **settings)


async def post(address: str, **headers: str) -> Any:  # noqa: ANN401  any JSON
    """Ask who asks, through the gateway."""
    async with httpx2.AsyncClient() as client:
        return (await client.post(f"http://{address}/graphql", json={"query": VIEWER}, headers=headers)).json()


async def test_a_cookie_of_the_gateway_signs_in_and_a_client_cannot_say_who_it_is(behind: Vouched) -> None:
    async with listening(behind.app) as server, fronting(server, SECRET) as gateway:
        assert await post(gateway, **COOKIE) == signed_in_as("ana")
        assert await post(gateway) == NOBODY
        forged = {"x-nbinsight-user": "admin", "x-nbinsight-gateway-secret": SECRET, "x-nbinsight-groups": "admins"}
        assert await post(gateway, **forged) == NOBODY
        assert await post(gateway, **COOKIE, **forged) == signed_in_as("ana")
        assert await behind.groups("ana") == ["gateway:all"]
        token = {"authorization": f"Bearer {behind.world.tokens['analyst']}"}
        assert await post(gateway, **COOKIE, **token) == signed_in_as("analyst")


def opened(gateway: str, origin: str | None = None, cookie: str | None = COOKIE["cookie"]) -> AbstractAsyncContextManager[Line]:
    """Open a WebSocket as a page of an origin does, or a program, which has none."""
    headers: Any = {name: value for name, value in (("origin", origin), ("cookie", cookie)) if value is not None}
    return calling(gateway, **headers)


@pytest.mark.parametrize("origin", [None, "own", "https://portal.example.org", "https://two.example.org"])
async def test_a_page_of_the_gateway_or_of_a_listed_origin_opens_sockets(behind: Vouched, origin: str | None) -> None:
    async with listening(behind.app) as server, fronting(server, SECRET) as gateway:
        own = f"http://{gateway}" if origin == "own" else origin
        async with opened(gateway, own) as line:
            await line.init()
            assert await line.answer("1", VIEWER) == signed_in_as("ana")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "https://portal.example.org.evil.example",
        "http://portal.example.org",
        "https://portal.example.org:8443",
        "file://",
        "evil.example",
        "https://user@portal.example.org",
    ],
)
async def test_a_page_of_another_site_opens_none(behind: Vouched, origin: str) -> None:
    async with listening(behind.app) as server, fronting(server, SECRET) as gateway:
        async with opened(gateway, origin) as line:
            await line.send(type="connection_init")
            assert await line.closed() == FORBIDDEN
        assert await behind.world.rows("SELECT login FROM user_account WHERE login = 'ana'") == []


async def test_a_page_of_another_site_may_bring_a_token_or_be_nobody(behind: Vouched) -> None:
    async with listening(behind.app) as server, fronting(server, SECRET) as gateway:
        async with opened(gateway, "https://other.example.org") as line:
            await line.init(f"Bearer {behind.world.tokens['analyst']}")
            assert await line.answer("1", VIEWER) == signed_in_as("analyst")
        async with opened(gateway, cookie=None, origin="https://other.example.org") as line:
            await line.init()
            assert await line.answer("1", VIEWER) == NOBODY


async def test_behind_a_gateway_that_names_another_host_only_listed_origins_open_sockets(behind: Vouched) -> None:
    async with listening(behind.app) as server, fronting(server, SECRET, host="nbinsight.internal") as gateway:
        async with opened(gateway, f"http://{gateway}") as line:
            await line.send(type="connection_init")
            assert await line.closed() == FORBIDDEN
        async with opened(gateway, "https://portal.example.org") as line:
            await line.init()


async def test_the_default_port_may_be_left_out(behind: Vouched) -> None:
    async with listening(behind.app) as server, fronting(server, SECRET, host="nbinsight.internal:443") as gateway:
        async with opened(gateway, "https://nbinsight.internal") as line:
            await line.init()
        async with opened(gateway, "http://nbinsight.internal") as line:
            await line.send(type="connection_init")
            assert await line.closed() == FORBIDDEN


async def test_a_socket_does_not_bring_groups_back_that_the_gateway_has_taken_since(behind: Vouched) -> None:
    async with listening(behind.app) as server, fronting(server, SECRET) as gateway, opened(gateway) as line:
        await line.init()
        left = [("X-NBInsight-Gateway-Secret", SECRET), ("X-NBInsight-User", "ana")]
        assert (await behind.post(VIEWER, headers=left)).json() == signed_in_as("ana")
        behind.clock.move(seconds=61)
        assert await line.answer("1", VIEWER) == signed_in_as("ana")
        assert await behind.groups("ana") == []


async def test_a_socket_ends_with_its_user(behind: Vouched) -> None:
    async with listening(behind.app) as server, fronting(server, SECRET) as gateway, opened(gateway) as line:
        await line.init()
        async with behind.world.application.parts.database.writing() as session:
            await session.execute(text("UPDATE user_account SET active = false WHERE login = 'ana'"))
        assert await line.closed() == FORBIDDEN
