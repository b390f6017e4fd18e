"""Looks through database and store: is every row's blob there and right, does every row refer to something, is every copy true.

A rendering whose bytes are missing or damaged is no fault, as nothing is lost: whoever asks for it has it made again. That happens
without anybody's mistake, since the bytes of renderings are not synced, and may be collected while a row begins to name them anew.
"""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from server.backup.blobs import BATCH, DAMAGED, MISSING, list_wrong, read_size
from server.backup.misfits import list_misfits
from server.backup.taking import Step
from server.db import migrate
from server.db.checking import list_faults
from server.db.copying import count_rows
from server.db.repositories.blobs import RENDERINGS, SOURCES, Naming, count_digests, list_named, list_sizes
from server.db.session import Database
from server.stores.batches import batches
from server.stores.port import BlobStore

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Findings:
    """What was looked at, and what is wrong with it, a line each."""

    rows: int = 0
    blobs: int = 0
    """Of notebooks and exports."""
    renderings: int = 0
    """Blobs of renderings."""
    orphans: int = 0
    """Blobs that no row names, which is no fault: `nbinsight gc` removes them once they are old enough."""
    faults: list[str] = field(default_factory=list[str])
    spoilt: list[str] = field(default_factory=list[str])
    """Renderings whose bytes are missing or damaged, which is no fault: they are made again."""


async def verify(database: Database, store: BlobStore, step: Step) -> Findings:
    """Look at all rows as of one moment, and at the bytes that rows name when it is their turn, while the server may run.

    Raises what driver and store raise.
    """
    state = await migrate.check(database)
    if not state.is_current:
        return Findings(faults=[state.message])
    if misfits := await list_misfits(database):  # which cannot be read as rows are
        async with database.reading() as session:
            return Findings(rows=await count_rows(session), faults=misfits)
    orphans = await _count_orphans(database, store)
    async with database.snapshot() as session:
        found = Findings(rows=await count_rows(session), orphans=orphans, faults=await list_faults(session))
        found.blobs, found.renderings = await count_digests(session, SOURCES), await count_digests(session, RENDERINGS)
    async for digest, what in _wrong(database, store, SOURCES, step("blobs", found.blobs)):
        found.faults.append(f"blob {digest}: {what}")
    async for digest, what in _wrong(database, store, RENDERINGS, step("renderings", found.renderings)):
        (found.spoilt if what in {MISSING, DAMAGED} else found.faults).append(f"rendering {digest}: {what}")
    return found


async def _count_orphans(database: Database, store: BlobStore) -> int:
    """Count blobs that no row names, which are looked up after they were listed: bytes are there before the row that names them."""
    count = 0
    async for blobs in batches(store.walk(), BATCH):
        digests = {blob.digest for blob in blobs}
        async with database.reading() as session:
            count += len(digests - await list_named(session, _EVER, digests))
    return count


async def _wrong(database: Database, store: BlobStore, tables: Naming, told: Callable[[int], None]) -> AsyncGenerator[tuple[str, str]]:
    """Read the blobs that rows of these tables name; yield those that are not right, and what is wrong with them."""
    async for wrong in list_wrong(database.snapshot, tables, lambda digest: read_size(digest, store), told):
        async with database.reading() as session:  # what was deleted since, and collected, is no fault
            named = await list_sizes(session, tables, wrong)
        for digest, what in wrong.items():
            if digest in named:
                yield digest, what
