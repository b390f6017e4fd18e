"""Commands that look: where there is nothing they make nothing, and say what is missing and how to make it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server.cli import app

Invoke = Callable[..., Result]
LOOKS = [
    ["db", "check"],
    ["verify"],
    ["backup", "kept/monday"],
    ["gc"],
    ["gc", "--dry-run"],
    ["user", "list"],
    ["group", "list"],
    ["group", "list", "analysts"],
    ["token", "list", "mara"],
    ["migrate-data", "--to", "sqlite:///new/nbinsight.db", "--to-store", "file:///proc/new"],
]
"""All commands that need a database which is there, but for those that change it."""
OF_BLOBS = [arguments for arguments in LOOKS if arguments[0] in {"verify", "backup", "gc", "migrate-data"}]
OF_ROWS = [arguments for arguments in LOOKS if arguments[0] in {"user", "group", "token"}]


def held(folder: Path) -> dict[Path, bytes | None]:
    """Return all that lies in a folder."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize("arguments", LOOKS, ids=" ".join)
@pytest.mark.parametrize("address", [None, "sqlite:///elsewhere/x.db"])
def test_in_an_empty_folder_nothing_is_made_and_what_is_missing_is_named(
    invoke: Invoke, tmp_path: Path, arguments: list[str], address: str | None
) -> None:
    done = invoke(*arguments, **({} if address is None else {"NBINSIGHT_DATABASE_URL": address}))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"nbinsight: There is no database at {address or f'sqlite:///{tmp_path}/nbinsight-data/nbinsight.db'}: "
        "`nbinsight db upgrade` and the first `nbinsight serve` make one, --data-dir or --database-url says where another is.\n"
    )
    assert held(tmp_path) == {}


def test_a_token_is_not_looked_up_where_there_is_no_database(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("--version").exit_code == 0
    done = CliRunner().invoke(app, ["doctor", "--token", "-"], input="nbi_x\n", catch_exceptions=False)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("nbinsight: There is no database at ")
    assert held(tmp_path) == {}


@pytest.mark.parametrize("arguments", OF_BLOBS, ids=" ".join)
@pytest.mark.parametrize("is_unmounted", [False, True])
def test_without_its_blobs_a_database_is_not_taken_for_a_whole(
    invoke: Invoke, tmp_path: Path, arguments: list[str], *, is_unmounted: bool
) -> None:
    assert invoke("db", "upgrade").exit_code == 0
    store = tmp_path / "away"
    if is_unmounted:
        store.mkdir()
    before = held(tmp_path)
    done = invoke(*arguments, NBINSIGHT_STORE_URL=store.as_uri())
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        f"nbinsight: There is no blob store at {store.as_uri()}, or its disk is not mounted: --data-dir or --store-url says where it is.\n"
    )
    assert held(tmp_path) == before


@pytest.mark.parametrize("arguments", [["db", "check"], ["user", "list"], ["group", "list"]], ids=" ".join)
def test_beside_a_database_elsewhere_no_data_folder_is_made(
    invoke: Invoke, tmp_path: Path, postgresql_url: str, arguments: list[str]
) -> None:
    done = invoke(*arguments, NBINSIGHT_DATABASE_URL=postgresql_url)
    assert (done.exit_code, done.stderr) == (0, "")
    assert held(tmp_path) == {}


@pytest.mark.parametrize("arguments", OF_ROWS, ids=" ".join)
def test_a_database_of_another_version_is_read_by_none_and_stays_as_it_is(invoke: Invoke, tmp_path: Path, arguments: list[str]) -> None:
    """Its server may run: the next start of one brings it up to date."""
    assert invoke("db", "upgrade").exit_code == 0
    with closing(sqlite3.connect(tmp_path / "nbinsight-data" / "nbinsight.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    before = held(tmp_path)
    done = invoke(*arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("nbinsight: The database is at revision 0001, nbinsight needs revision ")
    assert done.stderr.endswith(": run `nbinsight db upgrade`.\n")
    assert held(tmp_path) == before
