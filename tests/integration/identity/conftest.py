"""Servers whose people others vouch for, and whose clock a test moves. Who vouches does not depend on the database: SQLite alone."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from tests.fixtures.hub import SmallHub, small_hub
from tests.fixtures.world import World
from tests.integration.http.conftest import Start, database_url, start
from tests.integration.http.serving import Clock, app_of

__all__ = ["database_url", "start"]

WHO = "{ viewer { user { login displayName } } }"
GROUPS = """SELECT g.name FROM user_group g JOIN group_member m ON m.group_id = g.id
    JOIN user_account u ON u.id = m.user_id WHERE u.login = :login ORDER BY g.name"""
GRANT = """mutation($group: String!) { setProjectPermissions(input: {projectKey: "SALES", groupName: $group,
    permissions: [READ_PROJECT_CONTENT]}) { grant { granted } errors { message } } }"""
PROJECT = '{ project(key: "SALES") { key } }'


@dataclass(slots=True)
class Vouched:
    """A world, an application over it that believes others, and its clock."""

    world: World
    app: Starlette
    clock: Clock
    peer: str = "127.0.0.1"

    def client(self, peer: str | None = None) -> httpx2.AsyncClient:
        """Talk to the application, from an address of the test's choice."""
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False, client=(peer or self.peer, 50000))
        return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")

    async def post(self, query: str, *, peer: str | None = None, headers: Any = None, **variables: object) -> httpx2.Response:  # noqa: ANN401  what httpx takes
        """Send an operation."""
        async with self.client(peer) as client:
            return await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def ask(self, authorization: str, query: str = WHO) -> httpx2.Response:
        """Ask with an Authorization."""
        return await self.post(query, headers={"authorization": authorization})

    async def data(self, authorization: str, query: str = WHO) -> Any:  # noqa: ANN401  any JSON
        """Return the data of what must be answered without errors."""
        response = await self.ask(authorization, query)
        assert (response.status_code, "errors" in response.json()) == (200, False), response.text
        return response.json()["data"]

    async def login(self, authorization: str) -> str:
        """Return whom an Authorization names."""
        return str((await self.data(authorization))["viewer"]["user"]["login"])

    async def groups(self, login: str) -> list[str]:
        """Return the groups of a user."""
        return [str(name) for (name,) in await self.world.rows(GROUPS, login=login)]


def vouched(world: World, **settings: object) -> Vouched:
    """Serve a world with settings that let others vouch."""
    clock = Clock(datetime.now(UTC))
    return Vouched(world, app_of(world, settings=settings, clock=clock), clock)


@pytest.fixture
async def hub() -> AsyncGenerator[SmallHub]:
    """A Hub."""
    async with small_hub() as made:
        yield made


@pytest.fixture
async def beside(start: Start, hub: SmallHub) -> Vouched:
    """A server beside that Hub."""
    return vouched(await start(), hub_api_url=hub.url)
