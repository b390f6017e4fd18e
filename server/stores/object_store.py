"""Blobs in a bucket of S3, Google Cloud Storage or Azure: an object per blob, `PREFIX/ab/cdef…`, as in the folder store.

| promise | how |
|---|---|
| no torn object | a bucket shows an object when all its bytes are there; parts of an upload that broke off are never seen |
| of several writers of the same bytes, one writes | small blobs by create-if-absent; large ones are looked for first, in parts |
| an existing object is checked, not trusted | its bytes are read and hashed; damaged ones are written over |
| a bucket that hangs holds nobody up | every step has PATIENCE_SECONDS, renewed by each piece that moves |
| what is large is never whole in memory | 1 MiB pieces to and from a file; 2 parts of 8 MiB under way |
"""

import asyncio
import hashlib
import io
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from obstore.exceptions import AlreadyExistsError, BaseError
from typing_extensions import Buffer

from server.domain.measures import UNMEASURED, Measures
from server.stores.buckets import PATIENCE_SECONDS, Place, told
from server.stores.digests import DamageLog, digest_of, is_digest, require_digest
from server.stores.port import StoredBlob

if TYPE_CHECKING:
    from obstore import ListStream, ObjectMeta

_PIECE_BYTES: Final = 1024 * 1024
_PART_BYTES: Final = 8 * 1024 * 1024
"""What is no larger goes in one request."""
_PARTS_AT_ONCE: Final = 2
_CHECKED: Final = "tmp/check"


class ObjectStore:
    """A BlobStore in a bucket that any number of machines may share."""

    def __init__(self, place: Place, measures: Measures = UNMEASURED) -> None:
        """Connect when first used."""
        self._bucket, self._name = place.bucket, place.name
        self._damage = DamageLog(measures)
        self._writing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def put(self, content: bytes, *, durable: bool = True) -> str:
        """Keep bytes and return their digest; a bucket knows nothing but durable."""
        del durable
        digest = await asyncio.to_thread(digest_of, content)
        if len(content) <= _PART_BYTES:
            await self._put_whole(digest, content)
        else:
            await self._put_in_parts(digest, io.BytesIO(content))
        return digest

    async def put_file(self, path: Path) -> str:
        """Keep a file's bytes and return their digest; a large file is read twice, piece by piece, and must not change meanwhile."""
        with await asyncio.to_thread(path.open, "rb") as file:
            start = await asyncio.to_thread(file.read, _PART_BYTES + 1)
            if len(start) <= _PART_BYTES:
                return await self.put(start)
            del start
            await asyncio.to_thread(file.seek, 0)
            digest = (await asyncio.to_thread(hashlib.file_digest, file, "sha256")).hexdigest()
            await asyncio.to_thread(file.seek, 0)
            await self._put_in_parts(digest, file)
        return digest

    async def get(self, digest: str) -> bytes | None:
        """Return the bytes, checked, or None where there are none or they are damaged."""
        pieces: list[Buffer] = []
        return await asyncio.to_thread(b"".join, pieces) if await self._read(digest, pieces.append) else None

    async def has(self, digest: str) -> bool:
        """Tell whether there is an object of that name, unchecked."""
        key = _key(digest)
        async with self._reaching():
            try:
                await self._bucket.head_async(key)
            except FileNotFoundError:
                await self._require_presence(key)
                return False
        return True

    @asynccontextmanager
    async def local_file(self, digest: str) -> AsyncGenerator[Path]:
        """Lend a temporary file with the bytes, removed afterwards; raises FileNotFoundError where `get` gives None."""
        require_digest(digest)
        with tempfile.TemporaryDirectory(prefix="nbinsight-blob-") as folder:
            path = Path(folder, digest)
            with await asyncio.to_thread(path.open, "wb") as file:
                intact = await self._read(digest, file.write)
            if not intact:
                raise FileNotFoundError(digest)
            yield path

    async def walk(self) -> AsyncGenerator[StoredBlob]:
        """Yield all objects under digests, a thousand a request; others under the prefix are passed over."""
        objects = self._listed()
        while True:
            async with self._reaching():
                try:
                    chunk = await anext(objects)
                except StopAsyncIteration:
                    return
            for found in chunk:
                shard, _, rest = found["path"].partition("/")
                if len(shard) == 2 and is_digest(shard + rest):  # noqa: PLR2004  as _key makes it
                    yield StoredBlob(shard + rest, found["size"], found["last_modified"])

    async def delete(self, *digests: str) -> None:
        """Remove the objects, as far as they are there."""
        keys = [_key(digest) for digest in digests]
        async with self._reaching():
            try:
                await self._bucket.delete_async(keys)
            except FileNotFoundError:
                # some clouds say so of one that is absent, and stop there
                await self._require_presence(keys[0])
                for key in keys:
                    await self._delete_one(key)

    async def check(self) -> None:
        """Write a small object and remove it; raises OSError naming the bucket and what is wrong with it."""
        async with self._reaching():
            await self._bucket.put_async(_CHECKED, b"nbinsight", use_multipart=False)
            await self._delete_one(_CHECKED)

    async def _put_whole(self, digest: str, content: bytes) -> None:
        async with self._alone(digest):
            if not (await self._create(digest, content) or await self._is_intact(digest)):
                async with self._reaching():
                    await self._bucket.put_async(_key(digest), content, use_multipart=False)
        self._damage.heal(digest)

    async def _create(self, digest: str, content: bytes) -> bool:
        """Write an object, unless there is one already, and tell whether it was written."""
        async with self._reaching():
            try:
                await self._bucket.put_async(_key(digest), content, mode="create", use_multipart=False)
            except (AlreadyExistsError, NotImplementedError):  # the latter where AWS_CONDITIONAL_PUT=disabled
                return False
        return True

    async def _put_in_parts(self, digest: str, file: IO[bytes]) -> None:
        """Upload in parts, which no bucket does on condition: of two machines at once the later one wins, with the same bytes."""
        async with self._alone(digest):
            if not (await self.has(digest) and await self._is_intact(digest)):
                async with self._reaching() as limit:
                    await self._bucket.put_async(
                        _key(digest),
                        _pieces(file, digest, lambda: _renew(limit)),
                        use_multipart=True,
                        chunk_size=_PART_BYTES,
                        max_concurrency=_PARTS_AT_ONCE,
                    )
        self._damage.heal(digest)

    @asynccontextmanager
    async def _alone(self, digest: str) -> AsyncGenerator[None]:
        """Have one writer of the same bytes at a time in this process: the next finds them there.

        SeaweedFS lets creators of one object wait a second for each that was before them.
        """
        lock = self._writing.setdefault(digest, asyncio.Lock())
        async with self._reaching():
            await lock.acquire()
        try:
            yield
        finally:
            lock.release()

    async def _is_intact(self, digest: str) -> bool:
        return await self._read(digest, lambda _: None)

    async def _read(self, digest: str, take: Callable[[Buffer], object]) -> bool:
        """Hand an object's bytes over, piece by piece, and tell whether they were there and right, which is known only then."""
        key, found = _key(digest), hashlib.sha256()

        def work(piece: Buffer) -> None:
            found.update(piece)
            take(piece)

        async with self._reaching() as limit:
            try:
                answer = await self._bucket.get_async(key)
            except FileNotFoundError:
                await self._require_presence(key)
                return False
            async for piece in answer.stream(min_chunk_size=_PIECE_BYTES):
                await asyncio.to_thread(work, piece)
                _renew(limit)
        if found.hexdigest() != digest:
            self._damage.report(digest)
            return False
        return True

    async def _delete_one(self, key: str) -> None:
        try:
            await self._bucket.delete_async(key)
        except FileNotFoundError:
            await self._require_presence(key)

    async def _require_presence(self, key: str) -> None:
        """Tell an absent object from an absent bucket: to list what lies below the object, which is nothing, takes a bucket."""
        await self._listed(key).collect_async()

    def _listed(self, prefix: str | None = None) -> "ListStream[Sequence[ObjectMeta]]":
        return self._bucket.list(prefix, chunk_size=1000)  # pyright: ignore[reportUnknownMemberType]  its other form needs arro3

    @asynccontextmanager
    async def _reaching(self) -> AsyncGenerator[asyncio.Timeout]:
        """Give a step its time, and turn whatever keeps the bucket from answering into an OSError that holds no secret."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS) as limit:
                yield limit
        except TimeoutError:
            message = f"The blob store {self._name} gave no answer within {PATIENCE_SECONDS:g} s"
            raise OSError(message) from None
        except (BaseError, FileNotFoundError) as error:
            raise OSError(told(self._name, error)) from None


def _key(digest: str) -> str:
    require_digest(digest)
    return f"{digest[:2]}/{digest[2:]}"


def _renew(limit: asyncio.Timeout) -> None:
    """Something has moved."""
    limit.reschedule(asyncio.get_running_loop().time() + PATIENCE_SECONDS)


async def _pieces(file: IO[bytes], digest: str, moved: Callable[[], None]) -> AsyncGenerator[bytes]:
    """Yield a file's bytes; raises OSError at the end where they are not those of the digest, and then nothing is stored."""
    found = hashlib.sha256()
    while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
        await asyncio.to_thread(found.update, piece)
        moved()
        yield piece
    if found.hexdigest() != digest:
        message = "The file has changed while it was stored."
        raise OSError(message)
