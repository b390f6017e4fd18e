"""The command line, run as people run it: processes of their own, real files, real requests."""

import signal
import sqlite3
import stat
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import pytest

from tests.fixtures import make
from tests.fixtures.running import ROOT, Running, begin, logged, run, serving, wait_until_it_listens

DATA = "nbinsight-data"
TOKENS = "SELECT count(*) FROM access_token"
CREATE_TOKEN = 'mutation { createAccessToken(input: {name: "x"}) { accessToken { scope } errors { message } } }'


def mode_of(file: Path) -> str:
    return f"{stat.S_IMODE(file.stat().st_mode):o}"


def look_up(folder: Path, sql: str) -> object:
    connection = sqlite3.connect(folder / DATA / "nbinsight.db")
    try:
        return connection.execute(sql).fetchone()[0]
    finally:
        connection.close()


def first_start_lines(server: Running) -> list[str]:
    return [line for line in server.err if line.startswith("First start:")]


def test_the_first_start_makes_one_administrator_whose_token_works(tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as server:
        token = server.token
        assert server.login(token) == "admin"
        assert server.data("{ viewer { globalPermissions } }", token)["viewer"]["globalPermissions"].count("ADMINISTRATOR") == 1
        assert server.out == [server.address]
        assert len(first_start_lines(server)) == 1
        assert (tmp_path / DATA / "admin-token").read_text(encoding="utf-8") == f"{token}\n"
        assert mode_of(tmp_path / DATA / "admin-token") == "600"
        assert mode_of(tmp_path / DATA / "secret-key") == "600"
        assert mode_of(tmp_path / DATA / "nbinsight.db") == "600"
        assert mode_of(tmp_path / DATA) == "700"
    with serving(cwd=tmp_path) as server:
        assert server.login(token) == "admin"
        server.stop()
        assert [line["event"] for line in logged(server)] == ["request"]
        assert len(server.err) == 1
    assert look_up(tmp_path, TOKENS) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_within_seconds_and_without_a_word(tmp_path: Path, number: signal.Signals) -> None:
    with serving("--no-log-requests", cwd=tmp_path) as server:
        server.login(server.token)
        began = time.monotonic()
        assert server.stop(number) == 0
        assert time.monotonic() - began < 5
        assert len(server.err) == 2, server.err


def test_servers_that_start_together_make_one_administrator(tmp_path: Path) -> None:
    servers = [begin(cwd=tmp_path) for _ in range(3)]
    try:
        for server in servers:
            wait_until_it_listens(server)
        assert sum(len(first_start_lines(server)) for server in servers) == 1
        token = (tmp_path / DATA / "admin-token").read_text(encoding="utf-8").strip()
        assert [server.login(token) for server in servers] == ["admin"] * 3
    finally:
        for server in servers:
            server.stop()
    assert look_up(tmp_path, TOKENS) == 1


def test_a_server_that_was_killed_starts_again_with_what_it_had(tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as server:
        token = server.token
        made = server.data('mutation { createProject(input: {key: "K", name: "K"}) { project { id } } }', token)
        assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    with serving(cwd=tmp_path) as server:
        assert server.data('{ project(key: "K") { id } }', token)["project"] == made["createProject"]["project"]


def test_a_start_deletes_the_renderings_of_killed_servers_and_of_no_other(tmp_path: Path) -> None:
    for name in ("killed", "living", "next"):
        (tmp_path / name).mkdir()
    with TemporaryDirectory() as short:  # sockets of the rendering children lie in it, whose addresses have 107 characters at most
        check_that_only_the_dead_are_cleared_away(tmp_path, Path(short))


def check_that_only_the_dead_are_cleared_away(tmp_path: Path, shared: Path) -> None:
    with serving(cwd=tmp_path / "killed", TMPDIR=str(shared)) as killed, serving(cwd=tmp_path / "living", TMPDIR=str(shared)) as living:
        draw_something(killed)
        [of_killed] = folders_in(shared)
        draw_something(living)
        [of_living] = folders_in(shared) - {of_killed}
        killed.stop(signal.SIGKILL)
        assert (of_killed / "cells.sqlite").is_file()
        with serving(cwd=tmp_path / "next", TMPDIR=str(shared)) as following:
            assert following.login(following.token) == "admin"
            assert folders_in(shared) == {of_living}
            assert (of_living / "cells.sqlite").is_file()
    assert list(shared.glob("nbinsight-*")) == []


def folders_in(folder: Path) -> set[Path]:
    return {path for path in folder.glob("nbinsight-render-*") if path.is_dir()}


def draw_something(server: Running) -> None:
    """Publish a notebook and draw it."""
    token = server.token
    server.data('mutation { createProject(input: {key: "K", name: "K"}) { project { id } } }', token)
    content = make.dump(make.notebook(make.markdown("# Drawn"))).decode()
    save = """mutation($content: String!) { saveNotebook(input: {projectKey: "K", name: "N", content: $content}) {
        notebook { id } errors { message } } }"""
    saved = server.data(save, token, content=content)["saveNotebook"]
    assert saved["errors"] == []
    notebook = saved["notebook"]["id"]
    export = "mutation($id: ID!) { createExport(input: {notebookId: $id}) { export { rendering { body } } } }"
    made = server.data(export, token, id=notebook)["createExport"]["export"]
    assert ">Drawn<a " in made["rendering"]["body"]


def test_people_and_tokens_are_made_while_the_server_runs(tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as server:
        added = run("user", "add", "mia", "--global-permission", "WRITE_SAFE_CODE", "--display-name", "Mia M.", cwd=tmp_path)
        assert (added.returncode, added.stderr) == (0, f"In sqlite:///{tmp_path}/nbinsight-data/nbinsight.db\n")
        reading, writing = run("token", "create", "mia", cwd=tmp_path), run("token", "create", "mia", "--scope", "WRITE", cwd=tmp_path)
        assert (reading.stderr, writing.stderr) == ("", "")
        assert reading.stdout.count("\n") == 1
        viewer = server.data("{ viewer { user { login displayName } canWriteCode } }", reading.stdout.strip())["viewer"]
        assert viewer == {"user": {"login": "mia", "displayName": "Mia M."}, "canWriteCode": True}
        refusal = server.post(CREATE_TOKEN, reading.stdout.strip()).json()["errors"][0]["extensions"]
        assert refusal == {"code": "FORBIDDEN", "requires": ["TOKEN_SCOPE_WRITE"]}
        assert server.data(CREATE_TOKEN, writing.stdout.strip())["createAccessToken"]["accessToken"] == {"scope": "READ"}


def test_several_workers_get_the_settings_and_end_with_their_parent(tmp_path: Path) -> None:
    with serving("--workers", "2", "--no-introspection", cwd=tmp_path, NBINSIGHT_MAX_QUERY_BYTES="500") as server:
        assert server.login(server.token) == "admin"
        assert "__schema" in server.post("{ __schema { queryType { name } } }", server.token).text
        assert server.post("{ __schema { queryType { name } } }", server.token).json().get("data") is None
        assert server.post(f"{{ viewer {{ user {{ login }} }} }} #{'x' * 500}", server.token).status_code == 400
        address = server.address
        server.stop(signal.SIGKILL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and answers(address):
            time.sleep(0.1)
        assert not answers(address)
    with serving("--workers", "2", cwd=tmp_path) as server:
        assert server.stop() == 0


def answers(address: str) -> bool:
    try:
        httpx2.get(address, timeout=2)
    except httpx2.HTTPError:
        return False
    return True


def test_logs_are_json_and_hold_neither_tokens_nor_addresses_of_content(tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as server:
        token, base = server.token, server.address.removesuffix("/graphql")
        assert server.post("{ viewer { user { login } } }", token[:-1] + "!").status_code == 401
        assert httpx2.get(f"{base}/content/{'A' * 80}").status_code == 404
        blobs = tmp_path / DATA / "blobs"
        blobs.rename(tmp_path / "away")
        blobs.write_text("in the way", encoding="utf-8")
        assert httpx2.get(f"{base}/readyz").status_code == 503
        server.stop()
        refused, wrong_token, content, line, readyz = logged(server)
        assert [(entry["route"], entry["status"]) for entry in (wrong_token, content, readyz)] == [
            ("graphql", 401),
            ("content", 404),
            ("readyz", 503),
        ]
        assert (refused["event"], refused["provider"], refused["level"]) == ("sign-in refused", "none", "info")
        assert (line["event"], line["part"], line["level"], line["logger"]) == ("not ready", "store", "warning", "server.health")
        log = "\n".join(line for line in server.err if not line.startswith("token: "))
        assert token[:-6] not in log
        assert "AAAA" not in log
        assert "/graphql" not in log


def test_an_address_in_use_is_one_sentence(tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as server:
        port = server.address.split(":")[2].removesuffix("/graphql")
        done = run("serve", "--port", port, "--data-dir", "other", cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr == (
            f"nbinsight: Cannot listen on 127.0.0.1 port {port}: Address already in use. --port takes another, --port 0 any free one.\n"
        )
        assert not (tmp_path / "other").exists()


def test_the_schema_is_printed_without_a_database(tmp_path: Path) -> None:
    done = run("schema", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\ntype Query {\n" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_command(tmp_path: Path) -> None:
    done = run("--help", cwd=tmp_path)
    assert done.stdout.startswith("Usage: nbinsight [OPTIONS] COMMAND")
    for command in ("serve", "schema", "doctor", "user", "token", "db"):
        assert f"\n  {command} " in done.stdout
    assert run("--version", cwd=tmp_path).stdout.strip() in (ROOT / "server" / "__init__.py").read_text(encoding="utf-8")
