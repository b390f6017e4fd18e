"""A server is killed at any moment while clients publish: what it acknowledged is there, whole, and once (R1)."""

import signal
import time
from pathlib import Path
from random import Random

import pytest

from server.config import Settings
from tests.faults.conftest import Note
from tests.faults.publishers import PROJECT, Publishers, faults_in, given_by, publishing, wait_until
from tests.fixtures.running import Running, begin, run
from tests.fixtures.seaweedfs import Seaweed
from tests.fixtures.world import settings_for
from tests.integration.operations.test_stopping import descendants_of, is_alive

CLIENTS = 4
MOST_SECONDS = 1.5
NEWEST = 40


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


def killed(server: Running) -> None:
    """Kill it, and see that what it had started ends by itself."""
    children = descendants_of(server.process.pid)
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    wait_until(lambda: not any(map(is_alive, children)), "processes of a killed server go on")


def live(settings: Settings, given: dict[str, str], cwd: Path, kills: int, chance: Random, note: Note) -> None:
    """Kill a server under load again and again, and look after each time; then look at everything once more."""
    port = chance.randrange(20_000, 32_000)  # below those that clients get, who would else connect to themselves
    server = started(port, cwd, given)
    publishers = Publishers(server.address, (settings.data_dir / "admin-token").read_text(encoding="utf-8").strip())
    try:
        server.data(PROJECT, publishers.token)
        with publishing(publishers, CLIENTS):
            for _ in range(kills):
                publishers.wait_for_more()
                time.sleep(chance.uniform(0, MOST_SECONDS))
                killed(server)
                assert faults_in(settings) == []
                server = started(port, cwd, given)
                publishers.require_presence()
        publishers.require_presence()
        publishers.require_content(NEWEST)
        publishers.require_each_once()
        ended = run("verify", cwd=cwd, **given)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.startswith("Nothing is wrong with ")
    finally:
        server.stop(signal.SIGKILL)
        publishers.client.close()
    assert publishers.unanswered > 0
    note(kills=kills, acknowledged=len(publishers.told), cut_off=publishers.unanswered, lost=0, torn=0)


@pytest.mark.timeout(900)
def test_killed_on_sqlite_and_a_folder(sqlite_url: str, tmp_path: Path, life: int, kills: int, chance: Random, note: Note) -> None:
    settings = settings_for(sqlite_url, tmp_path, store_url=(tmp_path / f"blobs-{life}").as_uri())
    live(settings, given_by(settings), tmp_path, kills, chance, note)


@pytest.mark.timeout(900)
def test_killed_on_postgresql_and_a_bucket(
    postgresql_url: str, bucket_url: str, seaweed: Seaweed, tmp_path: Path, life: int, kills: int, chance: Random, note: Note
) -> None:
    settings = settings_for(postgresql_url, tmp_path, store_url=f"{bucket_url}/{life}")
    live(settings, given_by(settings) | seaweed.variables, tmp_path, kills, chance, note)
