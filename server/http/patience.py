"""Who sends documents that are refused waits for the next one to be looked at: refusing is work, and it holds up everybody else.

All callers share one loop. A document that is refused takes it some milliseconds at a time, and a dashboard of somebody else's gets its
turn between two of them, some dozen times: four connections that sent nothing else made it take longer than 10 s.
"""

import asyncio
from collections.abc import Callable
from typing import Final

PAUSE_SECONDS: Final = 0.1
"""What a refused document is worth; and each that comes while its sender is to wait, so that those sent side by side come one by one."""
BURST_SECONDS: Final = 0.5
"""Five refused documents at once are no reason to wait: somebody is trying something out."""
LONGEST_SECONDS: Final = 5.0
"""However much is owed: who shares the sender's address, or has mended the client, is served late and not never."""
_MOST: Final = 4096
"""So many callers are remembered before those who owe nothing are looked for, and forgotten."""


class Patience:
    """Remembers until when each caller's refused documents are paid for by waiting."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take seconds that only grow."""
        self._clock = clock
        self._paid_at: dict[str, float] = {}

    @property
    def known(self) -> int:
        """How many callers are remembered."""
        return len(self._paid_at)

    def owed(self, who: str) -> float:
        """Return how many seconds a caller is to wait now."""
        return min(LONGEST_SECONDS, max(0.0, self._paid_at.get(who, 0.0) - self._clock() - BURST_SECONDS))

    def refused(self, who: str) -> None:
        """Count a document that was refused."""
        now = self._clock()
        if len(self._paid_at) >= _MOST and who not in self._paid_at:
            self._paid_at = {known: at for known, at in self._paid_at.items() if at > now}
        self._paid_at[who] = max(now, self._paid_at.get(who, 0.0)) + PAUSE_SECONDS

    async def wait(self, who: str) -> None:
        """Wait for what is owed."""
        seconds = self.owed(who)
        if seconds > 0:
            self.refused(who)
            await asyncio.sleep(seconds)
