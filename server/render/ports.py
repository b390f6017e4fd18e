"""What rendering needs of other rooms, declared where it is needed and joined in app.py."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from server.domain.rendering import RenderingRecord, RenderJob


class Blobs(Protocol):
    """A content-addressed blob store; digests are lower-case sha256 in hex."""

    async def put(self, content: bytes, *, durable: bool = True) -> str:
        """Keep bytes; return their digest. Those that can be made again need not survive a crash."""
        ...

    async def get(self, digest: str) -> bytes | None:
        """Return the bytes, checked against their digest, or None where there are none."""
        ...

    def local_file(self, digest: str) -> AbstractAsyncContextManager[Path]:
        """Lend a file with the bytes to another process of this machine; raises FileNotFoundError."""
        ...


class Records(Protocol):
    """Which renderings exist."""

    async def find(self, key: str) -> RenderingRecord | None:
        """Return the record of a rendering made earlier."""
        ...

    async def keep(self, record: RenderingRecord) -> None:
        """Remember a rendering; keeping the same key twice is harmless."""
        ...


class Workers(Protocol):
    """Other processes that render, on this machine or others; what they make lies in the same store and records."""

    async def make(self, job: RenderJob, seconds: float) -> None:
        """Have a rendering made and kept, once, whoever asks for it; it goes on when the time is up.

        Raises RenderFailed and RenderTimeout, and RenderPending where it is not there within so many seconds.
        """
        ...

    async def check(self) -> None:
        """Raise OSError where no job could be handed over."""
        ...

    async def close(self) -> None:
        """Let go of connections; jobs stay."""
        ...
