"""Thirty-two clients of two servers on one database edit one dashboard: whatever was told ok is there, and nothing else.

`--edits 200` makes it the long run; `-s` prints its figures.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from server.app import close_parts, make_application
from server.domain.grants import ProjectPermission as P
from tests.fixtures.world import World
from tests.integration.mutations.asking import version

CLIENTS: Final = 32
ADD: Final = """mutation($input: AddTextTileInput!) { addTextTile(input: $input) { tile { id } dashboard { version }
    errors { __typename } } }"""
READ: Final = "query($id: ID!) { dashboard(id: $id) { version } }"


@pytest.fixture
async def servers(world: World, tmp_path: Path) -> AsyncGenerator[list[httpx2.AsyncClient]]:
    """Clients of two servers: the world's, and a second one that shares nothing with it but the database."""
    second = make_application(world.application.parts.settings.model_copy(update={"data_dir": tmp_path / "second"}))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close_parts, second.parts)
        yield [
            await stack.enter_async_context(
                httpx2.AsyncClient(transport=httpx2.ASGITransport(app=asgi), base_url="http://127.0.0.1:8000", timeout=60)
            )
            for asgi in (world.application.asgi, second.asgi)
        ]


async def asked(client: httpx2.AsyncClient, token: str, query: str, **variables: object) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {token}"}
    answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.timeout(3600)
async def test_edits_of_many_clients_are_there_if_they_were_told_ok(
    world: World, servers: list[httpx2.AsyncClient], pytestconfig: pytest.Config
) -> None:
    edits: int = pytestconfig.getoption("--edits")
    board, told, refused = world.ids["SALES dashboard"], dict[str, int](), list[str]()
    people = [await world.person(f"client{number}", permissions=[P.WRITE_DASHBOARDS]) for number in range(CLIENTS)]
    tokens = [await world.token(person) for person in people]

    async def edit(number: int) -> None:
        client, token = servers[number % 2], tokens[number]
        for turn in range(edits):
            given: dict[str, object] = {"dashboardId": board, "markdown": f"{number} {turn}"}
            if number % 4 < 2:  # every other client of each server is careful
                found = await asked(client, token, READ, id=board)
                given["expectedVersion"] = found["data"]["dashboard"]["version"]
            answer = await asked(client, token, ADD, input=given)
            if "errors" in answer:
                refused.extend(error["extensions"]["code"] for error in answer["errors"])
            elif answer["data"]["addTextTile"]["errors"]:
                refused.extend(error["__typename"] for error in answer["data"]["addTextTile"]["errors"])
            else:
                told[answer["data"]["addTextTile"]["tile"]["id"]] = answer["data"]["addTextTile"]["dashboard"]["version"]

    begun = time.monotonic()
    await asyncio.gather(*(edit(number) for number in range(CLIENTS)))
    there = {row[0] for row in await world.rows("SELECT id FROM tile")}
    print(f"{len(told)} told ok, {len(there)} there, {len(refused)} refused, {time.monotonic() - begun:.0f} s")  # noqa: T201
    assert set(told) == there
    assert await version(world, board) == 1 + len(told)
    assert len(told) + len(refused) == CLIENTS * edits
    assert set(refused) <= {"VersionConflict", "RATE_LIMITED"}
    assert len(told) >= CLIENTS * edits // 2, "those who send no version are never refused for one"
