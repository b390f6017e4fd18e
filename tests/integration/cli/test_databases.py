"""`nbinsight db`, and what commands do with databases that are old, new, shared or broken."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from sqlalchemy.exc import OperationalError
from typer.testing import Result

from server.db import migrate
from server.db.commits import CommitUnknown, NothingCommitted
from server.db.failures import DatabaseAway
from server.db.session import Database
from server.domain.errors import RateLimited
from tests.fixtures.running import serving

Invoke = Callable[..., Result]
FILE = Path("nbinsight-data") / "nbinsight.db"


def change(folder: Path, sql: str) -> None:
    connection = sqlite3.connect(folder / FILE)
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_an_upgrade_says_where_the_database_stands_and_may_be_repeated(invoke: Invoke) -> None:
    first, second, checked = invoke("db", "upgrade"), invoke("db", "upgrade"), invoke("db", "check")
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout == f"The database is at revision {migrate.head()}, the newest.\n"
    assert second.stdout == checked.stdout == first.stdout


def test_a_database_of_a_newer_nbinsight_is_left_alone(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("db", "upgrade").exit_code == 0
    change(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    done = invoke("serve", "--port", "0")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("nbinsight: The database is at revision 9999, which this nbinsight does not know")


def _lost() -> NothingCommitted:
    lost = NothingCommitted()
    lost.__cause__ = ConnectionResetError("the connection was reset")
    return lost


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DatabaseAway("nobody listens"), "The database failed: nobody listens."),
        (_lost(), "The database failed: the connection was reset."),
        (OperationalError("SELECT 1", {}, Exception("disk I/O error")), "The database failed: disk I/O error."),
        (CommitUnknown("Look whether it is there."), "Look whether it is there."),
        (RateLimited(1, "All connections are taken."), "All connections are taken. Ask again in 1 s."),
        (OSError("the disk is away"), "A file or the store cannot be used: the disk is away."),
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_goes_wrong_meanwhile_is_one_sentence_of_each_command(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    async def fail(_: Database) -> migrate.MigrationState:
        raise error

    assert invoke("db", "upgrade").exit_code == 0
    before = FILE.read_bytes()
    monkeypatch.setattr(migrate, "check", fail)
    for command in (["backup", "kept"], ["verify"], ["gc"], ["db", "check"]):
        done = invoke(*command)
        assert (done.exit_code, done.stdout) == (1, ""), command
        assert done.stderr.startswith(f"nbinsight: {told}"), command
        assert done.stderr.count("\n") == 1, command
    assert FILE.read_bytes() == before
    assert not Path("kept").exists()


def test_a_migration_that_fails_is_one_sentence(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir()
    change(tmp_path, "CREATE TABLE project (id INTEGER)")
    done = invoke("db", "upgrade")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"nbinsight: Migrating sqlite:///{tmp_path / FILE} failed, and nothing has changed: table project already exists.\n"
    )


def test_waiting_for_another_migration_ends(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "_WAIT_FOR_OTHERS_SECONDS", 0.1)
    (tmp_path / FILE).parent.mkdir()
    with FileLock(f"{tmp_path / FILE}.migration-lock"):
        done = invoke("db", "upgrade")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "nbinsight: Another process has been migrating the database for too long: look whether it hangs.\n"


def test_postgresql_is_migrated_on_demand_only(invoke: Invoke, tmp_path: Path, unmigrated_postgresql_url: str) -> None:
    given = {"NBINSIGHT_DATABASE_URL": unmigrated_postgresql_url}
    refused = invoke("serve", "--port", "0", **given)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.endswith("run `nbinsight db upgrade`.\n")
    assert invoke("db", "check", **given).exit_code == 1
    upgraded = invoke("db", "upgrade", **given)
    assert (upgraded.exit_code, upgraded.stderr) == (0, "")
    assert invoke("db", "check", **given).stdout == upgraded.stdout
    with serving(cwd=tmp_path, **given) as server:
        assert server.login(server.token) == "admin"
