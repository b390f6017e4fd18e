"""Measures what refusing costs: the CPU of each hostile document of the tests, in process; nobody may cause more than 250 ms."""

# ruff: noqa: D103  a script that is read as a whole

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.tables import quiet, table
from server.db import migrate
from server.db.session import Database
from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.limits.documents import HOSTILE, Hostile

GOAL_MS: Final = 250
ROUNDS: Final = 5


async def started(folder: Path) -> World:
    url = f"sqlite:///{folder}/bench.db"
    database = Database(url)
    await migrate.upgrade(database)
    await database.close()
    return await make_world(settings_for(url, folder, rate_limit="off"))


async def cpu_ms(world: World, hostile: Hostile) -> float:
    """Return the median of the milliseconds of CPU, those of sending included."""
    headers = {"authorization": f"Bearer {world.tokens['admin']}", "accept": "application/graphql-response+json"}
    taken = list[float]()
    for _ in range(ROUNDS):
        start = time.process_time()
        response = await world.client.post("/graphql", json={"query": hostile.query, "variables": hostile.variables}, headers=headers)
        taken.append((time.process_time() - start) * 1e3)
        assert len(response.json().get("errors", ())) == 1, hostile.says
    return statistics.median(taken)


async def main() -> int:
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        world = await started(Path(folder))
        await cpu_ms(world, Hostile("{ nothing }", ""))
        rows = [(name, f"{len(hostile.query):,}", await cpu_ms(world, hostile)) for name, hostile in HOSTILE.items()]
        await end_world(world)
    table(("document", "bytes", "CPU, ms"), [(name, size, f"{ms:.0f}") for name, size, ms in rows])
    slow = [name for name, _, ms in rows if ms > GOAL_MS]
    print(f"above {GOAL_MS} ms: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
