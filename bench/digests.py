"""What it takes to know which blobs are named: memory and time of `nbinsight gc`, `verify` and `migrate-data`, time of a batch removed.

`python -m bench.digests --count 200000`: a SQLite file with so many renderings, and a store that lists as many blobs; each deed runs in a
process of its own. For `migrate-data` so many notebooks are added first, whose bytes are where they are to go already.
"""

# ruff: noqa: S608  statements put together from constants

import argparse
import asyncio
import resource
import sqlite3
import statistics
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from typing_extensions import override

from server.backup.restoring import transfer
from server.backup.verifying import verify
from server.db import migrate
from server.db.repositories.blobs import take_unnamed
from server.db.session import Database
from server.resolvers.collect_garbage import Collector
from server.stores.memory import MemoryStore
from server.stores.port import StoredBlob

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOW: Final = datetime(2030, 1, 2, tzinfo=UTC)
_SIZE: Final = 1000
_BATCH: Final = 100
_TIMES: Final = 50
_AT: Final = "'2030-01-01 00:00:00.000000'"
_OWNERS: Final = (
    f"INSERT INTO user_account (id, login, login_folded, display_name, active, created_at) VALUES ('u', 'ada', 'ada', 'Ada', 1, {_AT})",
    f"""INSERT INTO project (id, key, key_folded, name, owner_id, dashboard_write_policy, allows_active_content, authorizes_all_objects,
        all_objects_code_exposure, created_at) VALUES ('p', 'SALES', 'sales', 'Sales', 'u', 'ANY_WRITER', 0, 0, 'TILES', {_AT})""",
)
_NOTEBOOK: Final = f"""INSERT INTO notebook (id, project_id, name, name_folded, digest, byte_size, cell_count, has_outputs,
    has_active_content, last_sequence, published, authorized, kernel_name, created_at, modified_at)
    VALUES (?, 'p', ?, ?, ?, ?, 1, 1, 0, 0, 0, 0, 'python3', {_AT}, {_AT})"""


class ListedStore(MemoryStore):
    """A store that says it has all that rows name, and holds one file."""

    def __init__(self, count: int, file: Path) -> None:
        """List so many blobs; lend the same file for each."""
        super().__init__()
        self._count, self._file = count, file

    @override
    async def walk(self) -> AsyncGenerator[StoredBlob]:
        for number in range(self._count):
            yield StoredBlob(digest_of(number), _SIZE, _EVER)

    @override
    async def has(self, digest: str) -> bool:
        return True

    @override
    @asynccontextmanager
    async def local_file(self, digest: str) -> AsyncGenerator[Path]:
        yield self._file


def digest_of(number: int) -> str:
    """Return the digest of something."""
    return sha256(str(number).encode()).hexdigest()


def rows(count: int) -> Iterator[tuple[str, str, int, str, str]]:
    """Yield renderings."""
    for number in range(count):
        yield digest_of(-number - 1), digest_of(number), _SIZE, "[]", "2030-01-01 00:00:00.000000"


async def fill(file: Path, count: int) -> None:
    """Make a database with so many renderings."""
    database = Database(f"sqlite:///{file}")
    await migrate.upgrade(database)
    await database.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.executemany("INSERT INTO rendering (key, digest, byte_size, notices, created_at) VALUES (?, ?, ?, ?, ?)", rows(count))
        connection.commit()


def add_notebooks(file: Path, count: int) -> None:
    """Add so many notebooks of one project."""
    with closing(sqlite3.connect(file)) as connection:
        for statement in _OWNERS:
            connection.execute(statement)
        connection.executemany(_NOTEBOOK, ((f"n{number}", f"n{number}", f"n{number}", digest_of(number), _SIZE) for number in range(count)))
        connection.commit()


def measured(file: Path, deed: str, count: int) -> str:
    """Do something; return what it took."""
    return asyncio.run(_measured(Database(f"sqlite:///{file}"), deed, count))


async def _measured(database: Database, deed: str, count: int) -> str:
    await database.check()
    blob = Path(database.engine.url.database or "").with_name("blob")
    await asyncio.to_thread(blob.write_bytes, bytes(_SIZE))
    store = ListedStore(count, blob)
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    match deed:
        case "gc":
            assert (await Collector(database, store, lambda: _NOW).collect()).kept == count
        case "verify":
            found = await verify(database, store, _silent)
            assert (found.renderings, found.orphans, found.faults, found.spoilt) == (count, 0, [], [])
        case "migrate-data":
            target = Database(f"sqlite:///{blob.with_name('target.db')}")
            await transfer(database, store, target, store, _silent)
            await target.close()
        case _:
            seconds = [await _seconds_of_batch(database, number) for number in range(_TIMES)]
            await database.close()
            return (
                f"{statistics.median(seconds) * 1e3:.1f} ms (median of {_TIMES}), {max(seconds) * 1e3:.0f} ms (longest), {_BATCH} digests"
            )
    seconds_taken = time.perf_counter() - begun
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    await database.close()
    return f"{grown / 1e6:.1f} MB more, {grown / count:,.1f} bytes a digest, {seconds_taken:.0f} s"


async def _seconds_of_batch(database: Database, number: int) -> float:
    begun = time.perf_counter()
    async with database.writing() as session:
        unnamed = [digest_of(10**9 + number * _BATCH + place) for place in range(_BATCH)]
        assert len(await take_unnamed(session, unnamed, _EVER)) == _BATCH
    return time.perf_counter() - begun


def _silent(what: str, total: int) -> Callable[[int], None]:
    del what, total
    return lambda _: None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    count = parser.parse_args().count
    with TemporaryDirectory() as folder:
        file = Path(folder, "nbinsight.db")
        asyncio.run(fill(file, count))
        for deed in ("gc", "verify", "a batch", "migrate-data"):
            if deed == "migrate-data":
                add_notebooks(file, count)
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
                print(f"{deed}: {child.submit(measured, file, deed, count).result()}, of {count:,}")


if __name__ == "__main__":
    main()
