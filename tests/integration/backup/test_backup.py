"""A backup holds one moment of everything, also while others write, and comes back as it was into either kind of database."""

import asyncio
import json
import shutil
import sqlite3
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, closing
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from server.backup import blobs as blobs_of
from server.backup.manifest import BackupFailed, read_manifest
from server.backup.restoring import restore
from server.backup.taking import take
from server.backup.verifying import verify
from server.db.copying import list_tables
from server.db.migrate import head
from server.db.models import GlobalGrantRow
from server.db.postgresql import Connections
from server.db.repositories.blobs import Naming, list_sizes
from server.db.session import Database
from server.domain.grants import GlobalPermission
from server.stores.folder import FolderStore
from server.stores.memory import MemoryStore
from tests.fixtures.world import World
from tests.integration.backup.conftest import held, silent
from tests.integration.mutations.asking import do

CLIENTS: Final = 4


async def back_up(world: World, target: Path) -> None:
    parts = world.application.parts
    await take(parts.database, parts.store, target, parts.clock(), silent)


async def sources_of(database: Database) -> set[str]:
    async with database.reading() as session:
        return set(await session.scalars(text("SELECT digest FROM notebook UNION SELECT digest FROM export")))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_everything_comes_back_as_it_was_in_either_kind_of_database(full: World, elsewhere: Database, tmp_path: Path) -> None:
    parts, store = full.application.parts, MemoryStore()
    await back_up(full, tmp_path / "backup")
    made = await restore(tmp_path / "backup", elsewhere, store, silent)
    assert await held(elsewhere) == await held(parts.database)
    assert set(store.blobs) == await sources_of(parts.database)
    assert (made.revision, made.blobs, sum(made.rows.values())) == (head(), 4, sum(c.rows for c in (await held(parts.database)).values()))
    found = await verify(elsewhere, store, silent)
    assert (found.faults, found.blobs, found.rows) == ([], 4, sum(made.rows.values()))
    async with elsewhere.writing() as session:  # numbered rows go on after those that came
        session.add(GlobalGrantRow(user_id=full.ids["dash_reader"], permission=GlobalPermission.ADMINISTRATOR))


async def test_postgresql_waits_for_the_rows_of_a_slow_source(full: World, unmigrated_postgresql_url: str, tmp_path: Path) -> None:
    await back_up(full, tmp_path / "backup")

    def slow(what: str, total: int) -> Callable[[int], None]:
        pauses = iter([1.5] if what == "rows" else [])
        assert total
        return lambda _: time.sleep(next(pauses, 0))

    impatient = Database(unmigrated_postgresql_url, Connections(idle_seconds=1, statement_seconds=1))
    await restore(tmp_path / "backup", impatient, MemoryStore(), slow)
    assert await held(impatient) == await held(full.application.parts.database)
    await impatient.close()


async def test_a_backup_is_its_owners_alone_and_holds_nothing_else(full: World, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    await back_up(full, target)
    assert {path.name for path in target.iterdir()} == {"manifest.json", "database.sqlite", "blobs"}
    assert [path for path in [target, *target.rglob("*")] if path.stat().st_mode & 0o077] == []
    assert len([path for path in (target / "blobs").rglob("*") if path.is_file()]) == read_manifest(target).blobs == 4
    with sqlite3.connect(target / "database.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM rendering").fetchone() == (0,)
    connection.close()
    assert not [path for path in await asyncio.to_thread(lambda: list(tmp_path.iterdir())) if path.name.startswith(".")]


async def test_a_folder_that_is_there_is_never_written_into(full: World, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(BackupFailed, match="mine is there already: name a folder that is not"):
        await back_up(full, tmp_path / "mine")
    assert files(tmp_path / "mine") == {}


async def test_a_backup_that_fails_leaves_nothing_behind(full: World, blobs: FolderStore, tmp_path: Path) -> None:
    [digest, *_] = sorted(await sources_of(full.application.parts.database))
    await blobs.delete(digest)
    with pytest.raises(BackupFailed, match=rf"^Missing from the store, or wrong: 1 notebook blob\. .* The first: {digest}: missing.$"):
        await back_up(full, tmp_path / "backups" / "first")
    assert list((tmp_path / "backups").iterdir()) == []


async def test_a_size_that_is_not_the_blobs_is_in_no_backup(full: World, tmp_path: Path) -> None:
    [[digest, size]] = await full.rows("SELECT digest, byte_size FROM notebook WHERE name = 'Third'")
    async with full.application.parts.database.writing() as session:
        await session.execute(text("UPDATE notebook SET byte_size = 1 WHERE name = 'Third'"))
    with pytest.raises(
        BackupFailed, match=rf"^Missing from the store, or wrong: 1 notebook blob\. .* The first: {digest}: {size} bytes, its row says 1.$"
    ):
        await back_up(full, tmp_path / "backups" / "first")
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.parametrize("size", [1, 3])
async def test_blobs_are_copied_some_at_a_time_each_once(
    full: World, unmigrated_url: str, tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup and its way back know so many names at once, and all blobs come along."""
    known, steps, done = list[int](), list[tuple[str, int]](), list[int]()

    async def counted(session: AsyncSession, tables: Naming, among: Collection[str]) -> dict[str, set[int]]:
        known.append(len(among))
        return await list_sizes(session, tables, among)

    def step(what: str, total: int) -> Callable[[int], None]:
        steps.append((what, total))
        return done.append if what == "blobs" else lambda _: None

    monkeypatch.setattr(blobs_of, "BATCH", size)
    monkeypatch.setattr(blobs_of, "list_sizes", counted)
    parts, digests, store = full.application.parts, await sources_of(full.application.parts.database), MemoryStore()
    made = await take(parts.database, parts.store, tmp_path / "backup", parts.clock(), step)
    assert (made.blobs, made.blob_bytes) == (len(digests), sum(len(content) for content in files(tmp_path / "backup" / "blobs").values()))
    target = Database(unmigrated_url)
    await restore(tmp_path / "backup", target, store, step)
    await target.close()
    assert set(store.blobs) == digests
    looks = [size] * (4 // size) + [4 % size] * (4 % size > 0) + [0]
    assert known == looks * 2
    assert [total for what, total in steps if what == "blobs"] == [4, 4]
    assert sum(done) == 8


class Collected(FolderStore):
    """A store whose collector comes just before some bytes are read."""

    victim = ""
    collect: Callable[[], Awaitable[None]] | None = None

    @override
    @asynccontextmanager
    async def local_file(self, digest: str) -> AsyncGenerator[Path]:
        if digest == self.victim and self.collect is not None:
            collect, self.collect = self.collect, None
            await collect()
        async with super().local_file(digest) as path:
            yield path


async def test_what_is_deleted_and_collected_meanwhile_is_no_fault_and_not_in_the_backup(
    full: World, blobs: FolderStore, elsewhere: Database, tmp_path: Path
) -> None:
    parts = full.application.parts
    notebook = await full.save("Short-lived", notebook={"nbformat": 4, "nbformat_minor": 5, "metadata": {"x": 1}, "cells": []})
    [[digest]] = await full.rows("SELECT digest FROM notebook WHERE id = :id", id=notebook)

    async def collect() -> None:
        await do(full, "coder", "deleteNotebook", notebookId=notebook)
        await blobs.delete(digest)

    store = Collected(tmp_path / "blobs")
    store.victim, store.collect = digest, collect
    await take(parts.database, store, tmp_path / "backup", parts.clock(), silent)
    assert store.collect is None
    assert digest not in {path.parent.name + path.name for path in (tmp_path / "backup" / "blobs").rglob("*")}
    restored = MemoryStore()
    await restore(tmp_path / "backup", elsewhere, restored, silent)
    assert (await verify(elsewhere, restored, silent)).faults == []


@pytest.mark.timeout(1800)
async def test_backups_taken_while_clients_publish_hold_all_that_was_acknowledged_before(
    full: World, elsewhere: Database, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    backups: int = pytestconfig.getoption("--backups")
    acknowledged, stop = list[str](), asyncio.Event()

    async def publish(number: int) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            notebook = await full.save(f"N{number} {turn}")
            acknowledged.append((await full.publish(notebook, full.ids["SALES dashboard"]))["export"])

    clients = [asyncio.create_task(publish(number)) for number in range(CLIENTS)]
    before = list[set[str]]()
    for number in range(backups):
        while len(acknowledged) < 2 * (number + 1):  # noqa: ASYNC110  nothing tells it
            await asyncio.sleep(0.02)
        before.append(set(acknowledged))
        await back_up(full, tmp_path / f"backup{number}")
    stop.set()
    await asyncio.gather(*clients)
    for number in range(backups):
        target, store = Database(f"sqlite:///{tmp_path / f'restored{number}.db'}"), FolderStore(tmp_path / f"restored{number}")
        await restore(tmp_path / f"backup{number}", target, store, silent)
        assert (await verify(target, store, silent)).faults == []
        async with target.reading() as session:
            there = set(await session.scalars(text("SELECT id FROM export")))
        assert before[number] <= there
        await target.close()
    await restore(tmp_path / f"backup{backups - 1}", elsewhere, MemoryStore(), silent)


async def test_a_database_that_holds_anything_is_never_restored_into(full: World, tmp_path: Path) -> None:
    parts, before = full.application.parts, await full.state()
    await back_up(full, tmp_path / "backup")
    with pytest.raises(BackupFailed, match="The database to write into is not empty"):
        await restore(tmp_path / "backup", parts.database, MemoryStore(), silent)
    assert await full.state() == before


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "is no backup that was finished: its manifest.json cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text('{"format": 2}'), "is none that this nbinsight can read"),
        (lambda folder: flip(folder / "database.sqlite"), "database.sqlite is damaged: its sha256 is not the one that was noted"),
        (
            lambda folder: flip(next(path for path in (folder / "blobs").rglob("*") if path.is_file())),
            r"^Missing or wrong .*: 1 notebook blob\. .*: damaged.$",
        ),
        (
            lambda folder: next(path for path in (folder / "blobs").rglob("*") if path.is_file()).unlink(),
            r"^Missing or wrong .*: 1 notebook blob\. .*: missing.$",
        ),
        (lambda folder: shutil.rmtree(folder / "blobs"), r"^Missing or wrong .*: 4 notebook blobs\. .*: missing.$"),
        (
            lambda folder: noted(folder, lambda file: file.write_bytes(b"")),
            "database.sqlite is not the one that its manifest.json tells of",
        ),
        (lambda folder: changed(folder, "DELETE FROM audit_event"), "database.sqlite is not the one that its manifest.json tells of"),
        (lambda folder: changed(folder, "UPDATE export SET digest = '../../name'"), "column digest of table export holds in 3 rows"),
        (
            lambda folder: changed(folder, "UPDATE export SET byte_size = 1"),
            r"^Missing or wrong .*: 3 notebook blobs\. .* bytes, its row says 1.$",
        ),
        (lambda folder: say(folder, made_at="\x1b[2J"), "is none that this nbinsight can read"),
    ],
)
async def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_restored(
    full: World, unmigrated_url: str, tmp_path: Path, spoil: Callable[[Path], object], message: str
) -> None:
    await back_up(full, tmp_path / "backup")
    spoil(tmp_path / "backup")
    names = sorted((tmp_path / "backup").rglob("*"))
    target = Database(unmigrated_url)
    with pytest.raises(BackupFailed, match=message):
        await restore(tmp_path / "backup", target, MemoryStore(), silent)
    async with target.reading() as session:
        assert await list_tables(session) == set()
    await target.close()
    assert sorted((tmp_path / "backup").rglob("*")) == names


def say(folder: Path, **said: object) -> None:
    """Have the manifest of a backup say something else."""
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | said))


def noted(folder: Path, spoil: Callable[[Path], object]) -> None:
    """Change the rows of a backup, and let its manifest know the sum of the file."""
    spoil(folder / "database.sqlite")
    say(folder, database_sha256=sha256((folder / "database.sqlite").read_bytes()).hexdigest())


def changed(folder: Path, statement: str) -> None:
    def change(file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection, connection:
            assert connection.execute(statement).rowcount > 0

    noted(folder, change)


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
