"""PostgreSQL cuts the connection that listens for changes: subscriptions go on, and miss nothing of what was committed meanwhile."""

import asyncio

import pytest

from tests.fixtures.listening import SECONDS, calling
from tests.integration.live.conftest import BOARD, CREATE, EXPORTS, Scene

LISTENERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN \"nbinsight_changes\"' ORDER BY pid"
CUT = "SELECT pg_terminate_backend(:pid)"
CUT_ALL = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """The address of a migrated, empty database."""
    return postgresql_url


async def listener(scene: Scene, *, not_: int | None = None) -> int:
    """Wait until one connection listens, which is another than before; return the process that serves it."""
    async with asyncio.timeout(SECONDS):
        while True:
            found = [row[0] for row in await scene.world.rows(LISTENERS)]
            if len(found) == 1 and found[0] != not_:
                return int(found[0])
            await asyncio.sleep(0.02)


async def test_a_listener_that_is_cut_comes_back_and_nothing_is_missed(scene: Scene) -> None:
    notebook = await scene.world.save()
    async with calling(scene.address, authorization=scene.header("analyst")) as line:
        await line.init()
        await line.ask("e", EXPORTS, id=notebook)
        await scene.followed(1)
        before = await listener(scene)
        for number in range(1, 4):
            await scene.world.rows(CUT, pid=before)
            await scene.world.ok("coder", CREATE, id=notebook)
            assert (await line.event("e"))["sequence"] == number
            before = await listener(scene, not_=before)


async def test_a_database_that_cuts_everybody_off_is_asked_again(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("d", BOARD, id=scene.world.ids["SALES dashboard"])
        await scene.followed(1)
        before = await listener(scene)
        await scene.world.rows(CUT_ALL)
        await listener(scene, not_=before)  # the cut is asked for, and comes when each process gets to it
        caplog.clear()  # whoever was just looking has said that the database was away
        await scene.rename("Second")
        assert (await line.event("d"))["version"] == 2
        await scene.rename("Third")
        assert (await line.event("d"))["version"] == 3
