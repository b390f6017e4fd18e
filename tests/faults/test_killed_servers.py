"""A server, or a part of it, is killed while clients publish: what was acknowledged is there, whole, and once (R1).

The moment is any, or just when a row was committed: bytes that came after it would be missing.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from server.config import Settings
from server.db.models import NotebookRow
from server.db.session import Database
from tests.faults.conftest import Note
from tests.faults.publishers import PROJECT, WAIT_SECONDS, Publishers, faults_in, given_by, publishing, wait_until
from tests.fixtures.processes import descendants_of, is_alive, workers_of
from tests.fixtures.running import Running, begin, run, serving
from tests.fixtures.seaweedfs import Seaweed
from tests.fixtures.world import settings_for

pytestmark = pytest.mark.timeout(2700)

CLIENTS = 4
MOST_SECONDS = 1.5
NEWEST = 40
WORKERS = 2
SEVERAL = {"NBINSIGHT_WORKERS": str(WORKERS)}


def started(port: int, cwd: Path, given: dict[str, str]) -> Running:
    """Start it, and wait until it listens."""
    server = begin("--port", str(port), cwd=cwd, **given)
    try:
        wait_until(lambda: bool(server.out) or server.process.poll() is not None, "it does not start")
        assert server.process.poll() is None, server.err
    except AssertionError:
        server.stop(signal.SIGKILL)
        raise
    return server


def killed(server: Running, when: Callable[[], object] = lambda: None) -> None:
    """Kill it as soon as that has returned, and see that what it had started ends by itself."""
    children = descendants_of(server.process.pid)
    when()
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    wait_for_end(children)


def wait_for_end(children: set[int]) -> None:
    """Wait until processes have ended by themselves, as their parent was killed."""
    wait_until(lambda: not any(map(is_alive, children)), "what a killed process had started goes on")


def wait_for_a_row(settings: Settings) -> None:
    """Return at once when a row that names other bytes is committed: were they to come after it, they would not be there yet."""

    async def named(database: Database) -> set[str]:
        async with database.reading() as session:
            return set(await session.scalars(select(NotebookRow.digest)))

    async def wait() -> None:
        database = Database(settings.database)
        before = await named(database)
        async with asyncio.timeout(WAIT_SECONDS):
            while await named(database) == before:  # noqa: ASYNC110  nobody tells, and at once is soon enough
                await asyncio.sleep(0)
        await database.close()

    asyncio.run(wait())


def live(settings: Settings, given: dict[str, str], cwd: Path, kills: int, chance: Random, note: Note) -> Publishers:
    """Kill a server under load again and again, and look after each time; then look at everything once more."""
    port = chance.randrange(20_000, 32_000)  # below those that clients get, who would else connect to themselves
    server = started(port, cwd, given)
    publishers = Publishers(server.address, (settings.data_dir / "admin-token").read_text(encoding="utf-8").strip())
    try:
        server.data(PROJECT, publishers.token)
        with publishing(publishers, CLIENTS):
            for number in range(kills):
                publishers.wait_for_more()
                at_any_moment = partial(time.sleep, chance.uniform(0, MOST_SECONDS))
                killed(server, at_any_moment if number % 2 else partial(wait_for_a_row, settings))
                assert faults_in(settings) == []
                server = started(port, cwd, given)
                publishers.require_presence()
        look_through(publishers, cwd, given)
    finally:
        server.stop(signal.SIGKILL)
        publishers.client.close()
    note(kills=kills, acknowledged=len(publishers.told), cut_off=publishers.unanswered, lost=0, torn=0)
    return publishers


def look_through(publishers: Publishers, cwd: Path, given: dict[str, str]) -> None:
    """See that all which was acknowledged is there, by the API and by `nbinsight verify`."""
    publishers.require_presence()
    publishers.require_content(NEWEST)
    publishers.require_each_once()
    ended = run("verify", cwd=cwd, **given)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Nothing is wrong with ")


def test_killed_on_sqlite_and_a_folder(sqlite_url: str, tmp_path: Path, life: int, kills: int, chance: Random, note: Note) -> None:
    settings = settings_for(sqlite_url, tmp_path, store_url=(tmp_path / f"blobs-{life}").as_uri())
    assert live(settings, given_by(settings), tmp_path, kills, chance, note).unanswered > 0


def test_killed_on_postgresql_and_a_bucket(
    postgresql_url: str, bucket_url: str, seaweed: Seaweed, tmp_path: Path, life: int, kills: int, chance: Random, note: Note
) -> None:
    settings = settings_for(postgresql_url, tmp_path, store_url=f"{bucket_url}/{life}")
    assert live(settings, given_by(settings) | seaweed.variables, tmp_path, kills, chance, note).unanswered > 0


def test_workers_of_a_killed_parent_finish_and_leave_its_port(
    sqlite_url: str, tmp_path: Path, life: int, kills: int, chance: Random, note: Note
) -> None:
    settings = settings_for(sqlite_url, tmp_path, store_url=(tmp_path / f"blobs-{life}").as_uri())
    live(settings, given_by(settings) | SEVERAL, tmp_path, kills, chance, note)


def test_a_killed_worker_is_replaced(database_url: str, tmp_path: Path, life: int, kills: int, chance: Random, note: Note) -> None:
    settings = settings_for(database_url, tmp_path, store_url=(tmp_path / f"blobs-{life}").as_uri())
    given = given_by(settings) | SEVERAL
    with serving(cwd=tmp_path, **given) as server:
        publishers = Publishers(server.address, server.token)
        server.data(PROJECT, publishers.token)
        with publishing(publishers, CLIENTS):
            for _ in range(kills):  # the older one each time: what is published after the second was taken by those in their places
                publishers.wait_for_more()
                time.sleep(chance.uniform(0, MOST_SECONDS))
                older, _ = workers_of(server.process.pid)
                children = descendants_of(older)
                os.kill(older, signal.SIGKILL)
                wait_for_end(children)
                assert faults_in(settings) == []
                wait_until(lambda: len(workers_of(server.process.pid)) == WORKERS, "it is not replaced")
                assert older not in workers_of(server.process.pid)
                publishers.require_presence()
        look_through(publishers, tmp_path, given)
        publishers.client.close()
    assert publishers.unanswered > 0
    note(kills=kills, acknowledged=len(publishers.told), cut_off=publishers.unanswered, lost=0, torn=0)


def test_a_parent_that_is_killed_while_it_replaces_a_worker_leaves_none_behind(tmp_path: Path, life: int, chance: Random) -> None:
    server = started(chance.randrange(20_000, 32_000), tmp_path, SEVERAL | {"NBINSIGHT_DATA_DIR": f"data-{life}"})
    try:
        wait_until(lambda: len(workers_of(server.process.pid)) == WORKERS, "there are no workers")
        os.kill(chance.choice(workers_of(server.process.pid)), signal.SIGKILL)
        time.sleep(chance.uniform(0, MOST_SECONDS))
    finally:
        killed(server)
