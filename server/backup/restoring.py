"""Brings a backup into a database and a store, or moves both to others: bytes first, then all rows in one transaction."""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from server.backup.blobs import copy_blob, list_wrong
from server.backup.manifest import BLOBS, DATABASE, MANIFEST, BackupFailed, Manifest, read_manifest
from server.backup.misfits import require_fitting, require_fitting_once
from server.backup.taking import Step, sha256_of
from server.db import migrate
from server.db.copying import Content, contents, copy_rows, count_each, count_rows, list_tables
from server.db.models import Model
from server.db.repositories.blobs import SOURCES, count_digests
from server.db.session import Database
from server.domain.counts import counted
from server.stores.folder import FolderStore
from server.stores.memory import MemoryStore
from server.stores.port import BlobStore


async def restore(source: Path, database: Database, store: BlobStore, step: Step) -> Manifest:
    """Restore into an empty database; raises BackupFailed, and then it is as empty as it was.

    A backup of an older nbinsight is brought up to date on the way, in a copy.
    """
    manifest = read_manifest(source)
    await require_empty(database)
    if await asyncio.to_thread(sha256_of, source / DATABASE) != manifest.database_sha256:
        msg = f"{source / DATABASE} is damaged: its sha256 is not the one that was noted. Take another backup."
        raise BackupFailed(msg)
    with TemporaryDirectory(prefix="nbinsight-restore-") as folder:
        file = Path(folder) / DATABASE
        await asyncio.to_thread(shutil.copyfile, source / DATABASE, file)
        copy = Database(f"sqlite:///{file}")
        try:
            await _bring_up_to_date(copy, manifest)
            await transfer(copy, _blobs_of(source), database, store, step)
        except migrate.MigrationFailed as error:
            raise BackupFailed(str(error)) from error
        finally:
            await copy.close()
    return manifest


async def _bring_up_to_date(database: Database, manifest: Manifest) -> None:
    """Raise BackupFailed for a file that is not what the manifest says of it, or that holds what no nbinsight writes."""
    state = await migrate.check(database)
    noted = state.current == manifest.revision
    if noted and not state.is_current:
        await require_fitting_once(database)
        await migrate.upgrade(database)
    if noted:
        await require_fitting(database)
    if noted and state.is_current:  # how much tables of another version held is not known here
        async with database.reading() as session:
            noted = await count_each(session) == manifest.rows and await count_digests(session, SOURCES) == manifest.blobs
    if not noted:
        msg = f"The backup's {DATABASE} is not the one that its {MANIFEST} tells of. Take another backup."
        raise BackupFailed(msg)


def _blobs_of(source: Path) -> BlobStore:
    """Open a backup's blobs and make nothing there, also where a copy has lost the empty folder of none."""
    folder = source / BLOBS
    return FolderStore(folder) if folder.is_dir() and any(folder.iterdir()) else MemoryStore()


async def transfer(
    source: Database, blobs: BlobStore, target: Database, store: BlobStore, step: Step, *, others_write: bool = False
) -> int:
    """Copy everything and compare it; return how many rows. The source is read and nothing else; raises BackupFailed.

    Where `others_write` is possible, the source is read once more in the end: what changed meanwhile would stay behind.
    Bytes that the target has already are not copied again: whoever was stopped in the middle goes on there. Rows come all at once.
    """
    async with source.snapshot() as read:
        total, told = await count_rows(read), step("blobs", await count_digests(read, SOURCES))
        count, first = 0, ""
        async for wrong in list_wrong(lambda: nullcontext(read), SOURCES, lambda digest: copy_blob(digest, blobs, store), told):
            first = first or ": ".join(next(iter(wrong.items())))
            count += len(wrong)
        if count:
            msg = f"Missing or wrong where it is to come from: {counted(count, 'notebook blob')}. The first: {first}."
            raise BackupFailed(msg)
        expected = await contents(read)
        await migrate.upgrade(target)
        async with target.writing() as written:
            await target.take_time(written)
            await copy_rows(read, written, step("rows", total))
            if await contents(written) != expected:
                msg = "What was written is not what was read: nothing was kept."
                raise BackupFailed(msg)
            await read.close()  # a pool may have one connection alone
            if others_write and (changed := await _changed(source, expected)):
                msg = f"Somebody has written to the old database meanwhile ({', '.join(changed)}), so nothing was kept in the new one. "
                raise BackupFailed(msg + "Stop all servers, then run this again.")
    return total


async def _changed(source: Database, read: Mapping[str, Content]) -> list[str]:
    """Name the tables that do not hold any more what was read."""
    async with source.snapshot() as session:
        now = await contents(session)
    return sorted(name for name in read if now[name] != read[name])


async def require_empty(database: Database) -> None:
    """Raise BackupFailed for a database that holds anything: rows of ours, or tables of somebody else."""
    async with database.reading() as session:
        there = await list_tables(session)
    if others := there - Model.metadata.tables.keys():
        msg = f"The database to write into is not empty: it has a table {min(others)}, which is not of nbinsight. Name another one."
        raise BackupFailed(msg)
    if there and not await _is_new(database):
        msg = "The database to write into is not empty: name another one, or another data folder."
        raise BackupFailed(msg)


async def _is_new(database: Database) -> bool:
    if not (await migrate.check(database)).is_current:
        return False
    async with database.reading() as session:
        return not await count_rows(session)
