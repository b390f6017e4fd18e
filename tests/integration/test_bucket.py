"""The whole server on a bucket of a real S3, run as people run it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fixtures import make
from tests.fixtures.running import Running, run, serving
from tests.fixtures.seaweedfs import SECRET, Seaweed, bucket_url, seaweed

__all__ = ["bucket_url", "seaweed"]

KEY = "k" * 64
MEBIBYTE = 1024 * 1024
PROJECT = (
    'mutation { createProject(input: {key: "SALES", name: "Sales"}) { project { id dashboards { nodes { id } } } errors { message } } }'
)
SAVE = """mutation($content: String!) { saveNotebook(input: {projectKey: "SALES", name: "Weekly", content: $content}) {
    notebook { id } errors { message } } }"""
PUBLISH = """mutation($id: ID!) { publishNotebook(input: {notebookId: $id}) { export { id } errors { message } } }"""
SHOW = "query($id: ID!) { export(id: $id) { rendering(format: HTML, showCode: false) { url } } }"


@pytest.fixture
def given(bucket_url: str, seaweed: Seaweed) -> dict[str, str]:
    return {
        "NBINSIGHT_STORE_URL": bucket_url,
        "NBINSIGHT_SECRET_KEY": KEY,
        "NBINSIGHT_MAX_BODY_BYTES": str(64 * MEBIBYTE),
    } | seaweed.variables


@pytest.fixture
def back_again(seaweed: Seaweed) -> Iterator[Seaweed]:
    yield seaweed
    seaweed.stop()
    seaweed.start()


def made(server: Running, query: str, token: str, **variables: object) -> dict[str, Any]:
    [payload] = server.data(query, token, **variables).values()
    assert payload["errors"] == []
    return dict(payload)


def published(server: Running, token: str, notebook: dict[str, Any]) -> str:
    """Save and publish; return the export's id."""
    saved = made(server, SAVE, token, content=json.dumps(notebook))
    return str(made(server, PUBLISH, token, id=saved["notebook"]["id"])["export"]["id"])


def shown(server: Running, token: str, export_id: str) -> str:
    """Return what lies at the address of a rendering."""
    rendering = server.data(SHOW, token, id=export_id)["export"]["rendering"]
    served = httpx2.get(httpx2.URL(server.address).join(rendering["url"]), timeout=60)
    assert served.status_code == 200
    return served.text


def ready(server: Running) -> tuple[int, str]:
    answer = httpx2.get(httpx2.URL(server.address).join("/readyz"), timeout=5)
    return answer.status_code, answer.json()["checks"]["store"]


def test_what_is_published_lies_in_the_bucket_and_outlives_server_and_machine(tmp_path: Path, given: dict[str, str]) -> None:
    with serving(cwd=tmp_path, **given) as server:
        token = server.token
        made(server, PROJECT, token)
        export = published(server, token, make.notebook(make.code("secret = 1", make.stream("first week\n"))))
        assert "first week" in shown(server, token, export)
        assert ready(server) == (200, "ok")
    assert not (tmp_path / "nbinsight-data" / "blobs").exists()
    with serving(cwd=tmp_path, **given) as server:
        assert "first week" in shown(server, token, export)
        assert not any(SECRET in line or KEY in line for line in server.err)


def test_a_notebook_of_20_mb_is_saved_and_shown(tmp_path: Path, given: dict[str, str]) -> None:
    lines = [make.code(f"part {part}", make.stream(f"line {part}: {'x' * 100}\n" * 2000)) for part in range(91)]
    with serving(cwd=tmp_path, **given) as server:
        token = server.token
        made(server, PROJECT, token)
        notebook = make.notebook(*lines)
        assert len(json.dumps(notebook)) > 20_000_000
        export = published(server, token, notebook)
        assert "line 90" in shown(server, token, export)


def test_while_the_bucket_is_away_the_server_says_so_shows_what_it_remembers_and_heals(
    tmp_path: Path, given: dict[str, str], back_again: Seaweed
) -> None:
    with serving(cwd=tmp_path, **given) as server:
        token = server.token
        made(server, PROJECT, token)
        export = published(server, token, make.notebook(make.code("x", make.stream("first week\n"))))
        assert "first week" in shown(server, token, export)
        back_again.stop()
        assert ready(server) == (503, "not available (OSError); the log says more")
        assert httpx2.get(httpx2.URL(server.address).join("/healthz")).status_code == 200
        assert "first week" in shown(server, token, export)
        answer = server.post(SAVE, token, content=json.dumps(make.notebook(make.code("y")))).json()
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "INTERNAL"
        back_again.start()
        assert ready(server) == (200, "ok")
        assert "second week" in shown(server, token, published(server, token, make.notebook(make.code("x", make.stream("second week\n")))))
    assert any("s3://" in line and "cannot be reached" in line for line in server.err)
    assert not any(SECRET in line or KEY in line for line in server.err)


def test_while_the_bucket_hangs_readiness_is_refused_in_time(tmp_path: Path, given: dict[str, str], back_again: Seaweed) -> None:
    with serving(cwd=tmp_path, **given) as server:
        back_again.hang()
        try:
            assert ready(server) == (503, "no answer within 1.5 s")
        finally:
            back_again.go_on()
        assert ready(server) == (200, "ok")


def test_doctor_looks_into_the_bucket_before_there_is_a_data_folder_and_after(tmp_path: Path, given: dict[str, str]) -> None:
    url = given["NBINSIGHT_STORE_URL"]
    healthy = run("doctor", cwd=tmp_path, **given)
    assert f"ok    store: {url}" in healthy.stdout
    assert "ok    secret key: given" in healthy.stdout
    assert not (tmp_path / "nbinsight-data").exists()
    run("db", "upgrade", cwd=tmp_path, **given)
    wrong = run("doctor", cwd=tmp_path, **given | {"AWS_SECRET_ACCESS_KEY": "hunter2"})
    assert wrong.returncode == 1
    assert f"WRONG store: The blob store {url} refuses these credentials (SignatureDoesNotMatch)." in wrong.stdout
    keyless = run("doctor", cwd=tmp_path, **{name: value for name, value in given.items() if name != "NBINSIGHT_SECRET_KEY"})
    assert "WRONG secret key: With a bucket as blob store, set NBINSIGHT_SECRET_KEY" in keyless.stdout
    assert not any("hunter2" in text or SECRET in text for text in (wrong.stdout, wrong.stderr, healthy.stdout))
