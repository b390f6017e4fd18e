"""Texts of dashboards, Markdown to HTML: in a child of their own, for the parser can be made to hang, and kept in memory.

| asked for | what is answered |
|---|---|
| a text that is kept | its HTML |
| a new one | its HTML, as soon as a child has drawn it |
| one that takes too long, failed before or has too many before it | the text as it was written, which is always there |
"""

import asyncio
from dataclasses import replace
from hashlib import sha256
from html import escape
from time import monotonic

from server.domain.errors import RenderFailed, RenderTimeout
from server.domain.rendering import Rendered
from server.render.failures import Failures
from server.render.kept import KeptRenderings
from server.render.pool import Killed, Pool, RenderLimits, TimedOut

_MOST_SECONDS = 5.0
"""For one text; most of the longest that are accepted take 1 s or 2."""

_MOST_WAITING = 100
_MOST_HTML = 1024 * 1024
_KEPT_BYTES = 16 * 1024 * 1024
_FAILED_SECONDS = 600.0


class Texts:
    """Draws texts, one after the other, so that they never keep notebooks from being rendered."""

    def __init__(self, limits: RenderLimits) -> None:
        """Take the limits of rendering; the child starts on first use."""
        self._waits_seconds = limits.wait_seconds
        self._pool = Pool(replace(limits, workers=1, timeout_seconds=min(limits.timeout_seconds, _MOST_SECONDS)))
        self._kept = KeptRenderings(_KEPT_BYTES)
        self._failures = Failures()
        self._flights: dict[str, tuple[float, asyncio.Task[None]]] = {}

    async def html(self, markdown: str) -> str:
        """Return sanitised HTML; nothing is raised."""
        key = sha256(markdown.encode()).hexdigest()
        if self._kept.find(key) is None and self._is_hoped_for(key, markdown):
            began, flight = self._flights[key]
            await asyncio.wait({flight}, timeout=max(0.0, began + self._waits_seconds - monotonic()))
        kept = self._kept.find(key)
        return f"<pre>{escape(markdown)}</pre>" if kept is None else kept.content.decode()

    async def close(self) -> None:
        """End the child and what it draws."""
        flights = [flight for _, flight in self._flights.values()]
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        await self._pool.close()

    def _is_hoped_for(self, key: str, markdown: str) -> bool:
        """Tell whether a text is under way, after setting out for it if there is hope."""
        if key not in self._flights:
            try:
                self._failures.raise_known(key)
            except (RenderFailed, RenderTimeout):
                return False
            if len(self._flights) >= _MOST_WAITING:
                return False
            flight = asyncio.create_task(self._draw(key, markdown))
            self._flights[key] = monotonic(), flight
            flight.add_done_callback(lambda _: self._flights.pop(key))
        return True

    async def _draw(self, key: str, markdown: str) -> None:
        try:
            html = await self._pool.run("text", markdown)
        except (Killed, TimedOut):
            html = None
        if isinstance(html, str) and len(html) <= _MOST_HTML:
            self._kept.keep(key, Rendered(html.encode(), ()))
        else:
            self._failures.keep(key, RenderFailed("This text cannot be drawn.", lasts_seconds=_FAILED_SECONDS))
