"""Blobs in this process's memory, gone with it: for tests and trials."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from server.stores.digests import DamageLog, digest_of, require_digest
from server.stores.port import StoredBlob


class MemoryStore:
    """A BlobStore that forgets everything when the process ends."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Start empty, with a clock that tells when bytes are written."""
        self.blobs: dict[str, bytes] = {}
        self._clock = clock
        self._modified_at: dict[str, datetime] = {}
        self._damage = DamageLog()

    async def put(self, content: bytes, *, durable: bool = True) -> str:
        """Keep bytes and return their digest; nothing here is durable."""
        del durable
        digest = digest_of(content)
        if self.blobs.get(digest) != content:
            self.blobs[digest] = content
            self._modified_at[digest] = self._clock()
        self._damage.heal(digest)
        return digest

    async def put_file(self, path: Path) -> str:
        """Keep a file's bytes and return their digest; memory is where they end up, so they are read whole."""
        return await self.put(await asyncio.to_thread(path.read_bytes))

    async def get(self, digest: str) -> bytes | None:
        """Return the bytes, checked, or None where there are none or they are damaged."""
        content = self.blobs.get(require_digest(digest))
        if content is None or digest_of(content) == digest:
            return content
        self._damage.report(digest)
        return None

    async def has(self, digest: str) -> bool:
        """Tell whether there are bytes of that name, unchecked."""
        return require_digest(digest) in self.blobs

    @asynccontextmanager
    async def local_file(self, digest: str) -> AsyncGenerator[Path]:
        """Lend a temporary file with the bytes, removed afterwards; raises FileNotFoundError where `get` gives None."""
        content = await self.get(digest)
        if content is None:
            raise FileNotFoundError(digest)
        with tempfile.TemporaryDirectory(prefix="nbinsight-blob-") as folder:
            path = Path(folder, digest)
            await asyncio.to_thread(path.write_bytes, content)
            yield path

    async def walk(self) -> AsyncGenerator[StoredBlob]:
        """Yield what there was when it was asked."""
        for digest, content in list(self.blobs.items()):
            yield StoredBlob(digest, len(content), self._modified_at[digest])

    async def delete(self, *digests: str) -> None:
        """Forget the bytes, if there are any."""
        for digest in map(require_digest, digests):
            self.blobs.pop(digest, None)

    async def check(self) -> None:
        """Succeed: memory can always be written."""
