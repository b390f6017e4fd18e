"""Several processes over one database: what one commits, subscribers of another are told; and how they stop."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.fixtures.listening import Events, Line, calling, hearing
from tests.fixtures.running import Running, serving
from tests.integration.live.conftest import BOARD, RENAME, WHO

CREATE = 'mutation { createDashboard(input: {projectKey: "P", name: "First"}) { dashboard { id } errors { message } } }'
PROJECT = 'mutation { createProject(input: {key: "P", name: "P"}) { project { id } errors { message } } }'


@pytest.fixture
def two(database_url: str, tmp_path: Path) -> Iterator[tuple[Running, Running]]:
    """Two servers, each a process, over one database."""
    given = {"NBINSIGHT_DATABASE_URL": database_url, "NBINSIGHT_DATA_DIR": str(tmp_path / "data")}
    with ExitStack() as stack:
        first, second = (stack.enter_context(serving(cwd=tmp_path, **given)) for _ in range(2))
        yield first, second


def host(server: Running) -> str:
    """Return host and port."""
    return server.address.removeprefix("http://").removesuffix("/graphql")


def board_by(server: Running) -> str:
    """Make a dashboard, as the first administrator; return its id."""
    server.data(PROJECT, server.token)
    return str(server.data(CREATE, server.token)["createDashboard"]["dashboard"]["id"])


async def rename_until(server: Running, token: str, board: str, told: "asyncio.Task[str]") -> str:
    """Change the dashboard until a subscriber is told: nothing says from outside when it has begun to follow."""
    for number in range(100):
        await asyncio.to_thread(server.data, RENAME, token, id=board, name=f"Name {number}")
        done, _ = await asyncio.wait({told}, timeout=0.3)
        if done:
            break
    return await told


async def test_what_one_process_commits_another_tells(two: tuple[Running, Running]) -> None:
    first, second = two
    board = board_by(first)
    async with calling(host(second), authorization=f"Bearer {first.token}") as line:
        await line.init()
        await line.ask("d", BOARD, id=board)

        async def name() -> str:
            return str((await line.event("d"))["name"])

        assert (await rename_until(first, first.token, board, asyncio.create_task(name()))).startswith("Name ")


async def test_a_token_revoked_by_one_process_ends_for_another(two: tuple[Running, Running]) -> None:
    first, second = two
    made = first.data('mutation { createAccessToken(input: {name: "t"}) { accessToken { id } token errors { message } } }', first.token)
    token = made["createAccessToken"]
    async with calling(host(second), authorization=f"Bearer {token['token']}") as line:
        await line.init()
        assert (await line.answer("1", WHO))["data"]["viewer"] is not None
        end = "mutation($id: ID!) { revokeAccessToken(input: {accessTokenId: $id}) { errors { message } } }"
        await asyncio.to_thread(first.data, end, first.token, id=token["accessToken"]["id"])
        await line.ask("2", WHO)
        assert await line.closed() == (4403, "Forbidden")


@asynccontextmanager
async def held(server: Running) -> AsyncGenerator[tuple[Line, Events]]:
    """Hold a socket and a stream open."""
    board, header = board_by(server), f"Bearer {server.token}"
    async with calling(host(server), authorization=header) as line, hearing(host(server), BOARD, authorization=header, id=board) as events:
        await line.init()
        await line.ask("d", BOARD, id=board)
        await events.begun()
        yield line, events


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_server_that_stops_waits_for_no_subscriber(tmp_path: Path, workers: int) -> None:
    with serving("--workers", str(workers), "--no-log-requests", cwd=tmp_path) as server:
        async with held(server) as (line, events):
            stopping = asyncio.create_task(asyncio.to_thread(server.stop, signal.SIGTERM))
            with pytest.raises(EOFError):
                await events.next()
            code, _ = await line.closed()
            assert code == 1012
            assert await stopping == 0
        assert server.err == [entry for entry in server.err if not entry.startswith(("Traceback", "{"))]
