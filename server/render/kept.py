"""Finished renderings in memory, those asked for last: what many read is read from the store and checked once."""

from collections import OrderedDict

from server.domain.rendering import Rendered


class KeptRenderings:
    """A memory of so many bytes; a rendering that would drive out most others is not kept."""

    def __init__(self, most_bytes: int) -> None:
        """Keep nothing yet; with 0, ever."""
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, Rendered] = OrderedDict()
        self._bytes = 0

    def find(self, key: str) -> Rendered | None:
        """Return a rendering that is kept."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: str, rendered: Rendered) -> None:
        """Keep a rendering whose bytes were checked, or just made."""
        if key in self._kept or 2 * len(rendered.content) > self._most_bytes:
            return
        self._kept[key] = rendered
        self._bytes += len(rendered.content)
        while self._bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.content)
