"""Bytes from one store to another, through the port alone."""

from collections.abc import Callable, Iterable

from server.stores.digests import is_digest
from server.stores.port import BlobStore


async def copy_blobs(digests: Iterable[str], source: BlobStore, target: BlobStore, told: Callable[[int], None]) -> list[str]:
    """Copy what the target has not, or has damaged; return what the source has not, or has damaged, and what can be no blob's name."""
    missing = list[str]()
    for digest in digests:
        if not is_digest(digest) or not (await _is_there(digest, target) or await _copied(digest, source, target)):
            missing.append(digest)
        told(1)
    return missing


async def _is_there(digest: str, store: BlobStore) -> bool:
    if not await store.has(digest):
        return False
    try:
        async with store.local_file(digest):
            return True
    except FileNotFoundError:
        return False


async def _copied(digest: str, source: BlobStore, target: BlobStore) -> bool:
    try:
        async with source.local_file(digest) as path:
            return await target.put_file(path) == digest
    except FileNotFoundError:
        return False
