"""What the server depends on is cut off, silent, slow or broken in the middle: it says so in time, shows what it has, and heals (R8)."""

import asyncio
import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.faults.conftest import Note
from tests.faults.publishers import PROJECT, PUBLISH, SAVE, content_of, wait_until
from tests.faults.readiness import GRACE_SECONDS, HEALED_SECONDS, readiness
from tests.fixtures.breaking import Fault, Wire, breakable
from tests.fixtures.databases import Postgres
from tests.fixtures.running import Running, serving, start, wait_until_it_listens
from tests.fixtures.seaweedfs import Seaweed

pytestmark = pytest.mark.timeout(600)

DEADLINE_SECONDS: Final = 12
LATE: Final = "QUERY_TOO_COMPLEX"
"""What is told at the deadline of an operation."""
BREAKING: Final = (Fault.CUT, Fault.STALL, Fault.RESET)
ADDRESS: Final = "query($id: ID!) { export(id: $id) { rendering(format: HTML) { url body } } }"
BODY: Final = "query($id: ID!, $format: RenderFormat!) { export(id: $id) { rendering(format: $format, showCode: true) { body } } }"
COMMON: Final = {
    "NBINSIGHT_SECRET_KEY": "k" * 64,
    "NBINSIGHT_RATE_LIMIT": "off",
    "NBINSIGHT_REQUEST_TIMEOUT_SECONDS": str(DEADLINE_SECONDS),
    "NBINSIGHT_RENDER_WAIT_SECONDS": "3",
}
HANGS_SECONDS: Final = DEADLINE_SECONDS + 20
"""With what a machine with other work may add to a deadline."""


class Scene:
    """A server, what was published there before the fault, and a wire of it that breaks."""

    def __init__(self, server: Running, wire: Wire, part: str) -> None:
        """Publish one export and see it shown."""
        self.server, self.wire, self.part, self.numbers = server, wire, part, iter(range(1000))
        self.token, self.longest, self.slowest = server.token, 0.0, 0.0
        server.data(PROJECT, self.token)
        wait_until(lambda: self.tried() == (200, set()), "nothing can be saved")  # once the first rendering processes are there
        self.export = self.published()
        wait_until(lambda: "errors" not in server.post(ADDRESS, self.token, id=self.export).json(), "there is no rendering")
        self.url = server.data(ADDRESS, self.token, id=self.export)["export"]["rendering"]["url"]
        assert self.shown().status_code == 200

    def published(self) -> str:
        """Publish something new; return the export's id."""
        saved = self.server.data(SAVE, self.token, name="Weekly", content=content_of(f"number {next(self.numbers)}"))["saveNotebook"]
        key = f"key {next(self.numbers)}"
        return str(self.server.data(PUBLISH, self.token, id=saved["notebook"]["id"], key=key)["publishNotebook"]["export"]["id"])

    def get(self, path: str) -> httpx2.Response:
        """Ask, and remember how long the longest took."""
        began = time.monotonic()
        answer = httpx2.get(httpx2.URL(self.server.address).join(path), timeout=60)
        self.longest = max(self.longest, time.monotonic() - began)
        return answer

    def shown(self) -> httpx2.Response:
        """Ask for what was rendered before."""
        return self.get(self.url)

    def checks(self) -> dict[str, str]:
        """Ask whether it is ready, and remember how long the slowest answer took; return what is not."""
        wrong, seconds = readiness(self.server)
        self.slowest = max(self.slowest, seconds)
        return wrong

    def tried(self) -> tuple[int, set[str]]:
        """Try to save; return the status and the codes of errors."""
        began = time.monotonic()
        answer = self.server.post(SAVE, self.token, name="Other", content=content_of(f"number {next(self.numbers)}"))
        took = time.monotonic() - began
        assert took < HANGS_SECONDS, f"it hung for {took:.1f} s"
        return answer.status_code, {error["extensions"]["code"] for error in answer.json().get("errors", [])}

    def healed(self) -> float:
        """Let all pass; return how long it took until all is well, without a restart."""
        self.wire.suffer(Fault.NONE)
        began = time.monotonic()
        wait_until(lambda: self.checks() == {} and self.tried() == (200, set()), "it does not heal")
        took = time.monotonic() - began
        assert took < HEALED_SECONDS + GRACE_SECONDS, f"it healed after {took:.1f} s"
        return took

    def note(self, note: Note, fault: Fault, healing: float) -> None:
        """Take the figures down."""
        took = {"slowest_readyz": self.slowest, "longest_other_answer": self.longest, "healed_within": healing}
        told = {name: f"{seconds:.1f} s" for name, seconds in took.items()}
        note(part=self.part, fault=fault.name.lower(), connections=self.wire.befallen, **told)
        self.longest = self.slowest = 0.0
        self.wire.befallen = 0


@contextmanager
def on_postgresql(tmp_path: Path, postgres: Postgres, url: str) -> Generator[Scene]:
    with breakable(partial(asyncio.open_unix_connection, str(postgres.socket))) as wire:
        through = f"postgresql://postgres@127.0.0.1:{wire.port}/{urlsplit(url).path[1:]}"
        with serving(cwd=tmp_path, NBINSIGHT_DATABASE_URL=through, **COMMON) as server:
            yield Scene(server, wire, "database")


@contextmanager
def on_a_bucket(tmp_path: Path, seaweed: Seaweed, bucket_url: str) -> Generator[Scene]:
    there = urlsplit(seaweed.variables["AWS_ENDPOINT_URL"])
    with breakable(partial(asyncio.open_connection, there.hostname, there.port)) as wire:
        given = seaweed.variables | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{wire.port}", "NBINSIGHT_STORE_URL": bucket_url}
        with serving(cwd=tmp_path, **COMMON, **given) as server:
            yield Scene(server, wire, "store")


@contextmanager
def on_a_queue(tmp_path: Path, address: str) -> Generator[Scene]:
    there = urlsplit(address)
    with breakable(partial(asyncio.open_connection, there.hostname, there.port)) as wire:
        given = COMMON | {"NBINSIGHT_QUEUE_URL": f"redis://127.0.0.1:{wire.port}/3"}
        with serving(cwd=tmp_path, **given) as server:
            worker = start("worker", cwd=tmp_path, **given)
            try:
                wait_until_it_listens(worker)
                yield Scene(server, wire, "queue")
            finally:
                worker.stop()


def test_a_database_behind_a_breaking_wire(tmp_path: Path, postgres: Postgres, postgresql_url: str, note: Note) -> None:
    with on_postgresql(tmp_path, postgres, postgresql_url) as scene:
        for fault in BREAKING:
            scene.wire.suffer(fault)
            assert set(scene.checks()) == {"database", "migrations"}
            assert scene.get("/healthz").status_code == 200
            _, codes = scene.tried()
            assert len(codes) == 1
            assert codes <= {"UNAVAILABLE", LATE}
            assert scene.shown().status_code == 503, "rights cannot be looked up"
            scene.note(note, fault, scene.healed())
            assert scene.shown().status_code == 200
        scene.wire.suffer(Fault.SLOW)
        assert scene.shown().status_code == 200
        assert set(scene.checks()) <= {"database", "migrations"}, "what is slow may be too slow for it"
        scene.note(note, Fault.SLOW, scene.healed())
        assert scene.published() != scene.export


def test_a_bucket_behind_a_breaking_wire(tmp_path: Path, seaweed: Seaweed, bucket_url: str, note: Note) -> None:
    with on_a_bucket(tmp_path, seaweed, bucket_url) as scene:
        for fault in BREAKING:
            scene.wire.suffer(fault)
            assert set(scene.checks()) == {"store"}
            assert scene.get("/healthz").status_code == 200
            assert scene.shown().status_code == 200, "it is in memory, and rights can be looked up"
            _, codes = scene.tried()
            assert len(codes) == 1
            assert codes <= {"INTERNAL", "UNAVAILABLE", LATE}
            scene.note(note, fault, scene.healed())
        scene.wire.suffer(Fault.SLOW)
        assert scene.checks() == {}
        assert scene.tried() == (200, set())
        assert "number" in json.dumps(scene.server.data(ADDRESS, scene.token, id=scene.published()))
        scene.note(note, Fault.SLOW, scene.healed())


def test_a_queue_behind_a_breaking_wire(tmp_path: Path, valkey_address: str, note: Note) -> None:
    with on_a_queue(tmp_path, valkey_address) as scene:
        formats = iter(("MARKDOWN", "SCRIPT", "IPYNB", "SLIDES"))
        for fault in BREAKING:
            scene.wire.suffer(fault)
            assert set(scene.checks()) == {"queue"}
            assert scene.get("/healthz").status_code == 200
            assert scene.shown().status_code == 200
            assert scene.tried() == (200, set()), "to save takes no queue"
            wanted = next(formats)
            assert codes_of(scene, wanted) == {"RENDER_PENDING"}
            scene.note(note, fault, scene.healed())
            wait_until(partial(is_rendered, scene, wanted), "it is never rendered")
        scene.wire.suffer(Fault.SLOW)
        assert scene.checks() == {}
        wait_until(partial(is_rendered, scene, "SLIDES"), "it is never rendered")
        scene.note(note, Fault.SLOW, scene.healed())


def codes_of(scene: Scene, format_name: str) -> set[str]:
    """Ask for a rendering; return the codes of errors."""
    answer: dict[str, Any] = scene.server.post(BODY, scene.token, id=scene.export, format=format_name).json()
    return {error["extensions"]["code"] for error in answer.get("errors", [])}


def is_rendered(scene: Scene, format_name: str) -> bool:
    return codes_of(scene, format_name) == set()
