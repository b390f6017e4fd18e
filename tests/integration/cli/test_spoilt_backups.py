"""What somebody made of a backup by hand: `restore` says in one line what is wrong with it, and nothing is written."""

# ruff: noqa: S608  statements put together from constants

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from typer.testing import Result

from alembic import command
from server.db.migrate import run_alembic
from server.db.session import Database

Invoke = Callable[..., Result]

SECRET: Final = "a word that nobody may see"
MISFITS: Final = (
    (f"UPDATE tile SET kind = '{SECRET}'", "kind", "tile", "word that this nbinsight knows"),
    (f"UPDATE export SET trigger = CAST('{SECRET}' AS BLOB)", "trigger", "export", "word that this nbinsight knows"),
    (f"UPDATE notebook SET digest = CAST('{SECRET}' || id AS BLOB)", "digest", "notebook", "digest of 64 hex digits"),
    (f"UPDATE export SET digest = char(27) || '[2J{SECRET}'", "digest", "export", "digest of 64 hex digits"),
    (f"UPDATE idempotency_key SET input_digest = '{SECRET}'", "input_digest", "idempotency_key", "digest of 64 hex digits"),
    (f"UPDATE export SET byte_size = '{SECRET}'", "byte_size", "export", "whole number"),
    (f"UPDATE notebook SET published = '{SECRET}'", "published", "notebook", "truth value"),
    ("UPDATE export SET author_may_create_active_content = 2", "author_may_create_active_content", "export", "truth value"),
    (f"UPDATE export SET created_at = '{SECRET}'", "created_at", "export", "time"),
    ("UPDATE export SET created_at = 7", "created_at", "export", "time"),
    ("UPDATE export SET created_at = '0001-01-01T00:00:00+23:00'", "created_at", "export", "time"),
    (f"UPDATE idempotency_key SET answer = '{SECRET}'", "answer", "idempotency_key", "JSON object"),
    ("UPDATE idempotency_key SET answer = '[]'", "answer", "idempotency_key", "JSON object"),
    ("UPDATE idempotency_key SET answer = 'null'", "answer", "idempotency_key", "JSON object"),
    ('UPDATE idempotency_key SET answer = \'{"a": "\\ud800"}\'', "answer", "idempotency_key", "JSON object"),
    ("UPDATE idempotency_key SET answer = printf('{\"a\": %.*c', 100000, '[')", "answer", "idempotency_key", "JSON object"),
    (f"UPDATE notebook SET kernel_name = CAST('{SECRET}' AS BLOB)", "kernel_name", "notebook", "text"),
    (f"UPDATE export SET label = CAST(X'FF' || '{SECRET}' AS TEXT)", "label", "export", "text"),
)


def spoil(folder: Path, change: Callable[[sqlite3.Connection], object]) -> None:
    """Change the rows of a backup, and let its manifest know the sum of the file."""
    with closing(sqlite3.connect(folder / "database.sqlite")) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        change(connection)
    say(folder)


def say(folder: Path, **said: object) -> None:
    manifest = folder / "manifest.json"
    said |= {"database_sha256": sha256((folder / "database.sqlite").read_bytes()).hexdigest()}
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | said))


def assert_nothing_in(data: Path) -> None:
    data.mkdir(exist_ok=True)
    with closing(sqlite3.connect(data / "nbinsight.db")) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    assert [path for path in (data / "blobs").rglob("*") if path.is_file()] == []


def refused(invoke: Invoke, tmp_path: Path) -> str:
    """Restore a backup that cannot be; return what is said, once nothing was written."""
    done = invoke("restore", "spoilt", "--data-dir", "other")
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert_nothing_in(tmp_path / "other")
    shutil.rmtree(tmp_path / "spoilt")
    return done.stderr.removeprefix("nbinsight: ").removesuffix("\n")


def test_a_value_that_cannot_be_in_its_column_is_told_by_table_and_column(folder: Path, invoke: Invoke, tmp_path: Path) -> None:
    del folder
    assert invoke("backup", "kept").exit_code == 0
    for statement, column, table, what in MISFITS:
        shutil.copytree(tmp_path / "kept", tmp_path / "spoilt")
        counts = list[int]()
        spoil(tmp_path / "spoilt", lambda connection: counts.append(connection.execute(statement).rowcount))  # noqa: B023  called at once
        said = f"column {column} of table {table} holds in {counts[0]} rows what is no {what}"
        assert refused(invoke, tmp_path) == f"Nothing was copied: {said}. Use the nbinsight that wrote it, or another backup."


def of_revision(folder: Path, revision: str) -> None:
    """Make a backup one of an older nbinsight."""

    async def go_back() -> None:
        database = Database(f"sqlite:///{folder / 'database.sqlite'}")
        await run_alembic(database, lambda config: command.downgrade(config, revision))
        await database.close()

    asyncio.run(go_back())
    say(folder, revision=revision)


def test_a_value_that_an_upgrade_would_stumble_over_is_told_too(folder: Path, invoke: Invoke, tmp_path: Path) -> None:
    del folder
    assert invoke("backup", "spoilt").exit_code == 0
    of_revision(tmp_path / "spoilt", "0003")
    spoil(
        tmp_path / "spoilt",
        lambda connection: connection.execute("UPDATE user_account SET login = CAST('ada' AS BLOB) WHERE login = 'admin'"),
    )
    assert refused(invoke, tmp_path) == (
        "Nothing was copied: column login of table user_account holds in 1 row what is no text. "
        "Use the nbinsight that wrote it, or another backup."
    )


NOT_THE_ONE: Final = "The backup's database.sqlite is not the one that its manifest.json tells of. Take another backup."


def test_a_backup_at_two_revisions_at_once_is_refused(folder: Path, invoke: Invoke, tmp_path: Path) -> None:
    del folder
    assert invoke("backup", "spoilt").exit_code == 0
    spoil(tmp_path / "spoilt", lambda connection: connection.execute("INSERT INTO alembic_version VALUES ('0003')"))
    assert refused(invoke, tmp_path) == NOT_THE_ONE


@pytest.mark.parametrize("said", [{"revision": "\x1b[2J"}, {"rows": {"tile": 10**4299}}, {"blobs": -1}, {"blob_bytes": 2**63}])
def test_a_manifest_that_nobody_could_have_written_is_refused(
    folder: Path, invoke: Invoke, tmp_path: Path, said: dict[str, object]
) -> None:
    del folder
    assert invoke("backup", "spoilt").exit_code == 0
    say(tmp_path / "spoilt", **said)
    assert "manifest.json is none that this nbinsight can read: " in refused(invoke, tmp_path)


@pytest.mark.parametrize("how", ["backup", "verify", "migrate-data"])
def test_a_database_that_holds_what_it_cannot_is_not_copied(folder: Path, invoke: Invoke, tmp_path: Path, how: str) -> None:
    with closing(sqlite3.connect(folder / "nbinsight.db")) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute(f"UPDATE tile SET kind = '{SECRET}'")
    arguments = {
        "backup": ("kept",),
        "verify": (),
        "migrate-data": ("--to", f"sqlite:///{tmp_path / 'other' / 'nbinsight.db'}", "--to-store", (tmp_path / "other" / "blobs").as_uri()),
    }
    done = invoke(how, *arguments[how])
    said = "column kind of table tile holds in 3 rows what is no word that this nbinsight knows"
    assert done.exit_code == 1
    if how == "verify":
        assert done.stdout == f"{said}\n"
        assert done.stderr.startswith("nbinsight: 1 fault in ")
    else:
        assert done.stdout == ""
        assert done.stderr == f"nbinsight: Nothing was copied: {said}. Use the nbinsight that wrote it, or another backup.\n"
    assert not (tmp_path / "kept").exists()
    assert_nothing_in(tmp_path / "other")
