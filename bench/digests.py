"""What it takes to know which blobs are named: memory of `nbinsight gc` and `verify` for each name, and time of a batch that is removed.

`python -m bench.digests --count 200000`: a SQLite file with so many renderings; each deed runs in a process of its own.
"""

import argparse
import asyncio
import resource
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from server.db import migrate
from server.db.repositories.blobs import RENDERINGS, list_named, list_sizes, take_unnamed
from server.db.session import Database

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH: Final = 100


def digest_of(number: int) -> str:
    """Return the digest of something."""
    return sha256(str(number).encode()).hexdigest()


def rows(count: int) -> Iterator[tuple[str, str, int, str, str]]:
    """Yield renderings."""
    for number in range(count):
        yield digest_of(-number - 1), digest_of(number), 1000, "[]", "2030-01-01 00:00:00.000000"


async def fill(file: Path, count: int) -> None:
    """Make a database with so many renderings."""
    database = Database(f"sqlite:///{file}")
    await migrate.upgrade(database)
    await database.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.executemany("INSERT INTO rendering (key, digest, byte_size, notices, created_at) VALUES (?, ?, ?, ?, ?)", rows(count))
        connection.commit()


def peak_of(file: Path, deed: str, count: int) -> int:
    """Do something; return by how many bytes the largest size of this process grew, or the microseconds that a batch took."""
    return asyncio.run(_peak_of(Database(f"sqlite:///{file}"), deed, count))


async def _peak_of(database: Database, deed: str, count: int) -> int:
    await database.check()
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    if deed == "a batch":
        async with database.writing() as session:
            assert len(await take_unnamed(session, [digest_of(number) for number in range(10**9, 10**9 + _BATCH)], _EVER)) == _BATCH
        await database.close()
        return round((time.perf_counter() - begun) * 1e6)
    stored = {digest_of(number) for number in range(count)} if deed == "verify" else set[str]()
    async with database.snapshot() as session:
        sizes = await list_sizes(session, RENDERINGS) if deed == "verify" else {}
        named = await list_named(session, _EVER)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert len(named) == count
    assert len(stored) == len(sizes)
    await database.close()
    return grown


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    count = parser.parse_args().count
    with TemporaryDirectory() as folder:
        file = Path(folder, "nbinsight.db")
        asyncio.run(fill(file, count))
        for deed in ("gc", "verify", "a batch"):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
                found = child.submit(peak_of, file, deed, count).result()
            said = f"{found / 1e3:,.0f} ms for {_BATCH} digests" if deed == "a batch" else f"{found / count:,.0f} bytes a digest"
            print(f"{deed}: {said}, of {count:,}")


if __name__ == "__main__":
    main()
