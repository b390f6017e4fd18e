"""`nbinsight serve --workers N`: when it says that it is there, and what the log tells of workers that end."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from uvicorn.config import STARTUP_FAILURE

from tests.fixtures.processes import workers_of
from tests.fixtures.running import ROOT, Running, begin, environment, free_ports, logged, serving, start_command
from tests.integration.operations.test_stopping import WAIT_SECONDS, wait_until

pytestmark = pytest.mark.timeout(300)

HOLD_WORKERS = """
import os, sys, time
if any("spawn_main" in word for word in sys.orig_argv):
    try:
        os.mkdir("first")
    except FileExistsError:
        while not os.path.exists("go"):
            time.sleep(0.02)
"""
"""Python runs it as `sitecustomize` before anything else: the second worker waits for a file."""
ODD = """
import os, socket, sys
from uvicorn import Config

async def app(scope, receive, send): ...

def make():
    if os.path.exists("spoilt"):
        code = int(open("spoilt").read())
        os.unlink("spoilt")
        os._exit(code)
    return app

def serve():
    from server.cli.failures import CommandFailed
    from server.cli.workers import Workers
    from server.http.logs import set_up_logs
    set_up_logs()
    bound = socket.create_server(("127.0.0.1", 0))
    config = Config("odd:make", factory=True, workers=1, log_config=None, lifespan="off", timeout_worker_healthcheck=10)
    try:
        Workers(config, [bound], lambda: print("ready", flush=True)).run()
    except CommandFailed as error:
        sys.exit(error.message)
"""
"""A module of one worker that ends as it is told to."""


def test_the_address_is_told_when_all_workers_answer(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HOLD_WORKERS, encoding="utf-8")
    [port] = free_ports(1)
    server = begin("--port", str(port), "--workers", "2", cwd=tmp_path, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    try:
        wait_until(lambda: len(workers_of(server.process.pid)) == 2)
        time.sleep(1)  # what was told by now would be here
        assert server.out == []
        (tmp_path / "go").touch()
        wait_until(lambda: bool(server.out))
        assert server.address == f"http://127.0.0.1:{port}/graphql"
        assert httpx2.get(server.address.replace("/graphql", "/healthz"), timeout=WAIT_SECONDS).status_code == 200
    finally:
        (tmp_path / "go").touch()
        server.stop()
    assert [urlsplit(line).port for line in server.out] == [port], "it is told once"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_that_cannot_show_its_metrics_tells_no_address(tmp_path: Path, workers: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        server = begin("--metrics-port", str(other.getsockname()[1]), "--workers", workers, cwd=tmp_path)
        assert server.process.wait(WAIT_SECONDS) == 1
        server.stop()
    assert server.out == []
    assert "Cannot show metrics on 127.0.0.1 port" in server.err[-1]


def test_a_worker_that_is_killed_leaves_a_line_in_the_log(tmp_path: Path) -> None:
    with serving("--workers", "2", cwd=tmp_path) as server:
        victim, kept = workers_of(server.process.pid)
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: bool(ends(server)))
        [replacement] = set(workers_of(server.process.pid)) - {kept}
        [line] = ends(server)
        told = {"pid": victim, "ended": "signal 9 (Killed)", "replaced_by": replacement, "level": "warning", "logger": "server.workers"}
        assert {name: line[name] for name in told} == told
        assert server.stop() == 0
        assert ends(server) == [line], "workers that are asked to end are none of it"


@contextmanager
def odd(tmp_path: Path, code: int = 0) -> Generator[Running]:
    """Run one worker that ends as it is told to; the parent leaves with a code."""
    (tmp_path / "odd.py").write_text(ODD, encoding="utf-8")
    command = [sys.executable, "-c", "import odd; odd.serve()"]
    parent = start_command(command, cwd=tmp_path, env=environment(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}"))
    try:
        yield parent
    finally:
        assert parent.stop() == code


def hang(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


def crash(pid: int) -> None:
    os.kill(pid, signal.SIGSEGV)


@pytest.mark.parametrize(
    ("befall", "ended"), [(hang, "signal 9 (Killed), perhaps as it did not answer"), (crash, "signal 11 (Segmentation fault)")]
)
def test_the_log_tells_how_a_worker_ended(tmp_path: Path, befall: Callable[[int], None], ended: str) -> None:
    with odd(tmp_path) as parent:
        wait_until(lambda: parent.out == ["ready"])
        [victim] = workers_of(parent.process.pid)
        befall(victim)
        wait_until(lambda: bool(ends(parent)))
        assert [(line["pid"], line["ended"]) for line in ends(parent)] == [(victim, ended)]
        assert parent.out == ["ready"]


def test_a_worker_that_ends_before_it_answers_is_told_and_its_replacement_waited_for(tmp_path: Path) -> None:
    (tmp_path / "spoilt").write_text("7", encoding="utf-8")
    with odd(tmp_path) as parent:
        wait_until(lambda: parent.out == ["ready"])
        assert [line["ended"] for line in ends(parent)] == ["exit code 7"]


def test_a_worker_that_cannot_start_is_not_tried_again_and_the_command_fails(tmp_path: Path) -> None:
    (tmp_path / "spoilt").write_text(str(STARTUP_FAILURE), encoding="utf-8")
    with odd(tmp_path, code=1) as parent:
        assert parent.process.wait(WAIT_SECONDS) == 1
    assert (parent.out, ends(parent)) == ([], [])
    assert parent.err[-1] == "A worker could not start, as it said, so none is tried again."


def test_settings_that_no_worker_can_use_end_the_command(tmp_path: Path) -> None:
    server = begin("--workers", "2", cwd=tmp_path, NBINSIGHT_TRUSTED_DOCUMENTS="absent")
    assert server.process.wait(WAIT_SECONDS) != 0
    server.stop()
    assert server.out == []
    assert any("absent" in line for line in server.err)


def ends(server: Running) -> list[dict[str, object]]:
    """Return what the log tells of workers that ended."""
    return [line for line in logged(server) if line["event"] == "a worker has ended and is replaced"]
