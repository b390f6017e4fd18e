"""Looks through database and store: is every row's blob there and right, does every row refer to something, is every copy true.

A rendering whose bytes are missing or damaged is no fault, as nothing is lost: whoever asks for it has it made again. That happens
without anybody's mistake, since the bytes of renderings are not synced, and may be collected while a row begins to name them anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from server.backup.taking import Step
from server.db import migrate
from server.db.checking import list_faults
from server.db.copying import count_rows
from server.db.repositories.blobs import RENDERINGS, SOURCES, list_named, list_sizes
from server.db.session import Database
from server.stores.port import BlobStore

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAMAGED, _MISSING = "damaged", "missing"


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
    """Look at everything as of one moment, while the server may run; raises what driver and store raise."""
    state = await migrate.check(database)
    if not state.is_current:
        return Findings(faults=[state.message])
    stored = {blob.digest async for blob in store.walk()}  # before their names are read: bytes are there before the row that names them
    async with database.snapshot() as session:
        found = Findings(rows=await count_rows(session), faults=await list_faults(session))
        sources, renderings = await list_sizes(session, SOURCES), await list_sizes(session, RENDERINGS)
        found.orphans = len(stored - await list_named(session, _EVER))
    found.blobs, found.renderings = len(sources), len(renderings)
    wrong = await _look_at(sources, store, step("notebooks", len(sources)))
    spoilt = await _look_at(renderings, store, step("renderings", len(renderings)))
    if wrong or spoilt:
        async with database.reading() as session:  # what was deleted since, and collected, is no fault
            sources, renderings = await list_sizes(session, SOURCES), await list_sizes(session, RENDERINGS)
    found.faults += [f"blob {digest}: {what}" for digest, what in wrong.items() if digest in sources]
    for digest, what in spoilt.items():
        if digest in renderings:
            (found.spoilt if what in {_MISSING, _DAMAGED} else found.faults).append(f"rendering {digest}: {what}")
    return found


async def _look_at(sizes: Mapping[str, set[int]], store: BlobStore, told: Callable[[int], None]) -> dict[str, str]:
    """Read blobs; return what is wrong with those that are not right."""
    wrong = dict[str, str]()
    for digest, said in sizes.items():
        if (fault := await _fault_of(digest, said, store)) is not None:
            wrong[digest] = fault
        told(1)
    return wrong


async def _fault_of(digest: str, said: set[int], store: BlobStore) -> str | None:
    try:
        async with store.local_file(digest) as path:
            found = path.stat().st_size
    except FileNotFoundError:
        return _DAMAGED if await store.has(digest) else _MISSING
    untrue = sorted(said - {found})
    return f"{found} bytes, its row says {untrue[0]}" if untrue else None
