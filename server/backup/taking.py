"""Takes a backup while the server runs: rows of one moment first, then the bytes they name.

Bytes reach the store before the row that names them, and never change. So whatever the rows of the moment name was there at that
moment, and copying it afterwards misses nothing, however many notebooks are saved meanwhile. What may happen meanwhile is that
something is deleted and the garbage collector takes its bytes before they were copied: then a name of the moment has no bytes, and the
rows of now do not name it any more. In that case the rows are taken again; what was copied stays, so this ends soon. Bytes that are
absent while the rows of now do name them are a fault, which no backup must hide.
"""

import asyncio
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from sqlite3 import connect
from typing import Final, NamedTuple

from server import __version__
from server.backup.blobs import copy_blob, list_wrong
from server.backup.manifest import BLOBS, DATABASE, MANIFEST, BackupFailed, Manifest
from server.backup.misfits import require_fitting
from server.db import migrate
from server.db.copying import count_each, count_rows
from server.db.repositories.blobs import SOURCES, count_digests, list_sizes
from server.db.session import Database
from server.db.snapshot_file import write_snapshot
from server.domain.counts import counted
from server.stores.durable import sync
from server.stores.folder import FolderStore
from server.stores.port import BlobStore

_MOMENTS: Final = 5
Step = Callable[[str, int], Callable[[int], None]]
"""Begins a step of so many things; what it returns hears how many of them were done."""


async def take(database: Database, store: BlobStore, target: Path, at: datetime, step: Step) -> Manifest:
    """Make a folder, which is there when all of it is whole; raises BackupFailed, and then nothing is left behind."""
    if await asyncio.to_thread(target.exists):
        msg = f"{target} is there already: name a folder that is not."
        raise BackupFailed(msg)
    state = await migrate.check(database)
    if not state.is_current:
        raise BackupFailed(state.message)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    part.mkdir(mode=0o700)
    try:
        made = await _filled(part, database, store, at, step)
        await asyncio.to_thread(_publish, part, target, made)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return made


async def _filled(part: Path, database: Database, store: BlobStore, at: datetime, step: Step) -> Manifest:
    blobs, file = FolderStore(part / BLOBS), part / DATABASE
    for _ in range(_MOMENTS):
        file.unlink(missing_ok=True)
        async with database.reading() as session:
            told = step("rows", await count_rows(session))
        await write_snapshot(database, file, told)
        copy = Database(f"sqlite:///{file}")
        try:
            await require_fitting(copy)
            copied = await _copied(copy, database, store, blobs, step)
        finally:
            await copy.close()
        await asyncio.to_thread(_without_wal, file)
        if copied is not None:
            return Manifest(
                nbinsight=__version__,
                made_at=at.isoformat(),
                revision=migrate.head(),
                rows=copied.rows,
                blobs=copied.blobs,
                blob_bytes=copied.blob_bytes,
                database_sha256=await asyncio.to_thread(sha256_of, file),
            )
    msg = "While the backup was taken, notebooks were deleted again and again: try once more when that is over."
    raise BackupFailed(msg)


class _Copied(NamedTuple):
    """What a snapshot holds, whose bytes lie beside it."""

    rows: dict[str, int]
    blobs: int
    blob_bytes: int


async def _copied(copy: Database, database: Database, store: BlobStore, blobs: BlobStore, step: Step) -> _Copied | None:
    """Copy the bytes that a snapshot names; return None if some are gone since; raises BackupFailed for those that should be there."""
    async with copy.reading() as session:
        rows, sources = await count_each(session), await count_digests(session, SOURCES)
    blob_bytes = 0

    async def copy_one(digest: str) -> int | str:
        nonlocal blob_bytes
        found = await copy_blob(digest, store, blobs)
        blob_bytes += found if isinstance(found, int) else 0
        return found

    gone, lost, first = 0, 0, ""
    async for wrong in list_wrong(copy.snapshot, SOURCES, copy_one, step("blobs", sources)):
        async with database.reading() as session:
            named = await list_sizes(session, SOURCES, wrong)
        first = first or next((f"{digest}: {what}" for digest, what in wrong.items() if digest in named), "")
        gone, lost = gone + len(wrong), lost + len(named)
    if lost:
        msg = f"Missing from the store, or wrong: {counted(lost, 'notebook blob')}. `nbinsight verify` names each. The first: {first}."
        raise BackupFailed(msg)
    return None if gone else _Copied(rows, sources, blob_bytes)


def _without_wal(file: Path) -> None:
    with closing(connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()


def sha256_of(file: Path) -> str:
    """Return the sha256 of a file's bytes, in hex."""
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def _publish(part: Path, target: Path, made: Manifest) -> None:
    """Make all of it durable, the manifest last, and give the folder its name."""
    sync(part / DATABASE, os.O_RDONLY)
    sync(part)
    manifest = part / MANIFEST
    manifest.write_text(made.model_dump_json(indent=2) + "\n", encoding="utf-8")
    for path in (part / DATABASE, manifest):
        path.chmod(0o600)
    sync(manifest, os.O_RDONLY)
    sync(part)
    part.rename(target)
    sync(target.parent)
