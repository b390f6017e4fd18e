"""Looks through database and store: is every row's blob there and right, does every row refer to something, is every copy true."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from server.backup.taking import Step
from server.db import migrate
from server.db.checking import list_faults
from server.db.copying import count_rows, list_sources
from server.db.repositories.blobs import list_named
from server.db.session import Database
from server.stores.port import BlobStore

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Findings:
    """What was looked at, and what is wrong with it, a line each."""

    rows: int = 0
    blobs: int = 0
    orphans: int = 0
    """Blobs that no row names, which is no fault: `nbinsight gc` removes them once they are old enough."""
    faults: list[str] = field(default_factory=list[str])


async def verify(database: Database, store: BlobStore, step: Step) -> Findings:
    """Look at everything as of one moment, while the server may run; raises what driver and store raise."""
    state = await migrate.check(database)
    if not state.is_current:
        return Findings(faults=[state.message])
    stored = {blob.digest async for blob in store.walk()}  # before their names are read: bytes are there before the row that names them
    async with database.snapshot() as session:
        found = Findings(rows=await count_rows(session), faults=await list_faults(session))
        sources = await list_sources(session)
        found.orphans = len(stored - await list_named(session, _EVER))
    found.blobs, told = len(sources), step("notebooks", len(sources))
    wrong = dict[str, str]()
    for digest, size in sources.items():
        fault = await _fault_of(digest, size, store)
        if fault is not None:
            wrong[digest] = f"blob {digest}: {fault}"
        told(1)
    if wrong:
        async with database.reading() as session:  # what was deleted since, and collected, is no fault
            now = await list_sources(session)
        found.faults += [fault for digest, fault in wrong.items() if digest in now]
    return found


async def _fault_of(digest: str, size: int, store: BlobStore) -> str | None:
    try:
        async with store.local_file(digest) as path:
            found = path.stat().st_size
    except FileNotFoundError:
        return "damaged" if await store.has(digest) else "missing"
    return None if found == size else f"{found} bytes, its row says {size}"
