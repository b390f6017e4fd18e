"""Traces as servers and workers send them: real processes, and a collector that listens on this machine."""

import sys
from pathlib import Path
from typing import Final

import pytest

from tests.fixtures import make
from tests.fixtures.collector import Collector, Received, collecting
from tests.fixtures.running import logged, run, serving, start, wait_until_it_listens
from tests.fixtures.valkey import valkey_address

__all__ = ["valkey_address"]

WHO: Final = "{ viewer { user { login } } }"
PARENT: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PUBLISH: Final = """mutation($content: String!) {
    createProject(input: {key: "SALES", name: "Sales"}) { project { id } errors { message } }
    saveNotebook(input: {projectKey: "SALES", name: "Report", content: $content}) { notebook { id } errors { message } } }"""
EXPORT: Final = "mutation($id: ID!) { createExport(input: {notebookId: $id}) { export { id } errors { message } } }"
RENDERED: Final = "query($id: ID!) { export(id: $id) { rendering { body } } }"
LATE: Final = {"OTEL_BSP_SCHEDULE_DELAY": "600000"}
"""Nothing is sent by the clock, so that what arrives was sent at the end."""


def sent_to(collector: Collector) -> dict[str, str]:
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address, "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=ours"}


def named(spans: list[Received], name: str) -> list[Received]:
    return [span for span in spans if span.name == name]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_that_is_asked_to_stop_sends_what_is_left(tmp_path: Path, workers: str) -> None:
    with collecting() as collector:
        with serving("--workers", workers, cwd=tmp_path, **sent_to(collector), **LATE) as server:
            for _ in range(8):
                server.data(WHO, server.token)
            assert collector.bodies == []
            assert server.stop() == 0
        spans = collector.spans()
    assert len(named(spans, "query viewer")) == 8
    assert {span.service for span in spans} == {"nbinsight"}
    assert set(collector.paths) == {"/v1/traces"}
    assert {headers["x-tenant"] for headers in collector.headers} == {"ours"}


def test_a_rendering_by_a_worker_lies_in_the_trace_of_whoever_asked(tmp_path: Path, valkey_address: str) -> None:
    with collecting() as collector:
        given = {"NBINSIGHT_QUEUE_URL": valkey_address, "NBINSIGHT_RENDER_WAIT_SECONDS": "60", **sent_to(collector), **LATE}
        given["NBINSIGHT_REQUEST_TIMEOUT_SECONDS"] = "60"
        with serving(cwd=tmp_path, **given) as server:
            worker = start("worker", cwd=tmp_path, **given)
            try:
                wait_until_it_listens(worker)
                content = make.dump(make.notebook(make.markdown("# Words"))).decode()
                notebook = server.data(PUBLISH, server.token, content=content)["saveNotebook"]["notebook"]["id"]
                export = server.data(EXPORT, server.token, id=notebook)["createExport"]["export"]["id"]
                assert "Words" in server.data(RENDERED, server.token, id=export)["export"]["rendering"]["body"]
            finally:
                assert worker.stop() == 0
        spans = collector.spans()
    [asked] = named(spans, "query export")
    waits, makes = sorted(named(spans, "render HTML"), key=lambda span: span.service)
    assert [(span.service, span.said["nbinsight.render.where"], span.said["nbinsight.outcome"]) for span in (waits, makes)] == [
        ("nbinsight", "worker", "ok"),
        ("nbinsight-worker", "here", "ok"),
    ]
    assert (waits.parent_id, makes.parent_id) == (asked.span_id, waits.span_id)
    assert {span.trace_id for span in (asked, waits, makes)} == {asked.trace_id}
    assert [span for span in spans if span.service == "nbinsight-worker" and span.name == "INSERT" and span.trace_id == asked.trace_id]


def test_a_collector_that_is_away_keeps_nobody_from_working_or_stopping(tmp_path: Path) -> None:
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://user:secretword@127.0.0.1:9", "OTEL_BSP_SCHEDULE_DELAY": "100"}
    with serving(cwd=tmp_path, **away) as server:
        assert server.login(server.token) == "admin"
        assert server.stop() == 0
    assert "opentelemetry" in {str(line.get("logger")).partition(".")[0] for line in logged(server)}
    assert "secretword" not in "".join([*server.out, *server.err])


def test_the_environment_may_call_it_otherwise(tmp_path: Path) -> None:
    with collecting() as collector:
        with serving(cwd=tmp_path, **sent_to(collector), OTEL_SERVICE_NAME="notebooks") as server:
            server.data(WHO, server.token)
        assert {span.service for span in collector.spans()} == {"notebooks"}


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_where_the_extra_is_missing_the_start_says_what_to_install(tmp_path: Path, command: str) -> None:
    blocked = tmp_path / "without"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text("import sys\nsys.modules['opentelemetry'] = None\n", encoding="utf-8")
    given = {"PYTHONPATH": f"{blocked}:{Path(__file__).resolve().parents[3]}", "NBINSIGHT_QUEUE_URL": "redis://127.0.0.1:9"}
    ended = run(command, cwd=tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", **given)
    assert (ended.returncode, ended.stdout) == (2, "")
    said = "OTEL_EXPORTER_OTLP_ENDPOINT needs OpenTelemetry's packages: pip install 'nbinsight[otel]', or leave it out."
    assert ended.stderr.splitlines()[-1].endswith(said), ended.stderr
    doctor = run("doctor", cwd=tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", **given)
    assert f"WRONG traces: {said}" in doctor.stdout
    assert sys.modules.get("opentelemetry") is not None, "it is installed where the tests run"
