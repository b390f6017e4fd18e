"""How many connections one person may hold open, and until when."""

import asyncio
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from server.domain.errors import RateLimited
from server.domain.measures import LIVE_CONNECTIONS, UNMEASURED, Measures
from server.http.requests import RefusedRequest

_COME_BACK_SECONDS: Final = 10
"""When a place will be free nobody knows; those who ask again and again shall not ask more often than that."""


class Places:
    """Counts what is held open in this process, by person; all that are not signed in count as one."""

    def __init__(self, most: int, measures: Measures = UNMEASURED) -> None:
        """Take the limit for each."""
        self._most, self._measures = most, measures
        self._taken = Counter[str | None]()
        self.closing = asyncio.Event()
        """Set once the server is to stop: a stream that would go on ends then."""

    def take(self, user_id: str | None) -> None:
        """Take a place, to be given back by `leave`; raises RefusedRequest where none is left."""
        if self._taken[user_id] >= self._most:
            message = f"At most {self._most:,} WebSockets and event streams may be open at once: close one first."
            headers = {"retry-after": str(_COME_BACK_SECONDS)}
            raise RefusedRequest(429, message, RateLimited.code, headers, retryAfterSeconds=_COME_BACK_SECONDS)
        self._taken[user_id] += 1
        self._measures.add(LIVE_CONNECTIONS)

    def leave(self, user_id: str | None) -> None:
        """Give a place back."""
        self._taken[user_id] -= 1
        self._measures.add(LIVE_CONNECTIONS, by=-1)
        if not self._taken[user_id]:
            del self._taken[user_id]

    @contextmanager
    def taken(self, user_id: str | None) -> Generator[None]:
        """Hold a place; raises RefusedRequest where none is left."""
        self.take(user_id)
        try:
            yield
        finally:
            self.leave(user_id)
