"""A store whose failures are counted."""

from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from pathlib import Path

from server.domain.measures import STORE_ERRORS, Measures
from server.stores.port import BlobStore, StoredBlob


class CountedStore:
    """A BlobStore in front of another one, which does all the work."""

    def __init__(self, store: BlobStore, measures: Measures) -> None:
        """Take the store, and who counts."""
        self._store, self._measures = store, measures

    async def put(self, content: bytes, *, durable: bool = True) -> str:
        """Keep bytes and return their digest."""
        with self._counting("put"):
            return await self._store.put(content, durable=durable)

    async def put_file(self, path: Path) -> str:
        """Keep a file's bytes and return their digest."""
        with self._counting("put_file"):
            return await self._store.put_file(path)

    async def get(self, digest: str) -> bytes | None:
        """Return the bytes, checked, or None where there are none or they are damaged."""
        with self._counting("get"):
            return await self._store.get(digest)

    async def has(self, digest: str) -> bool:
        """Tell whether the store holds something of that name."""
        with self._counting("has"):
            return await self._store.has(digest)

    @asynccontextmanager
    async def local_file(self, digest: str) -> AsyncGenerator[Path]:
        """Lend a file with the bytes; what fails while it is lent is not the store's doing."""
        async with AsyncExitStack() as stack:
            with self._counting("local_file"):
                path = await stack.enter_async_context(self._store.local_file(digest))
            yield path

    async def walk(self) -> AsyncGenerator[StoredBlob]:
        """Yield all that the store holds."""
        with self._counting("walk"):
            async with aclosing(self._store.walk()) as found:
                async for blob in found:
                    yield blob

    async def delete(self, *digests: str) -> None:
        """Forget the bytes, if there are any."""
        with self._counting("delete"):
            await self._store.delete(*digests)

    async def check(self) -> None:
        """Tell whether the store can be written; raises OSError."""
        with self._counting("check"):
            await self._store.check()

    @contextmanager
    def _counting(self, deed: str) -> Generator[None]:
        try:
            yield
        except OSError as error:
            if not (deed == "local_file" and isinstance(error, FileNotFoundError)):  # which is what it says of a blob that is not there
                self._measures.add(STORE_ERRORS, deed)
            raise
