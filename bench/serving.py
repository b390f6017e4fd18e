"""Measures a whole server in a process of its own: cached reads beside static files, first bytes, and hostile notebooks."""

# ruff: noqa: D102, D103, D105  a script that is read as a whole

import asyncio
import http.client
import multiprocessing
import socket
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event, Thread
from typing import Any

import orjson
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bench.notebooks import MIB, code, heavy, mixed, notebook_of
from bench.tables import quiet, table
from server.app import make_application
from server.config import Settings
from server.db import migrate
from server.db.session import Database
from tests.fixtures.world import World, end_world, make_world, settings_for

SIZES = {"30 kB": 30_000, "300 kB": 300_000, "3 MB": 3_000_000}
COMMITS = (0, 1, 10, 100)
PATIENT, HASTY = 60.0, 5.0
OK, LATER = 200, 503
EXPORT = "query($id: ID!) { export(id: $id) { rendering { url } } }"
TILE = "query($id: ID!) { node(id: $id) { ... on InsightTile { rendering { url } } } }"
LINE = "a line of words that a program prints\n"


def settings_in(folder: str, timeout: float) -> Settings:
    return settings_for(
        f"sqlite:///{folder}/bench.db",
        Path(folder),
        store_url=Path(folder, "blobs").as_uri(),
        render_timeout_seconds=timeout,
        max_body_bytes=200 * MIB,
    )


class NothingKnown:
    """Stands for a database that changes all the time."""

    async def state(self) -> str | None:
        return None

    def close(self) -> None:
        pass


def serve(folder: str, port: int, timeout: float) -> None:
    quiet()
    application = make_application(settings_in(folder, timeout))
    database, changes = application.parts.database, application.parts.database.changes

    async def cpu(_: Request) -> PlainTextResponse:
        return PlainTextResponse(str(time.process_time()))

    async def busy(request: Request) -> PlainTextResponse:
        database.changes = NothingKnown() if request.path_params["on"] == "1" else changes
        return PlainTextResponse("")

    plain = Mount("/plain", StaticFiles(directory=Path(folder, "plain")))
    application.asgi.router.routes[:0] = [Route("/cpu", cpu), Route("/busy/{on}", busy), plain]
    uvicorn.Server(uvicorn.Config(application.asgi, port=port, log_config=None, access_log=False, server_header=False)).run()


@dataclass
class Client:
    """One connection that stays open."""

    port: int
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, address: str) -> tuple[int, bytes]:
        self.connection.request("GET", address)
        response = self.connection.getresponse()
        return response.status, response.read()

    def cpu(self, address: str, count: int, pause: float = 0.0) -> float:
        """Return the server's milliseconds of CPU for one request; `pause` is the seconds between two."""
        before = float(self.get("/cpu")[1])
        for _ in range(count):
            assert self.get(address)[0] == OK
            time.sleep(pause)
        return (float(self.get("/cpu")[1]) - before) / count * 1e3

    def latencies(self, address: str, count: int) -> list[float]:
        """Return milliseconds, shortest first."""
        taken = []
        for _ in range(count):
            start = time.perf_counter()
            self.get(address)
            taken.append((time.perf_counter() - start) * 1e3)
            time.sleep(0.005)
        return sorted(taken)

    def first_byte(self, address: str) -> tuple[float, float]:
        """Return the seconds to the first byte and to the last."""
        start = time.perf_counter()
        self.connection.request("GET", address)
        response = self.connection.getresponse()
        response.read(1)
        first = time.perf_counter() - start
        response.read()
        return first, time.perf_counter() - start


async def prepare(folder: str, notebooks: dict[str, bytes]) -> dict[str, dict[str, str]]:
    """Publish notebooks; return their addresses, directly and through a tile."""
    settings = settings_in(folder, PATIENT)
    database = Database(settings.database)
    await migrate.upgrade(database)
    await database.close()
    world = await make_world(settings)
    try:
        return {name: await published(world, name, orjson.loads(data)) for name, data in notebooks.items()}
    finally:
        await end_world(world)


async def published(world: World, name: str, notebook: dict[str, Any]) -> dict[str, str]:
    saved = await world.save(name, notebook=notebook)
    made = await world.publish(saved, world.ids["SALES dashboard"], show_code=True)
    await world.authorize(saved)
    return {
        "content": (await world.ok("analyst", EXPORT, id=made["export"]))["export"]["rendering"]["url"],
        "tile": (await world.ok("dash_reader", TILE, id=made["tiles"][0]))["node"]["rendering"]["url"],
    }


@contextmanager
def serving(folder: str, timeout: float = PATIENT) -> Generator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    process: BaseProcess = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, port, timeout))
    process.start()
    try:
        for _ in range(300):
            try:
                Client(port).get("/cpu")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.join()


def text(size: int) -> bytes:
    return notebook_of([code("x = 1", {"output_type": "stream", "name": "stdout", "text": LINE * (size // len(LINE))})])


def hostile(number: int) -> bytes:
    """Return Markdown for which nbconvert's parser needs minutes, inside one regular expression."""
    return notebook_of([{"cell_type": "markdown", "metadata": {}, "source": f"{number}" + "\\begin{a}" * 60_000}])


def measure_reads(rounds: int) -> None:
    """G3: a cached read beside a static file of the same bytes, through the same server; CPU of the server's process."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "plain").mkdir()
        addresses = asyncio.run(prepare(folder, {name: text(size) for name, size in SIZES.items()}))
        rows = []
        with serving(folder) as port:
            client = Client(port)
            for name, kinds in addresses.items():
                Path(folder, "plain", "file.html").write_bytes(client.get(kinds["content"])[1])
                wanted = {"static": "/plain/file.html", **kinds}
                for address in wanted.values():
                    client.cpu(address, 20)
                found: dict[str, list[float]] = {}
                for _ in range(rounds):
                    for kind, address in wanted.items():
                        found.setdefault(kind, []).append(client.cpu(address, 200))
                    client.get("/busy/1")
                    for kind, address in kinds.items():
                        found.setdefault(f"{kind}, looked up", []).append(client.cpu(address, 40))
                    client.get("/busy/0")
                ms = {kind: statistics.median(values) for kind, values in found.items()}
                rows.append((name, *(f"{value:.2f} ({value / ms['static']:.1f} x)" for value in ms.values())))
    print("## Cached reads: CPU of the server in ms a request, and times that of a static file of the same bytes\n")
    table(("document", "static file", "address", "through a tile", "address after a commit", "through a tile after a commit"), rows)


@contextmanager
def commits(folder: str, a_second: int) -> Generator[None]:
    """Have somebody else edit what no address depends on, so many times a second."""
    done = Event()

    def write() -> None:
        connection = sqlite3.connect(Path(folder, "bench.db"), timeout=30, isolation_level=None)
        number = 0
        while not done.wait(1 / a_second):
            number += 1
            connection.execute("UPDATE dashboard SET description = ?", (str(number),))
        connection.close()

    writer = Thread(target=write)
    if a_second:
        writer.start()
    yield
    done.set()
    if a_second:
        writer.join()


def measure_reads_beside_commits(reads: int) -> None:
    """Tell what others' unrelated edits make of a cached read: each commit makes the next read look all rights up anew."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "plain").mkdir()
        addresses = asyncio.run(prepare(folder, {name: text(size) for name, size in SIZES.items()}))
        rows = []
        with serving(folder) as port:
            client = Client(port)
            for name, kinds in addresses.items():
                client.cpu(kinds["tile"], 20)
                row = [name]
                for a_second in COMMITS:
                    with commits(folder, a_second):
                        row.append(f"{client.cpu(kinds['tile'], reads, pause=0.01):.2f}")
                rows.append(tuple(row))
    print("## Cached reads through a tile, a hundred a second: CPU of the server in ms a request, beside so many commits a second\n")
    table(("document", *map(str, COMMITS)), rows)


def measure_first_bytes() -> None:
    """Tell of a first render at an address when its first byte comes, and its last."""
    kinds = ("image", "html table", "html prose", "text")
    notebooks = {"warming up": mixed(9), "5,000 mixed cells": mixed(5000)} | {f"{kind}, 20 MB": heavy(kind, 20 * MIB) for kind in kinds}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "plain").mkdir()
        addresses = asyncio.run(prepare(folder, notebooks))
        with serving(folder) as port:
            rows = [(name, *(f"{part:.2f}" for part in Client(port).first_byte(found["content"]))) for name, found in addresses.items()]
    print("## First render at an address: seconds to the first byte and to the last\n")
    table(("notebook", "first byte", "last byte"), rows[1:])


def measure_hostile() -> None:
    """G8: how hostile notebooks end, and what others notice meanwhile."""
    count = 4
    notebooks = {"quick": mixed(60), "new": mixed(90)} | {f"hostile {number}": hostile(number) for number in range(count)}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "plain").mkdir()
        addresses = asyncio.run(prepare(folder, notebooks))
        ends: list[tuple[int, float]] = []

        def ask(address: str) -> None:
            start, status = time.perf_counter(), LATER
            while status == LATER:  # to be asked again
                status, _ = Client(port).get(address)
            ends.append((status, time.perf_counter() - start))

        with serving(folder, HASTY) as port:
            client = Client(port)
            client.latencies(addresses["quick"]["content"], 50)
            alone = client.latencies(addresses["quick"]["content"], 400)
            ends.clear()
            threads = [Thread(target=ask, args=(addresses[f"hostile {number}"]["content"],)) for number in range(count)]
            for thread in threads:
                thread.start()
            time.sleep(0.5)
            beside = client.latencies(addresses["quick"]["content"], 400)
            new, _ = Client(port).first_byte(addresses["new"]["tile"])
            for thread in threads:
                thread.join()
    print(f"## {count} hostile notebooks at once, 2 children, at most {HASTY:g} s each\n")
    table(("cached reads", "median ms", "p99 ms"), [("alone", *middle_and_p99(alone)), ("beside them", *middle_and_p99(beside))])
    first, last = min(seconds for _, seconds in ends), max(seconds for _, seconds in ends)
    print(f"They ended with {sorted({status for status, _ in ends})} after {first:.1f} s (the first) to {last:.1f} s (the last).")
    print(f"A new notebook of another author, asked for meanwhile, was there after {new:.1f} s.\n")


def middle_and_p99(values: Iterable[float]) -> tuple[str, str]:
    found = sorted(values)
    return f"{statistics.median(found):.1f}", f"{found[len(found) * 99 // 100]:.1f}"
