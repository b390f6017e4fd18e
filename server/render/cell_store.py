"""Where drawn cells are kept, so that the next export of a notebook draws only what changed: a SQLite file that all children share.

In a child's own memory a cell would be found by one child of several, and by none after 200 tasks, a timeout or a crash; a cell
read from this file takes 5 µs, so there is nothing to gain from memory. Nothing here must last: the file lies in the folder that
the server makes anew at each start, and whatever goes wrong with it is a cell that is drawn once more.
"""

import json
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from server.domain.rendering import RenderNoticeCode

_GREATEST_CELL = 8 * 1024 * 1024
_BATCH_BYTES = 1024 * 1024
_PATIENCE_SECONDS = 1.0

_TABLE = "CREATE TABLE IF NOT EXISTS cells (number INTEGER PRIMARY KEY, key BLOB UNIQUE NOT NULL, html BLOB NOT NULL, rest TEXT NOT NULL)"


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """A cell's HTML before its ids are known; `index` is that of the cell that it is right for alone, None where any will do."""

    html: bytes
    notices: tuple[tuple[RenderNoticeCode, str], ...] = ()
    index: int | None = None


class NoCells:
    """A store that keeps nothing."""

    scope = b""

    def find(self, _: Sequence[bytes]) -> dict[bytes, DrawnCell]:
        """Find nothing."""
        return {}

    def keep(self, _: bytes, __: DrawnCell) -> None:
        """Forget at once."""

    def write(self) -> None:
        """Have nothing to write."""

    def close(self) -> None:
        """Have nothing to close."""


class CellStore:
    """Drawn cells by key; writes what is new in batches, so that children hardly wait for each other."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take an open file."""
        self._connection = connection
        self._new: list[tuple[bytes, bytes, str]] = []
        self._new_bytes = 0
        self.most_bytes = _limits["cells"]
        self.scope = b""

    def find(self, keys: Sequence[bytes]) -> dict[bytes, DrawnCell]:
        """Return those of at most 100 cells that were drawn earlier, by key."""
        marks, scoped = ",".join("?" * len(keys)), [self.scope + key for key in keys]
        try:
            rows = self._connection.execute(f"SELECT key, html, rest FROM cells WHERE key IN ({marks})", scoped).fetchall()  # noqa: S608
        except sqlite3.Error:
            return {}
        return {key[len(self.scope) :]: DrawnCell(html, *_read(rest)) for key, html, rest in rows}

    def keep(self, key: bytes, cell: DrawnCell) -> None:
        """Keep a cell, unless it is so large that it would drive out all others."""
        if len(cell.html) > _GREATEST_CELL:
            return
        rest = json.dumps([[[code.value, message] for code, message in cell.notices], cell.index])
        self._new.append((self.scope + key, cell.html, rest))
        self._new_bytes += len(cell.html)
        if self._new_bytes > _BATCH_BYTES:
            self.write()

    def write(self) -> None:
        """Write what is new."""
        new, self._new, self._new_bytes = self._new, [], 0
        if new:
            with suppress(sqlite3.Error), self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO cells (key, html, rest) VALUES (?, ?, ?)", new)
                self._forget_oldest()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _forget_oldest(self) -> None:
        """Keep the file from growing without end."""
        pages, free, size = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        if (pages - free) * size > self.most_bytes:
            self._connection.execute("DELETE FROM cells WHERE number <= (SELECT (min(number) + max(number)) / 2 FROM cells)")


def limit_cells(most_bytes: int) -> None:
    """Have stores opened from now on forget the older half of their cells beyond so many bytes."""
    _limits["cells"] = most_bytes


_limits = {"cells": 256 * 1024 * 1024}


@lru_cache(maxsize=64)
def _read(rest: str) -> tuple[tuple[tuple[RenderNoticeCode, str], ...], int | None]:
    notices, index = json.loads(rest)
    return tuple((RenderNoticeCode(code), message) for code, message in notices), index


@contextmanager
def open_cells(folder: Path, scope: str = "") -> Generator[CellStore | NoCells]:
    """Lend the store of a folder, in which nothing is found that was kept under another scope; one that cannot be opened keeps nothing."""
    store = _stores.get(folder) or _opened(folder)
    store.scope = scope.encode()
    try:
        yield store
    finally:
        store.write()


_stores: dict[Path, CellStore | NoCells] = {}
"""The one that is open: to open it takes 0.4 ms, as much as 40 cells."""


def _opened(folder: Path) -> CellStore | NoCells:
    while _stores:
        _stores.popitem()[1].close()
    try:
        connection = sqlite3.connect(folder / "cells.sqlite", timeout=_PATIENCE_SECONDS)
        connection.execute("PRAGMA journal_mode = WAL")  # a child that is killed while it writes leaves the file whole
        connection.execute("PRAGMA synchronous = OFF")  # what a crash of the machine leaves is never read
        connection.execute(_TABLE)
    except sqlite3.Error:
        return NoCells()
    _stores[folder] = CellStore(connection)
    return _stores[folder]
