"""Blobs that rows name, looked at one by one and known some at a time; and copied from one store to another, through the port alone."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from server.db.repositories.blobs import Naming, list_digests, list_sizes
from server.stores.digests import is_digest
from server.stores.port import BlobStore

BATCH: Final = 100
"""Blobs that are looked up at once: no list of all names is ever held."""
DAMAGED, MISSING = "damaged", "missing"


async def list_wrong(
    reading: Callable[[], AbstractAsyncContextManager[AsyncSession]],
    tables: Naming,
    look: Callable[[str], Awaitable[int | str]],
    told: Callable[[int], None],
) -> AsyncGenerator[dict[str, str]]:
    """Look at each blob that rows of these tables name; yield of each batch those that are not right, and what is wrong with them.

    `look` returns how many bytes a blob has, or what is wrong with it: that it has none.
    """
    last = ""
    while True:
        async with reading() as session:
            digests = await list_digests(session, tables, last, BATCH)
            sizes = await list_sizes(session, tables, digests)
        if not digests:
            return
        wrong = dict[str, str]()
        for digest in digests:
            if (fault := await _fault_of(digest, sizes[digest], look)) is not None:
                wrong[digest] = fault
            told(1)
        if wrong:
            yield wrong
        last = digests[-1]


async def _fault_of(digest: str, said: set[int], look: Callable[[str], Awaitable[int | str]]) -> str | None:
    if not is_digest(digest):
        return "no blob can have that name"
    found = await look(digest)
    if isinstance(found, str):
        return found
    untrue = sorted(said - {found})
    return f"{found} bytes, its row says {untrue[0]}" if untrue else None


async def read_size(digest: str, store: BlobStore) -> int | str:
    """Read all of a blob and return its size in bytes, or what is wrong with it."""
    try:
        async with store.local_file(digest) as path:
            return path.stat().st_size
    except FileNotFoundError:
        return DAMAGED if await store.has(digest) else MISSING


async def copy_blob(digest: str, source: BlobStore, target: BlobStore) -> int | str:
    """Copy a blob that the target has not, or has damaged; return its size in bytes, or what is wrong with it in the source."""
    if await target.has(digest) and isinstance(size := await read_size(digest, target), int):
        return size
    try:
        async with source.local_file(digest) as path:
            return path.stat().st_size if await target.put_file(path) == digest else DAMAGED
    except FileNotFoundError:
        return DAMAGED if await source.has(digest) else MISSING
