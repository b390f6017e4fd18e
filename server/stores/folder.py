"""Blobs in a folder: `ROOT/ab/cdef…`, a file per blob, whole and durable before anyone is told of it.

Order of a write: temporary file → fsync → rename → fsync of its folder. A crash at any point leaves a temporary
file at worst. Rename instead of link: whatever it may replace has the same bytes or damaged ones. Bytes that need not be durable
are renamed without fsync: a crash of the machine may leave a file of other bytes under their name, which reading finds out.
"""

import asyncio
import errno
import hashlib
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from server.domain.measures import UNMEASURED, Measures
from server.stores.digests import DamageLog, digest_of, is_digest, require_digest
from server.stores.durable import make_folders, sync
from server.stores.port import StoredBlob

_CHUNK_BYTES: Final = 1024 * 1024
_STALE_SECONDS: Final = 3600
_PRIVATE: Final = 0o700


class FolderStore:
    """A BlobStore in a local folder that several processes may share."""

    def __init__(self, root: Path, measures: Measures = UNMEASURED) -> None:
        """Make the folder if need be; raises OSError where it cannot be made. What crashed writers left goes with the first write.

        In a folder that holds something nothing is made before that: it may be read-only, and a copy that lost its empty folders.
        """
        self._root = root.absolute()
        self._temporary = self._root / "tmp"
        self._durable: set[Path] = set()
        self._damage = DamageLog(measures)
        make_folders(self._root)
        if not self._is_present():
            make_folders(self._temporary)
        self._is_tidy = False

    async def put(self, content: bytes, *, durable: bool = True) -> str:
        """Keep bytes and return their digest; on return they survive a crash, unless they need not be durable."""
        return await asyncio.to_thread(self._put, content, durable=durable)

    async def put_file(self, path: Path) -> str:
        """Keep a file's bytes, read piece by piece, and return their digest; the file stays the caller's."""
        return await asyncio.to_thread(self._put_file, path)

    async def get(self, digest: str) -> bytes | None:
        """Return the bytes, checked, or None where there are none or they are damaged."""
        return await asyncio.to_thread(self._get, digest)

    async def has(self, digest: str) -> bool:
        """Tell whether there is a file of that name, unchecked."""
        return await asyncio.to_thread(self._has, digest)

    @asynccontextmanager
    async def local_file(self, digest: str) -> AsyncGenerator[Path]:
        """Lend the very file, checked; raises FileNotFoundError where `get` gives None."""
        path = self._path(digest)
        if not await asyncio.to_thread(self._is_intact, digest):
            raise FileNotFoundError(digest)
        yield path

    async def walk(self) -> AsyncGenerator[StoredBlob]:
        """Yield the files under digests, shard by shard."""
        for number in range(256):
            for blob in await asyncio.to_thread(self._list_shard, f"{number:02x}"):
                yield blob

    async def delete(self, *digests: str) -> None:
        """Remove the files, as far as they are there; a crash soon after may bring them back."""
        await asyncio.to_thread(self._unlink, [self._path(digest) for digest in digests])

    async def check(self) -> None:
        """Write a small file, durably, and remove it; raises OSError naming the folder and what is wrong with it."""
        try:
            await asyncio.to_thread(self._try_writing)
        except OSError as error:
            message = f"The blob store {self._root} cannot be written: {error.strerror or error}"
            raise OSError(error.errno, message) from error

    def _path(self, digest: str) -> Path:
        require_digest(digest)
        return self._root / digest[:2] / digest[2:]

    def _put(self, content: bytes, *, durable: bool) -> str:
        digest = digest_of(content)
        if not self._is_intact(digest):
            with self._temporary_file() as file:
                file.write(content)
                self._publish(file, digest, durable=durable)
        elif durable:  # also on a full disk
            sync(self._path(digest), os.O_RDONLY)  # whoever wrote it may not have
            self._make_durable(self._path(digest).parent)
        return digest

    def _put_file(self, source: Path) -> str:
        with source.open("rb") as original, self._temporary_file() as file:
            digest = hashlib.sha256()
            for chunk in _chunks(original):
                digest.update(chunk)
                file.write(chunk)
            self._publish(file, digest.hexdigest())
        return digest.hexdigest()

    def _get(self, digest: str) -> bytes | None:
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError:
            self._require_presence()
            return None
        return content if self._is_right(digest, digest_of(content)) else None

    def _has(self, digest: str) -> bool:
        found = os.path.lexists(self._path(digest))
        if not found:
            self._require_presence()
        return found

    def _list_shard(self, shard: str) -> list[StoredBlob]:
        try:
            files = list(os.scandir(self._root / shard))
        except FileNotFoundError:
            self._require_presence()
            return []
        found: list[StoredBlob] = []
        for file in files:
            if is_digest(shard + file.name):
                with suppress(FileNotFoundError):  # deleted since
                    state = file.stat(follow_symlinks=False)
                    found.append(StoredBlob(shard + file.name, state.st_size, datetime.fromtimestamp(state.st_mtime, UTC)))
        return found

    def _unlink(self, paths: list[Path]) -> None:
        self._remove_stale_files()
        for path in paths:
            path.unlink(missing_ok=True)

    def _is_intact(self, digest: str) -> bool:
        try:
            with self._path(digest).open("rb") as file:
                return self._is_right(digest, _digest_of_chunks(_chunks(file)))
        except FileNotFoundError:
            self._require_presence()
            return False

    def _require_presence(self) -> None:
        """Tell an absent blob from an absent disk."""
        if not self._is_present():
            raise OSError(errno.ENODEV, f"The blob store {self._root} is not there")

    def _is_present(self) -> bool:
        """Tell whether the folder holds anything, as every opened store does; where a disk is gone, an empty one is left."""
        try:
            with os.scandir(self._root) as entries:
                return next(entries, None) is not None
        except FileNotFoundError:
            return False

    def _is_right(self, digest: str, found: str) -> bool:
        if found != digest:
            self._damage.report(digest)
        return found == digest

    @contextmanager
    def _temporary_file(self) -> Generator[IO[bytes]]:
        """Open a file that only we can read (mode 0600) and that is gone afterwards, unless it was renamed."""
        self._remove_stale_files()
        with tempfile.NamedTemporaryFile(dir=self._temporary, delete=False) as file:
            try:
                yield file
            finally:
                # what went wrong before is the news; a failure to clean up waits for the next start
                with suppress(OSError):
                    Path(file.name).unlink(missing_ok=True)

    def _publish(self, file: IO[bytes], digest: str, *, durable: bool = True) -> None:
        """Give the temporary file its name, durable before and after if need be.

        When the last fsync fails the bytes stay: they are whole, and another writer may have been told that they are kept.
        """
        file.flush()
        if durable:
            os.fsync(file.fileno())
        final = self._path(digest)
        with suppress(FileExistsError):
            final.parent.mkdir(_PRIVATE)
        Path(file.name).replace(final)
        if durable:
            self._make_durable(final.parent)
        self._damage.heal(digest)

    def _make_durable(self, shard: Path) -> None:
        """Make the shard's entries survive a crash, and its own entry, which another process may have just made."""
        sync(shard)
        if shard not in self._durable:
            sync(self._root)
            self._durable.add(shard)

    def _try_writing(self) -> None:
        with self._temporary_file() as file:
            file.write(b"nbinsight")
            file.flush()
            os.fsync(file.fileno())

    def _remove_stale_files(self) -> None:
        """Do so once; whoever only looks changes nothing."""
        if self._is_tidy:
            return
        if self._is_present():
            make_folders(self._temporary)
        self._is_tidy = True
        oldest = time.time() - _STALE_SECONDS
        for path in self._temporary.iterdir():
            with suppress(OSError):  # a disk that is read-only, or another process that was faster
                if path.stat().st_mtime < oldest:
                    path.unlink()


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _digest_of_chunks(chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
