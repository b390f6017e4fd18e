"""Remove what nothing needs: blobs that no row names, old renderings, answers to retries that will not come, temporary files.

Bytes reach the store before the row that names them, so a blob without a row may be one whose row is about to come. Two rules keep it:

* A blob that was written lately stays, for `Ages.blobs`: no request takes that long from its bytes to its row.
* One that lay there unnamed for longer may be saved again at this moment, which writes nothing, for it is there. So whoever is to name a
  blob *holds* it, in the transaction that writes the row, and looks there whether it is in the store (`hold_blob`); and who removes it
  *takes* it, and looks for rows and deletes in one transaction. Nobody holds what is taken, nor takes what is held.

So of a save and a removal of the same bytes one is first. If the save is, the removal finds its row and leaves the bytes alone. If the
removal is, the save finds no bytes and is refused, before it has changed anything, and says to send them again: which writes them anew,
and then they are young. A removal that breaks off leaves blobs for the next one; no row and no file says that it was there.

No list of all names is ever held: blobs are looked up some at a time, first without making anybody wait, and those that nothing names
once more when they are taken, since a row may have come in between.

Renderings are named without being held: where their bytes are gone, they are made again. Old ones are forgotten whether anybody looks
at them or not, for nothing notes when that was; what is shown every day is made anew once in `Ages.renderings`.
"""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import IdempotencyKeyRow, RenderingRow
from server.db.repositories import blobs, leftovers
from server.db.session import Database
from server.stores.batches import batches
from server.stores.port import BlobStore, StoredBlob

_BATCH: Final = 100
"""Blobs that are looked up at once, and deleted in one transaction: as long others wait who write to SQLite."""
_TEMPORARY: Final = ("nbinsight-upload-*", "nbinsight-blob-*", "nbinsight-restore-*")
"""What uploads, loans of blobs and databases on their way back from a backup are called in the temporary folder."""


@dataclass(frozen=True, slots=True)
class Ages:
    """How old something must be to go."""

    blobs: timedelta = timedelta(hours=24)
    renderings: timedelta = timedelta(days=30)
    answers: timedelta = timedelta(days=7)
    files: timedelta = timedelta(hours=24)


@dataclass(slots=True)
class Collected:
    """What was removed, or would be; `kept` and `young` are blobs that are named, and not old enough, `stuck` files that could not go."""

    blobs: int = 0
    size_bytes: int = 0
    renderings: int = 0
    answers: int = 0
    files: int = 0
    stuck: int = 0
    kept: int = 0
    young: int = 0

    @property
    def seen(self) -> int:
        """How many blobs were looked at."""
        return self.blobs + self.kept + self.young


class StrangersError(Exception):
    """No row of the database names anything that is in the store: they may not belong together."""


@dataclass(frozen=True, slots=True)
class Collector:
    """Where to collect, and how: with `dry_run` nothing is removed, with `strangers` also where no row names anything in the store."""

    database: Database
    store: BlobStore
    clock: Callable[[], datetime]
    ages: Ages = Ages()
    dry_run: bool = False
    strangers: bool = False

    async def collect(self, tell: Callable[[Collected], None] = lambda _: None) -> Collected:
        """Remove and count, and tell of progress. Raises OSError where the store is away, and StrangersError before anything is removed."""
        now, found = self.clock(), Collected()
        since, old = now - self.ages.renderings, now - self.ages.blobs
        if not self.strangers:
            await self._require_kinship(since, old)
        found.files, found.stuck = await asyncio.to_thread(_remove_files, self.ages.files, dry_run=self.dry_run)
        found.answers = await self._forget(IdempotencyKeyRow, now - self.ages.answers)
        found.renderings = await self._forget(RenderingRow, since)

        async def left() -> AsyncGenerator[StoredBlob]:
            async for some in batches(self.store.walk(), _BATCH):
                named = await self._named(some, since)
                for blob in some:
                    if blob.digest in named:
                        found.kept += 1
                    elif blob.modified_at > old:
                        found.young += 1
                    else:
                        yield blob
                    tell(found)

        async for some in batches(left(), _BATCH):
            await self._remove(some, since, found)
            tell(found)
        tell(found)
        return found

    async def _require_kinship(self, since: datetime, old: datetime) -> None:
        """Raise StrangersError where there is something to remove, and no row names anything in the store; else the first name ends it."""
        removable = False
        async with aclosing(batches(self.store.walk(), _BATCH)) as listed:
            async for some in listed:
                if await self._named(some, since):
                    return
                removable = removable or any(blob.modified_at <= old for blob in some)
        if removable:
            raise StrangersError

    async def _named(self, some: Collection[StoredBlob], since: datetime) -> set[str]:
        async with self.database.reading() as session:
            return await blobs.list_named(session, since, [blob.digest for blob in some])

    async def _forget(self, table: leftovers.Leftover, before: datetime) -> int:
        if self.dry_run:
            async with self.database.reading() as session:
                return await leftovers.count_older(session, table, before)
        gone, some = 0, 1
        while some:
            async with self.database.writing() as session:
                some = await leftovers.delete_older(session, table, before)
            gone += some
        return gone

    async def _remove(self, batch: list[StoredBlob], since: datetime, found: Collected) -> None:
        """Delete those that still nothing names, in the transaction that keeps it so."""
        async with self.database.writing() as session:
            free = await blobs.take_unnamed(session, [blob.digest for blob in batch], since)
            if free and not self.dry_run:
                await self.store.delete(*free)
        found.blobs += len(free)
        found.kept += len(batch) - len(free)
        found.size_bytes += sum(blob.size_bytes for blob in batch if blob.digest in free)


async def hold_blob(session: AsyncSession, store: BlobStore, digest: str) -> bool:
    """Keep a blob from being removed until the transaction ends, and tell whether it is still in the store."""
    await blobs.hold(session, digest)
    return await store.has(digest)


def _remove_files(age: timedelta, *, dry_run: bool) -> tuple[int, int]:
    """Remove what killed processes of this user left in the temporary folder; return how many files and folders, and how many stay."""
    found, stuck, before = 0, 0, time.time() - age.total_seconds()
    for pattern in _TEMPORARY:
        for path in Path(tempfile.gettempdir()).glob(pattern):
            try:
                state = path.lstat()
                if state.st_uid != os.geteuid() or state.st_mtime >= before:
                    continue
                if not dry_run:
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            except FileNotFoundError:
                continue  # whoever it belonged to was alive
            except OSError:
                stuck += 1  # told at the end: blobs are what matters
                continue
            found += 1
    return found, stuck
