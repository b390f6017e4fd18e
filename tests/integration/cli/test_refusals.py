"""What commands refuse: one sentence on stderr, an exit code, no traceback."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from server.cli import databases
from server.config import SECRETS
from tests.fixtures.running import ROOT, run

Invoke = Callable[..., Result]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["serve", "--port", "many"], 2, "--port (NBINSIGHT_PORT): Input should be a valid integer, unable to parse string as an integer."),
        (["serve", "--demo", "--host", "0.0.0.0"], 2, "so --demo serves this machine alone: not on 0.0.0.0, but on 127.0.0.1."),  # noqa: S104
        (["serve", "--workers", "2", "--store-url", "memory://"], 2, "With the store memory:// each worker would have its own"),
        (["serve", "--port", "0", "--database-url", "mysql://x"], 2, "mysql is not a database nbinsight knows"),
        (["user", "list", "--database-url", "no address"], 2, "The database's address cannot be read: in names and passwords, write"),
        (
            ["user", "list", "--database-url", "postgresql://127.0.0.1:1/x?password=hidden"],
            1,
            "The database postgresql://127.0.0.1:1/x?password=*** cannot be used",
        ),
        (["serve", "--port", "0", "--store-url", "ftp://x"], 2, "There is no blob store for addresses that start with 'ftp'."),
        (["serve", "--port", "0", "--store-url", "hidden/b"], 2, "The blob store's address does not say of which kind it is. The stores"),
        (
            ["worker", "--queue-url", "amqp://u:hidden@h"],
            2,
            "There is no queue for addresses that start with 'amqp': NBINSIGHT_QUEUE_URL is",
        ),
        (["worker", "--queue-url", "h/hidden"], 2, "The queue's address does not say of which kind it is: NBINSIGHT_QUEUE_URL is `redis:"),
        (["serve", "--port", "0", "--store-url", "s3://bucket"], 2, "With a bucket as blob store, set NBINSIGHT_SECRET_KEY, on every"),
        (["serve", "--store-url", "s3://u:hidden@b", "--secret-key", "k" * 32], 2, "A bucket's address is s3://BUCKET or s3://BUCKET/"),
        (["serve", "--port", "0", "--secret-key", "short"], 2, "NBINSIGHT_SECRET_KEY needs at least 32 bytes"),
        (["serve", "--port", "0", "--data-dir", "/proc/none"], 1, "A file or folder cannot be used: [Errno 2]"),
        (["serve", "--port", "0", "--database-url", "postgresql://u:hidden@127.0.0.1:1/x"], 1, "postgresql://***@127.0.0.1:1/x cannot"),
        (["token", "create", "nobody"], 1, "There is no user nobody: `nbinsight user add nobody` makes one."),
        (["token", "create", "nobody", "--expires-in", "soon"], 2, "--expires-in soon: give a number from 1 to 999999 and d, h or m"),
        (["token", "create", "nobody", "--name", " "], 1, "A name is needed: this one is empty."),
        (["user", "add", "not a login"], 1, "A login is 1 to 200 letters, digits or any of . _ @ + -"),
        (["user", "add", "mia", "--display-name", ""], 1, "A name is needed: this one is empty."),
        (["db", "check"], 1, "There is no database at sqlite:///"),
        (["doctor", "--port", "x"], 2, "--port (NBINSIGHT_PORT): Input should be a valid integer"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_an_exit_code(invoke: Invoke, arguments: list[str], code: int, sentence: str) -> None:
    done = invoke(*arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr.startswith("nbinsight: ")
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr
    assert "hidden" not in done.stderr


def test_a_setting_at_fault_in_the_environment_is_named_too(invoke: Invoke) -> None:
    done = invoke("serve", NBINSIGHT_RENDER_WORKERS="0", NBINSIGHT_GRAPHIQL="perhaps")
    assert done.exit_code == 2
    assert done.stderr == (
        "nbinsight: --graphiql (NBINSIGHT_GRAPHIQL): Input should be a valid boolean, unable to interpret input; "
        "--render-workers (NBINSIGHT_RENDER_WORKERS): Input should be greater than 0.\n"
    )


def test_a_file_of_a_setting_that_cannot_be_read_is_one_sentence(invoke: Invoke) -> None:
    done = invoke("db", "check", NBINSIGHT_SECRET_KEY_FILE="none")
    assert done.exit_code == 2
    assert done.stderr == "nbinsight: A file that holds a setting cannot be read: [Errno 2] No such file or directory: 'none'.\n"


@pytest.mark.parametrize("name", SECRETS)
def test_a_file_of_a_setting_that_is_empty_is_refused_and_nothing_is_made(invoke: Invoke, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").write_text(" \n", encoding="utf-8")
    done = invoke("user", "list", **{f"NBINSIGHT_{name.upper()}_FILE": "empty"})
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "nbinsight: A file that holds a setting cannot be read: [Errno 61] It is empty: 'empty'.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_a_worker_whose_queue_is_empty_is_told_that_it_needs_one(invoke: Invoke) -> None:
    done = invoke("worker", NBINSIGHT_QUEUE_URL="")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "nbinsight: A worker takes what it renders from a queue: set NBINSIGHT_QUEUE_URL, here and for the servers.\n"


BUCKET = {"NBINSIGHT_STORE_URL": "gs://bucket", "NBINSIGHT_SECRET_KEY": "k" * 32}
POSTGRESQL = {"NBINSIGHT_DATABASE_URL": "postgresql://u:hidden@127.0.0.1:9/x"}
QUEUE = {"NBINSIGHT_QUEUE_URL": "redis://:hidden@127.0.0.1:9"}


@pytest.mark.parametrize(
    ("command", "package", "given", "said"),
    [
        (
            "serve",
            "asyncpg",
            POSTGRESQL,
            "PostgreSQL as NBINSIGHT_DATABASE_URL needs the package asyncpg: pip install 'nbinsight[postgres]'.",
        ),
        ("serve", "obstore", BUCKET, "gs:// as NBINSIGHT_STORE_URL needs the package obstore: pip install 'nbinsight[s3]'."),
        ("serve", "saq", QUEUE, "NBINSIGHT_QUEUE_URL needs the package saq: pip install 'nbinsight[queue]'."),
        ("worker", "saq", QUEUE, "NBINSIGHT_QUEUE_URL needs the package saq: pip install 'nbinsight[queue]'."),
        (
            "serve",
            "redis",
            {"NBINSIGHT_REDIS_URL": "redis://:hidden@127.0.0.1:9"},
            "NBINSIGHT_REDIS_URL needs the package redis: pip install 'nbinsight[redis]'.",
        ),
    ],
)
def test_a_setting_without_its_extra_says_at_the_start_what_to_install(
    tmp_path: Path, command: str, package: str, given: dict[str, str], said: str
) -> None:
    """OpenTelemetry's is tried beside its other tests."""
    blocked = tmp_path / "without"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text(f"import sys\nsys.modules[{package!r}] = None\n", encoding="utf-8")
    ended = run(command, cwd=tmp_path, PYTHONPATH=f"{blocked}:{ROOT}", **({"NBINSIGHT_PORT": "0"} if command == "serve" else {}), **given)
    assert (ended.returncode, ended.stdout) == (2, "")
    lines = [line for line in ended.stderr.splitlines() if not line.startswith(("First start: ", "token: "))]
    assert lines == [f"nbinsight: {said}"]


def test_a_database_that_does_not_answer_is_one_sentence(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "_CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        done = invoke("db", "check", "--database-url", f"postgresql://u:hidden@127.0.0.1:{port}/x")
    assert done.exit_code == 1
    assert done.stderr == f"nbinsight: The database postgresql://***@127.0.0.1:{port}/x gave no answer within 0.2 s.\n"


def test_a_file_that_is_no_database_is_one_sentence(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database" * 100, encoding="utf-8")
    done = invoke("serve", "--port", "0", "--database-url", f"sqlite:///{tmp_path}/notes.txt")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"nbinsight: The database sqlite:///{tmp_path}/notes.txt cannot be used: file is not a database.\n"
