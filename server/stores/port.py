"""What every blob store does: keep bytes under their own sha256, and never give back others."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """What a store holds under a digest, unchecked; `modified_at` is when its bytes were written last, by the store's own clock."""

    digest: str
    size_bytes: int
    modified_at: datetime


class BlobStore(Protocol):
    """Bytes by digest, 64 lower-case hex digits; whatever takes a digest raises ValueError for anything else.

    Damaged bytes look absent and leave an error in the log; storing the same bytes again heals them.
    A store that cannot be reached raises OSError, so that absent and unreachable are told apart.
    """

    async def put(self, content: bytes, *, durable: bool = True) -> str:
        """Keep bytes and return their digest; on return they survive a crash.

        Those that can be made again need not be `durable`: a crash of the machine may leave them absent or damaged.
        """
        ...

    async def put_file(self, path: Path) -> str:
        """Keep a file's bytes, read piece by piece, and return their digest; the file stays the caller's."""
        ...

    async def get(self, digest: str) -> bytes | None:
        """Return the bytes, checked, or None where there are none or they are damaged."""
        ...

    async def has(self, digest: str) -> bool:
        """Tell whether the store holds something of that name, unchecked: with `get` None, it is damaged."""
        ...

    def local_file(self, digest: str) -> AbstractAsyncContextManager[Path]:
        """Lend a file with the bytes, checked, to read and not to change; raises FileNotFoundError where `get` gives None."""
        ...

    def walk(self) -> AsyncGenerator[StoredBlob]:
        """Yield all that the store holds under digests, damaged or not, in no promised order.

        What is stored or deleted meanwhile may be among it or not.
        """
        ...

    async def delete(self, *digests: str) -> None:
        """Forget the bytes; those that are absent already do not matter."""
        ...

    async def check(self) -> None:
        """Write a few bytes and remove them; raises OSError saying which store cannot be written, and why."""
        ...
