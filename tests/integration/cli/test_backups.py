"""`backup`, `restore`, `verify` and `migrate-data`, as an operator runs them beside a server."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import Result

from server.backup import restoring
from server.db.copying import Content
from server.db.copying import contents as contents_of
from server.db.session import Database
from server.stores.folder import FolderStore
from tests.fixtures.running import serving
from tests.fixtures.seaweedfs import Seaweed, bucket_url, seaweed
from tests.integration.backup.conftest import held
from tests.integration.cli.conftest import rendered, rows_of

__all__ = ["bucket_url", "seaweed"]

Invoke = Callable[..., Result]


async def held_at(url: str) -> dict[str, Content]:
    database = Database(url)
    try:
        return await held(database)
    finally:
        await database.close()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file() and "-shm" not in path.name}


def test_a_backup_of_a_running_server_is_restored_beside_it_and_served(folder: Path, invoke: Invoke, tmp_path: Path) -> None:
    del folder
    with serving(cwd=tmp_path):
        token = invoke("token", "create", "admin").stdout.strip()
        taken = invoke("backup", "kept/monday")
        assert (taken.exit_code, taken.stderr) == (0, "")
        assert taken.stdout.startswith("Backed up ")
        assert taken.stdout.endswith(" bytes) into kept/monday.\n")
        assert invoke("verify").stdout.startswith("Nothing is wrong with ")
        again = invoke("backup", "kept/monday")
        assert (again.exit_code, again.stdout) == (1, "")
        assert again.stderr.endswith("monday is there already: name a folder that is not.\n")
    restored = invoke("restore", "kept/monday", "--data-dir", "other")
    assert (restored.exit_code, restored.stderr) == (0, "")
    assert restored.stdout.startswith("Restored ")
    assert invoke("verify", "--data-dir", "other").exit_code == 0
    refused = invoke("restore", "kept/monday")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "nbinsight: The database to write into is not empty: name another one, or another data folder.\n"
    with serving("--data-dir", "other", cwd=tmp_path) as server:
        assert server.login(token) == "admin", "tokens work as before"
        found = server.data('{ project(key: "SALES") { notebooks { nodes { name exports { totalCount } } } } }', token)
        assert {node["name"] for node in found["project"]["notebooks"]["nodes"]} == {"Weekly", "Été", "Third"}


def test_what_is_wrong_is_listed_and_the_command_leaves_with_1(folder: Path, invoke: Invoke) -> None:
    blob = next(path for path in (folder / "blobs").rglob("*") if path.is_file())
    blob.write_bytes(b"x")
    found = invoke("verify")
    assert (found.exit_code, found.stdout) == (1, f"blob {blob.parent.name}{blob.name}: damaged\n")
    assert found.stderr.startswith("nbinsight: 1 fault in ")
    refused = invoke("backup", "kept")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "Missing from the store, or wrong: 1 notebook blob." in refused.stderr
    assert not (folder.parent / "kept").exists()


def test_renderings_that_are_not_right_are_listed_and_the_command_leaves_with_0(folder: Path, invoke: Invoke, tmp_path: Path) -> None:
    damaged, missing, whole = asyncio.run(rendered(folder, b"first page", b"second page", b"third page"))
    looked_at = invoke("verify").stdout.removeprefix("Nothing is wrong with ")
    assert looked_at.endswith(" rows, 4 notebook blobs and 3 renderings.\n")
    damaged.write_bytes(b"first pag")
    missing.unlink()
    found = invoke("verify")
    lines = [f"rendering {file.parent.name}{file.name}: {what}\n" for file, what in ((damaged, "damaged"), (missing, "missing"))]
    told = "Missing or damaged, which is no fault: 2 renderings. Whoever asks for one has it made again.\n"
    assert found.exit_code == 0
    assert found.stdout == f"{''.join(sorted(lines))}{told}Nothing else is wrong with {looked_at}"
    assert invoke("backup", "kept").exit_code == 0
    assert invoke("restore", "kept", "--data-dir", "other").exit_code == 0
    to = ("--to", f"sqlite:///{tmp_path / 'moved' / 'nbinsight.db'}", "--to-store", (tmp_path / "moved" / "blobs").as_uri())
    assert invoke("migrate-data", *to).exit_code == 0
    for copy in ("other", "moved"):  # without renderings, which are made there when asked for
        assert invoke("verify", "--data-dir", copy).stdout == f"Nothing is wrong with {looked_at.replace('3 renderings', '0 renderings')}"
        assert not (tmp_path / copy / "blobs" / whole.relative_to(folder / "blobs")).exists()


def test_blobs_that_no_row_names_are_told_beside_what_is_wrong(folder: Path, invoke: Invoke) -> None:
    store = FolderStore(folder / "blobs")
    looked_at = invoke("verify").stdout.removeprefix("Nothing is wrong with ")
    for content in (b"nobody's", b"nobody's either"):
        asyncio.run(store.put(content))
    told = "No row names 2 blobs in the store, which is no fault: `nbinsight gc` removes such.\n"
    found = invoke("verify")
    assert (found.exit_code, found.stdout) == (0, f"{told}Nothing is wrong with {looked_at}")
    [[digest]] = rows_of(folder, "SELECT digest FROM notebook WHERE name = 'Third'")
    (folder / "blobs" / digest[:2] / digest[2:]).unlink()
    found = invoke("verify")
    assert (found.exit_code, found.stdout) == (1, f"blob {digest}: missing\n{told}")
    assert found.stderr == f"nbinsight: 1 fault in {looked_at}"


def test_data_move_from_sqlite_to_postgresql_row_by_row(
    folder: Path, invoke: Invoke, tmp_path: Path, unmigrated_postgresql_url: str
) -> None:
    before = files(folder)
    to = ("--to", unmigrated_postgresql_url, "--to-store", (tmp_path / "new").as_uri())
    done = invoke("migrate-data", *to)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Copied ")
    there = asyncio.run(held_at(unmigrated_postgresql_url))
    assert there == asyncio.run(held_at(f"sqlite:///{folder / 'nbinsight.db'}"))
    assert min(content.rows for content in there.values()) > 0, "every table has something"
    assert {name: content for name, content in files(tmp_path / "new").items() if "/" in name} == {
        name.removeprefix("blobs/"): content for name, content in before.items() if name.startswith("blobs/")
    }
    assert (
        invoke("verify", NBINSIGHT_DATABASE_URL=unmigrated_postgresql_url, NBINSIGHT_STORE_URL=(tmp_path / "new").as_uri()).exit_code == 0
    )
    again = invoke("migrate-data", *to)
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == "nbinsight: The database to write into is not empty: name another one, or another data folder.\n"
    assert before["nbinsight.db"] == files(folder)["nbinsight.db"], "the source stays as it is"


def test_data_move_into_a_bucket_and_back_by_commands_that_need_no_key(
    folder: Path, invoke: Invoke, tmp_path: Path, unmigrated_postgresql_url: str, seaweed: Seaweed, bucket_url: str
) -> None:
    assert seaweed.variables
    before = asyncio.run(held_at(f"sqlite:///{folder / 'nbinsight.db'}"))
    done = invoke("migrate-data", "--to", unmigrated_postgresql_url, "--to-store", bucket_url)
    assert (done.exit_code, done.stderr) == (0, "")
    there = {"NBINSIGHT_DATABASE_URL": unmigrated_postgresql_url, "NBINSIGHT_STORE_URL": bucket_url, "NBINSIGHT_DATA_DIR": "none"}
    done = invoke("verify", **there)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Nothing is wrong with ")
    back = tmp_path / "back"
    done = invoke("migrate-data", "--to", f"sqlite:///{back / 'nbinsight.db'}", "--to-store", (back / "blobs").as_uri(), **there)
    assert (done.exit_code, done.stderr) == (0, "")
    assert asyncio.run(held_at(f"sqlite:///{back / 'nbinsight.db'}")) == before
    assert {path.name for path in (back / "blobs").glob("??/*")} == {path.name for path in (folder / "blobs").glob("??/*")}
    assert not list(tmp_path.rglob("secret-key")), "a key of its own would be another than the servers'"


@pytest.mark.parametrize("stage", ["bytes", "rows"])
def test_a_move_that_is_killed_is_taken_up_again(
    folder: Path, invoke: Invoke, tmp_path: Path, unmigrated_postgresql_url: str, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    del folder
    to = ("--to", unmigrated_postgresql_url, "--to-store", (tmp_path / "new").as_uri())
    put, copied, contents, looks = FolderStore.put_file, list[Path](), contents_of, list[AsyncSession]()

    async def killed(session: AsyncSession) -> dict[str, Content]:
        looks.append(session)
        if len(looks) == 2:  # what was read, then what was written
            raise KeyboardInterrupt
        return await contents(session)

    async def put_two(store: FolderStore, path: Path) -> str:
        copied.append(path)
        if stage == "bytes" and len(copied) == 3:
            raise KeyboardInterrupt
        return await put(store, path)

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "put_file", put_two)
        patch.setattr(restoring, "contents", killed)
        assert invoke("migrate-data", *to).exit_code == 130
    first, copied = len(copied), []
    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "put_file", put_two)
        assert invoke("migrate-data", *to).exit_code == 0
    assert (first, len(copied)) == ((3, 2) if stage == "bytes" else (4, 0)), "what was copied is not copied again"
    assert (
        invoke("verify", NBINSIGHT_DATABASE_URL=unmigrated_postgresql_url, NBINSIGHT_STORE_URL=(tmp_path / "new").as_uri()).exit_code == 0
    )


def test_a_database_that_is_old_is_not_moved_and_stays_as_it_is(folder: Path, invoke: Invoke, tmp_path: Path) -> None:
    with closing(sqlite3.connect(folder / "nbinsight.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    before = files(folder)
    done = invoke("migrate-data", "--to", f"sqlite:///{tmp_path / 'new.db'}", "--to-store", (tmp_path / "new").as_uri())
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("nbinsight: The database is at revision 0001, nbinsight needs revision ")
    assert files(folder) == before
    assert not (tmp_path / "new.db").exists()


def test_a_backup_that_lost_its_empty_folders_is_restored_and_stays_as_it_is(folder: Path, invoke: Invoke, tmp_path: Path) -> None:
    del folder
    assert invoke("backup", "kept").exit_code == 0
    (tmp_path / "kept" / "blobs" / "tmp").rmdir()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*")}
    assert invoke("restore", "kept", "--data-dir", "other").exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*")} == before


def test_data_are_not_moved_onto_themselves(folder: Path, invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("migrate-data", "--to", f"sqlite:///{folder / 'nbinsight.db'}", "--to-store", (tmp_path / "new").as_uri())
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "nbinsight: The database to write into is the one to read from.\n"


def test_no_backup_is_restored_from_a_folder_that_is_none(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("restore", "nothing")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"nbinsight: {tmp_path / 'nothing'} is no backup that was finished: its manifest.json cannot be read.\n"
