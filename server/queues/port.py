"""What a queue of renderings does, for the servers that ask and for the workers that make."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from server.domain.rendering import RenderJob

Make = Callable[[RenderJob], Awaitable[None]]
"""Renders and keeps; raises RenderFailure for what another try would not mend."""


class RenderQueue(Protocol):
    """Jobs by key. It carries what is to be done, never what comes out: that is in the store, and its record in the database."""

    async def make(self, job: RenderJob, seconds: float) -> None:
        """Have a rendering made and kept, once, whoever asks for it; it goes on when the time is up.

        Raises RenderFailed and RenderTimeout, and RenderPending where it is not there within so many seconds.
        """
        ...

    async def work(self, make: Make, side_by_side: int) -> None:
        """Do jobs, so many at a time, until SIGTERM or SIGINT comes; what runs then may finish.

        A job is done once at least: its worker may be killed, or seem to be. `make` finds what is kept.
        """
        ...

    async def depth(self) -> int:
        """Return how many jobs wait; raises OSError where the queue cannot be reached."""
        ...

    async def workers(self) -> int:
        """Return how many workers of this version have just said that they are there; raises OSError likewise, and makes nothing."""
        ...

    async def check(self) -> None:
        """Raise OSError where no job could be handed over."""
        ...

    async def close(self) -> None:
        """Let go of connections; jobs stay."""
        ...
