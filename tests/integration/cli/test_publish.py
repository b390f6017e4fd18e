"""`nbinsight publish` against a running server: files in, insights out, one sentence for whatever goes wrong."""

import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import Result

from tests.fixtures import make
from tests.fixtures.relaying import BUSY, LOSE, relaying
from tests.fixtures.running import Running, serving

Invoke = Callable[..., Result]
Publish = Callable[..., Result]
STATE = """query($name: String!) { project(key: "DEMO") { notebook(name: $name) {
  exports { totalCount nodes { label } } insights { nodes { name } } source } } }"""
DASHBOARD = 'mutation { createDashboard(input: { projectKey: "DEMO", name: "From CI" }) { dashboard { id } errors { message } } }'
SAVE = """mutation($name: String!, $content: String!) {
  saveNotebook(input: { projectKey: "DEMO", name: $name, content: $content }) { errors { message } } }"""
TILES = "query($id: ID!) { dashboard(id: $id) { pages { tiles { displayedTitle } } } }"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving("--demo", cwd=tmp_path_factory.mktemp("publish")) as running:
        yield running


@pytest.fixture(scope="module")
def tokens(server: Running) -> dict[str, str]:
    return {line.split()[0]: line.split()[1] for line in server.out if line.startswith("  ")}


@pytest.fixture
def publish(invoke: Invoke, server: Running, tokens: dict[str, str]) -> Publish:
    """Publish to the demo's project, as `wim` unless the environment says otherwise."""

    def run(*arguments: object, **environment: str) -> Result:
        settings = {"NBINSIGHT_URL": server.address, "NBINSIGHT_TOKEN": tokens["wim"], **environment}
        return invoke("publish", "--project", "DEMO", *(str(argument) for argument in arguments), **settings)

    return run


def notebook(path: Path, text: str = "42") -> Path:
    path.write_bytes(make.dump(make.notebook(make.code("answer", make.result(text)))))
    return path


def state(server: Running, tokens: dict[str, str], name: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = server.data(STATE, tokens["wim"], name=name)["project"]["notebook"]
    return found


def git(folder: Path, *words: str) -> str:
    program = shutil.which("git")
    assert program is not None
    identity = ["-c", "user.name=mia", "-c", "user.email=mia@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run([program, *identity, *words], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603  our own words
    return done.stdout.strip()


def test_a_file_is_published_under_its_name_at_an_absolute_address(
    publish: Publish, server: Running, tokens: dict[str, str], tmp_path: Path
) -> None:
    done = publish(notebook(tmp_path / "Rainfall.ipynb"))
    name, _, url = done.stdout.rstrip("\n").partition(": ")
    assert (done.exit_code, name) == (0, "Rainfall")
    assert done.stderr.startswith(f"nbinsight: {tmp_path / 'Rainfall.ipynb'}: Readers who may only see dashboards will not see this")
    shown = httpx2.get(url)
    assert (url.startswith(server.address.removesuffix("graphql")), shown.status_code, "42" in shown.text) == (True, 200, True)
    found = state(server, tokens, "Rainfall")
    assert found is not None
    assert (found["exports"], found["insights"]) == (
        {"totalCount": 1, "nodes": [{"label": None}]},
        {"nodes": [{"name": "Rainfall"}]},
    )


def test_publishing_again_renews_the_insight_and_adds_neither_insight_nor_tile(
    publish: Publish, server: Running, tokens: dict[str, str], tmp_path: Path
) -> None:
    dashboard = server.data(DASHBOARD, tokens["wim"])["createDashboard"]["dashboard"]["id"]
    path = notebook(tmp_path / "Again.ipynb")
    assert publish(path, "--dashboard", dashboard).exit_code == 0
    notebook(path, "43")
    assert publish(path, "--dashboard", dashboard).exit_code == 0
    found = state(server, tokens, "Again")
    assert found is not None
    assert (found["exports"]["totalCount"], found["insights"]) == (2, {"nodes": [{"name": "Again"}]})
    assert found["source"]["cells"][0]["outputs"][0]["data"]["text/plain"] == "43"
    assert server.data(TILES, tokens["wim"], id=dashboard)["dashboard"]["pages"] == [{"tiles": [{"displayedTitle": "Again"}]}]


def test_if_changed_leaves_alone_what_is_published_already(
    publish: Publish, server: Running, tokens: dict[str, str], tmp_path: Path
) -> None:
    path = notebook(tmp_path / "Same.ipynb")
    assert publish(path, "--if-changed").stdout.startswith("Same: http://127.0.0.1:")
    assert publish(path, "--if-changed").stdout == "Same: unchanged\n"
    assert publish(path, "--if-changed", "--quiet").stdout == ""
    assert json.loads(publish(path, "--if-changed", "--json").stdout)["notebooks"][0]["outcome"] == "UNCHANGED"
    found = state(server, tokens, "Same")
    assert found is not None
    assert found["exports"]["totalCount"] == 1
    notebook(path, "changed")
    assert publish(path, "--if-changed").stdout.startswith("Same: http://127.0.0.1:")


def test_quiet_prints_addresses_alone_and_json_one_document(publish: Publish, tmp_path: Path) -> None:
    paths = [notebook(tmp_path / "One.ipynb"), notebook(tmp_path / "Two.ipynb")]
    quiet = publish(*paths, "--quiet").stdout.splitlines()
    assert [line.startswith("http://127.0.0.1:") and "/content/" in line for line in quiet] == [True, True]
    told = json.loads(publish(*paths, "--json").stdout)
    assert list(told) == ["notebooks"]
    assert [(one["path"], one["outcome"], one["insight"], one["sequence"]) for one in told["notebooks"]] == [
        (str(paths[0]), "PUBLISHED", "One", 2),
        (str(paths[1]), "PUBLISHED", "Two", 2),
    ]
    assert all("/content/" in one["url"] and one["errors"] == [] for one in told["notebooks"])


def test_the_export_says_which_commit_it_comes_from(publish: Publish, server: Running, tokens: dict[str, str], tmp_path: Path) -> None:
    path = notebook(tmp_path / "Committed.ipynb")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Add a notebook")
    commit = git(tmp_path, "rev-parse", "HEAD")[:8]
    assert publish(path).exit_code == 0
    notebook(path, "43")
    assert publish(path).exit_code == 0
    git(tmp_path, "checkout", "--quiet", "--detach")
    git(tmp_path, "checkout", "--quiet", ".")
    assert publish(path).exit_code == 0
    found = state(server, tokens, "Committed")
    assert found is not None
    assert [one["label"] for one in found["exports"]["nodes"]] == [commit, f"main {commit} modified", f"main {commit}"]


def test_without_git_or_without_a_commit_the_export_has_no_label(
    publish: Publish, server: Running, tokens: dict[str, str], tmp_path: Path
) -> None:
    path = notebook(tmp_path / "Unlabelled.ipynb")
    git(tmp_path, "init", "--quiet")
    assert publish(path).exit_code == 0
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Add a notebook")
    assert publish(path, PATH=str(tmp_path)).exit_code == 0
    found = state(server, tokens, "Unlabelled")
    assert found is not None
    assert [one["label"] for one in found["exports"]["nodes"]] == [None, None]


def test_a_lost_answer_is_asked_for_again_and_nothing_happens_twice(
    publish: Publish, server: Running, tokens: dict[str, str], tmp_path: Path
) -> None:
    path = notebook(tmp_path / "Lost.ipynb")
    with relaying(server.address, {"saveNotebook": [LOSE], "publishNotebook": [LOSE]}) as relay:
        done = publish(path, NBINSIGHT_URL=relay.url)
    assert (done.exit_code, done.stdout.startswith(f"Lost: {relay.url}/content/")) == (0, True)
    assert relay.seen == ["saveNotebook", "saveNotebook", "insights", "publishNotebook", "publishNotebook"]
    found = state(server, tokens, "Lost")
    assert found is not None
    assert (found["exports"]["totalCount"], len(found["insights"]["nodes"])) == (1, 1)


def test_what_a_colleague_saves_in_between_is_not_published(
    publish: Publish, server: Running, tokens: dict[str, str], tmp_path: Path
) -> None:
    path = notebook(tmp_path / "Between.ipynb")
    others = make.dump(make.notebook(make.code("theirs"))).decode()

    def save() -> None:
        assert server.data(SAVE, tokens["wim"], name="Between", content=others)["saveNotebook"]["errors"] == []

    with relaying(server.address, {"publishNotebook": [save]}) as relay:
        done = publish(path, NBINSIGHT_URL=relay.url)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"nbinsight: {path}: The notebook")
    found = state(server, tokens, "Between")
    assert found is not None
    assert (found["exports"]["totalCount"], found["insights"]["nodes"]) == (0, [])
    assert found["source"]["cells"][0]["source"] == "theirs"


def test_an_answer_of_another_release_is_said_in_one_sentence(publish: Publish, server: Running, tmp_path: Path) -> None:
    path = notebook(tmp_path / "Release.ipynb")
    with relaying(server.address, {"saveNotebook": [b'{"data":{"saveNotebook":{"notebook":7}}}']}) as relay:
        done = publish(path, NBINSIGHT_URL=relay.url)
    sentence = "The server's answer is not what was asked for: is it as new as this nbinsight?"
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"nbinsight: {path}: {sentence}\n")
    assert relay.seen == ["saveNotebook"]


def test_a_busy_server_is_asked_four_times_at_most(publish: Publish, server: Running, tokens: dict[str, str], tmp_path: Path) -> None:
    path = notebook(tmp_path / "Busy.ipynb")
    with relaying(server.address, {"saveNotebook": [BUSY] * 3}) as relay:
        assert publish(path, NBINSIGHT_URL=relay.url).exit_code == 0
        relay.plan["saveNotebook"].extend([BUSY] * 4)
        relay.seen.clear()
        done = publish(path, NBINSIGHT_URL=relay.url)
    sentence = "The server is busy or limits how much one may ask (HTTP 429); asked 4 times."
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"nbinsight: {path}: {sentence}\n")
    assert relay.seen == ["saveNotebook"] * 4
    found = state(server, tokens, "Busy")
    assert found is not None
    assert found["exports"]["totalCount"] == 1


def test_who_is_asked_to_wait_for_long_leaves_at_once(publish: Publish, server: Running, tmp_path: Path) -> None:
    path = notebook(tmp_path / "Later.ipynb")
    with relaying(server.address, {"saveNotebook": [BUSY]}, retry_after="3600") as relay:
        done = publish(path, NBINSIGHT_URL=relay.url)
    assert (done.exit_code, relay.seen) == (1, ["saveNotebook"])
    assert done.stderr.endswith("limits how much one may ask (HTTP 429): it asks to come back in 3600 s.\n")


def test_the_others_are_published_after_one_was_refused(publish: Publish, server: Running, tokens: dict[str, str], tmp_path: Path) -> None:
    broken, good = tmp_path / "Broken.ipynb", notebook(tmp_path / "Good.ipynb")
    broken.write_text("{}", "utf-8")
    done = publish(broken, good, "--quiet")
    assert (done.exit_code, done.stdout.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"nbinsight: {broken}: ")
    assert (done.stderr.count("\n"), state(server, tokens, "Broken")) == (1, None)
    assert state(server, tokens, "Good") is not None


def test_who_may_not_publish_is_told_what_is_missing(publish: Publish, server: Running, tokens: dict[str, str], tmp_path: Path) -> None:
    path = notebook(tmp_path / "Forbidden.ipynb")
    done = publish(path, NBINSIGHT_TOKEN=tokens["dora"])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"nbinsight: {path}: Requires WRITE_PROJECT_CONTENT and the code right")
    assert state(server, tokens, "Forbidden") is None


def test_a_wrong_token_is_said_and_not_shown(publish: Publish, tmp_path: Path) -> None:
    path = notebook(tmp_path / "Token.ipynb")
    done = publish(path, "--json", NBINSIGHT_TOKEN="nbi_wrong")
    sentence = "The server does not know the token, or it has ended (HTTP 401): put another one into NBINSIGHT_TOKEN."
    assert (done.exit_code, done.stderr) == (1, f"nbinsight: {path}: {sentence}\n")
    assert json.loads(done.stdout)["notebooks"][0]["errors"] == [sentence]
    assert "nbi_wrong" not in done.output


def test_a_server_that_does_not_run_is_said_in_one_sentence(publish: Publish, tmp_path: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        done = publish(notebook(tmp_path / "Down.ipynb"), NBINSIGHT_URL=url)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert f"No connection to {url}/graphql: " in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_of_something_else_is_said_in_one_sentence(publish: Publish, server: Running, tmp_path: Path) -> None:
    path = notebook(tmp_path / "Elsewhere.ipynb")
    url = server.address.replace("/graphql", "/healthz/graphql")
    done = publish(path, NBINSIGHT_URL=url)
    sentence = f"{url} answered HTTP 404 and not as a GraphQL server does: is NBINSIGHT_URL right?"
    assert (done.exit_code, done.stderr) == (1, f"nbinsight: {path}: {sentence}\n")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"NBINSIGHT_URL": ""}, "NBINSIGHT_URL is not set: give such as http://127.0.0.1:8000."),
        ({"NBINSIGHT_URL": "127.0.0.1:8000"}, "NBINSIGHT_URL: give the server's address"),
        ({"NBINSIGHT_URL": "http://mia:secret@127.0.0.1"}, "without a name or password in it."),
        ({"NBINSIGHT_URL": "http://127.0.0.1:nine"}, "NBINSIGHT_URL: give the server's address"),
        ({"NBINSIGHT_URL": "http://[::1"}, "NBINSIGHT_URL: give the server's address"),
        ({"NBINSIGHT_TOKEN": ""}, "NBINSIGHT_TOKEN is not set: give a token of scope WRITE"),
        ({"NBINSIGHT_TOKEN": "two\nlines"}, "NBINSIGHT_TOKEN holds characters that no token has."),
    ],
)
def test_settings_that_cannot_be_are_refused(publish: Publish, tmp_path: Path, environment: dict[str, str], words: str) -> None:
    done = publish(notebook(tmp_path / "Unsent.ipynb"), **environment)
    assert (done.exit_code, done.stdout, words in done.stderr) == (2, "", True)


def test_wrong_use_is_refused_before_anything_is_sent(
    publish: Publish, invoke: Invoke, server: Running, tokens: dict[str, str], tmp_path: Path
) -> None:
    path = notebook(tmp_path / "Unused.ipynb")
    (tmp_path / "other").mkdir()
    twin = notebook(tmp_path / "other" / "Unused.ipynb")
    text = tmp_path / "notes.txt"
    text.write_text("", "utf-8")
    tried = [
        publish(path, twin),
        publish(path, text),
        publish(path, tmp_path / "none.ipynb"),
        publish(path, "--quiet", "--json"),
        publish(),
    ]
    assert [done.exit_code for done in [*tried, invoke("publish", str(path))]] == [2, 2, 2, 2, 2, 2]
    assert tried[0].stderr == f"nbinsight: {path} and {twin} would both be saved as Unused: rename one, or publish one.\n"
    assert state(server, tokens, "Unused") is None
