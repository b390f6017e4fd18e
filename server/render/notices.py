"""Collects what a rendering does not show as the notebook has it."""

import re
from collections import Counter
from dataclasses import replace

from server.domain.rendering import RenderNotice, RenderNoticeCode

MOST = 200
"""Notices kept of one rendering; a broken notebook of 10,000 cells must not become 10,000 rows."""


_QUOTE = re.compile("`.*`", re.DOTALL)
"""From the first mark to the last: what is quoted may hold marks itself."""


class Notices:
    """A list without repetitions and with an end."""

    def __init__(self) -> None:
        """Start empty."""
        self._kept: dict[RenderNotice, None] = {}
        self._over: Counter[RenderNoticeCode] = Counter()

    def add(self, code: RenderNoticeCode, message: str, cell_index: int | None = None) -> None:
        """Keep one notice, unless it is there already; count it where there are too many."""
        notice = RenderNotice(code, message, cell_index)
        if notice in self._kept:
            return
        if len(self._kept) < MOST:
            self._kept[notice] = None
        else:
            self._over[code] += 1

    def repaired(self, message: str, cell_index: int | None = None) -> None:
        """Keep a notice about something that was put right."""
        self.add(RenderNoticeCode.REPAIRED, message, cell_index)

    def forget(self, cell_index: int) -> None:
        """Drop what was said of a cell, which is hidden as a whole."""
        self._kept = {notice: None for notice in self._kept if notice.cell_index != cell_index}

    def unquote(self, cell_index: int) -> None:
        """Drop what is quoted of a cell, part of which is hidden."""
        self._kept = {_unquoted(notice) if notice.cell_index == cell_index else notice: None for notice in self._kept}

    def all(self) -> tuple[RenderNotice, ...]:
        """Return the notices in the order they came, then how many of each kind were left out."""
        rest = [RenderNotice(code, f"{count:,} more notices of this kind.") for code, count in self._over.items()]
        return (*self._kept, *rest)


def _unquoted(notice: RenderNotice) -> RenderNotice:
    return replace(notice, message=_QUOTE.sub("(hidden)", notice.message))
