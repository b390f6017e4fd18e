"""`/metrics` of a server as people run it: one process or several, asked on an address of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import pytest
from prometheus_client import generate_latest

from server.http.metrics import registry_of_workers
from tests.fixtures.processes import workers_of
from tests.fixtures.running import ROOT, Running, logged, run, serving
from tests.fixtures.world import World

ASKED = 12
SCRAPE = """
import os, sys
from pathlib import Path
from prometheus_client import generate_latest
from server.http.metrics import registry_of_workers
if os.geteuid() == 0:
    os.setuid(65534)
print(generate_latest(registry_of_workers(Path(sys.argv[1]))).decode(), flush=True)
os._exit(0)  # this user could not write what coverage measured
"""
WAIT_SECONDS = 30


def port_of(server: Running) -> int:
    """Return where metrics are shown, which the log says."""
    wait_until(lambda: bool(shown(server)))
    [line] = shown(server)
    assert line["host"] == "127.0.0.1"
    return int(line["port"])


def shown(server: Running) -> list[dict[str, Any]]:
    return [line for line in logged(server) if line["event"] == "metrics shown"]


def scrape(port: int) -> str:
    answer = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
    assert answer.status_code == 200
    return answer.text


def figure(text: str, name: str, labels: str = "") -> float | None:
    """Return a figure of a scrape, None where there is no such series."""
    found = re.search(rf"^nbinsight_{name}{re.escape(labels)} (\S+)$", text, re.MULTILINE)
    return None if found is None else float(found[1])


def folders(where: str) -> list[Path]:
    return sorted(Path(where).glob("nbinsight-metrics-*"))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_scrape_tells_what_all_processes_have_done(tmp_path: Path, workers: int) -> None:
    with (
        TemporaryDirectory() as own,  # short: sockets of rendering children lie in it
        serving("--metrics-port", "0", "--workers", str(workers), cwd=tmp_path, TMPDIR=own) as server,
    ):
        for _ in range(ASKED):
            assert server.login(server.token) == "admin"
        port = port_of(server)
        assert [path.suffix for path in folders(own)] == (["", ".lock"] if workers > 1 else [])
        for _ in range(3):
            text = scrape(port)
            assert figure(text, "operation_seconds_count", '{kind="query",operation="viewer",outcome="ok"}') == ASKED
            assert figure(text, "processes") == workers
            assert figure(text, "unsent_bytes") == 0
        assert "# HELP nbinsight_operation_seconds Queries and mutations, " in text
        here = httpx2.get(server.address.replace("/graphql", "/metrics"), timeout=WAIT_SECONDS)
        assert (here.status_code, here.headers["cache-control"]) == (200, "no-store")
        assert figure(here.text, "operation_seconds_count", '{kind="query",operation="viewer",outcome="ok"}') == ASKED
        assert figure(here.text, "processes") == workers
        assert server.stop() == 0
        with pytest.raises(httpx2.ConnectError):
            scrape(port)
        assert folders(own) == []


def test_metrics_on_the_apis_port_are_for_programs_on_this_machine(tmp_path: Path) -> None:
    """A proxy here that passes everything on says for whom it asks, in one header or another."""
    with serving(cwd=tmp_path) as server:
        address = server.address.replace("/graphql", "/metrics")
        assert httpx2.get(address, timeout=WAIT_SECONDS).status_code == 200
        for header in ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"):
            answer = httpx2.get(address, headers={header: "127.0.0.1"}, timeout=WAIT_SECONDS)
            assert (answer.status_code, "nbinsight" in answer.text) == (404, False), header
    with serving("--no-metrics", cwd=tmp_path) as server:
        assert httpx2.get(server.address.replace("/graphql", "/metrics"), timeout=WAIT_SECONDS).status_code == 404


@pytest.mark.parametrize(
    ("peer", "status"), [("127.0.0.1", 200), ("::1", 200), ("127.8.8.8", 200), ("10.0.0.7", 404), ("", 404), ("unix", 404)]
)
async def test_metrics_are_not_for_other_machines(world: World, peer: str, status: int) -> None:
    transport = httpx2.ASGITransport(app=world.application.asgi, client=(peer, 4711))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        assert (await client.get("/metrics")).status_code == status


def test_counters_of_a_worker_that_died_stay_and_its_gauges_leave(tmp_path: Path) -> None:
    with serving("--metrics-port", "0", "--workers", "2", cwd=tmp_path) as server:
        for _ in range(ASKED):
            server.login(server.token)
        port = port_of(server)
        victim = workers_of(server.process.pid)[0]
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: victim not in workers_of(server.process.pid) and figure(scrape(port), "processes") == 2)
        server.login(server.token)
        name, labels = "operation_seconds_count", '{kind="query",operation="viewer",outcome="ok"}'
        assert figure(scrape(port), name, labels) == ASKED + 1


def test_the_number_of_a_dead_worker_that_another_users_process_has_by_now_is_a_dead_workers() -> None:
    others = os.getpid() if os.geteuid() == 0 else 1
    if os.geteuid() == Path(f"/proc/{others}").stat().st_uid != 0:
        pytest.skip("no process of another user is known")
    with TemporaryDirectory() as made:
        gauges = Path(made) / f"gauge_livesum_{others}.db"
        gauges.touch()
        gauges.parent.chmod(0o777)
        done = subprocess.run(  # noqa: S603  our own words
            [sys.executable, "-c", SCRAPE, made], capture_output=True, text=True, check=False, timeout=WAIT_SECONDS, cwd=ROOT
        )
        assert (done.returncode, done.stderr, gauges.exists()) == (0, "", False)
    assert "nbinsight_build_info" in done.stdout


def test_what_a_killed_parent_left_goes_at_the_next_start(tmp_path: Path) -> None:
    with TemporaryDirectory() as own:
        with serving("--metrics-port", "0", "--workers", "2", cwd=tmp_path, TMPDIR=own) as server:
            assert server.login(server.token) == "admin"
            workers = workers_of(server.process.pid)
            server.stop(signal.SIGKILL)
            wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
        with serving(cwd=tmp_path, TMPDIR=own):  # or one of its workers did so, had it only begun
            assert folders(own) == []


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_file_that_a_worker_is_just_making_spoils_no_scrape(tmp_path: Path) -> None:
    (tmp_path / "counter_1.db").touch()
    assert generate_latest(registry_of_workers(tmp_path)).startswith(b"# HELP nbinsight_build_info ")


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with serving("--metrics-port", "0", cwd=tmp_path) as server:
        port = port_of(server)
        done = run("serve", "--port", "0", "--metrics-port", str(port), "--data-dir", "other", cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == (
            f"nbinsight: Cannot show metrics on 127.0.0.1 port {port}: Address already in use. --metrics-port takes another."
        )
