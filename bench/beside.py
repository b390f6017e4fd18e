"""Measures what somebody who sends hostile documents as fast as possible makes of another client's dashboard, default limits on.

One server, a process of its own, for all: rounds of the same requests alone, beside a stranger and beside somebody with a token, in turns.
"""

# ruff: noqa: D103  a script that is read as a whole

import argparse
import asyncio
import http.client
import json
import multiprocessing
import random
import socket
import statistics
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from threading import Thread
from typing import Final

import uvicorn

from bench.notebooks import mixed
from bench.tables import quiet, table
from server.app import make_application
from server.cli.connections import protocols
from server.config import Settings
from server.db import migrate
from server.db.session import Database
from tests.fixtures.world import end_world, make_world, settings_for
from tests.integration.limits.documents import HOSTILE

GOAL: Final = 2.0
TILES: Final = 20
DASHBOARD: Final = """query($id: ID!) { dashboard(id: $id) { name version pages { tiles {
    __typename ... on InsightTile { displayedTitle accessState insight { name } rendering { url } } } } } }"""
BODIES: Final = [json.dumps({"query": hostile.query, "variables": hostile.variables}).encode() for hostile in HOSTILE.values()]
ALONE: Final = "alone"
WARM_UP: Final = 0.5


@dataclass(frozen=True)
class Scene:
    """Who reads, who attacks, and what is read."""

    reader: str
    attacker: str
    dashboard: str


def settings_in(folder: str) -> Settings:
    return settings_for(f"sqlite:///{folder}/bench.db", Path(folder), store_url=Path(folder, "blobs").as_uri())


def serve(folder: str, port: int) -> None:
    quiet()
    settings = settings_in(folder)
    given = protocols(settings.send_timeout_seconds)
    application = make_application(settings)
    uvicorn.Server(uvicorn.Config(application.asgi, port=port, log_config=None, access_log=False, server_header=False, **given)).run()


async def prepare(folder: str) -> Scene:
    settings = settings_in(folder)
    database = Database(settings.database)
    await migrate.upgrade(database)
    await database.close()
    world = await make_world(settings)
    try:
        notebook = await world.save("n", notebook=json.loads(mixed(9)))
        dashboard = world.ids["SALES dashboard"]
        for _ in range(TILES):
            await world.publish(notebook, dashboard)
        return Scene(world.tokens["analyst"], world.tokens["stranger"], dashboard)
    finally:
        await end_world(world)


def post(connection: http.client.HTTPConnection, body: bytes, token: str | None) -> bytes:
    headers = {"content-type": "application/json"} | ({} if token is None else {"authorization": f"Bearer {token}"})
    connection.request("POST", "/graphql", body, headers)
    return connection.getresponse().read()


@dataclass(frozen=True)
class Orders:
    """What the attacking process is told, and tells."""

    ready: Event
    begin: Event
    end: Event
    sent: "Synchronized[int]"


def attack(port: int, token: str | None, connections: int, orders: Orders) -> None:
    """Send one document after the other, on each connection in an order of its own."""
    orders.ready.set()
    orders.begin.wait()
    threads = [Thread(target=send_on, args=(port, token, orders)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def send_on(port: int, token: str | None, orders: Orders) -> None:
    order = random.sample(BODIES, len(BODIES))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while not orders.end.is_set():
        post(connection, order[0], token)
        order.append(order.pop(0))
        with orders.sent.get_lock():
            orders.sent.value += 1


@contextmanager
def attacked(port: int, token: str | None, connections: int) -> Generator[list[float]]:
    """Yield a list that the documents a second are appended to."""
    context, a_second = multiprocessing.get_context("spawn"), list[float]()
    orders = Orders(context.Event(), context.Event(), context.Event(), context.Value("i", 0))
    process = context.Process(target=attack, args=(port, token, connections, orders))
    process.start()
    orders.ready.wait()  # to import takes it longer than a round
    orders.begin.set()
    time.sleep(WARM_UP)
    start, before = time.perf_counter(), orders.sent.value
    yield a_second
    a_second.append((orders.sent.value - before) / (time.perf_counter() - start))
    orders.end.set()
    process.join()


def latencies(port: int, scene: Scene, count: int) -> list[float]:
    """Return the milliseconds of each request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"query": DASHBOARD, "variables": {"id": scene.dashboard}}).encode()
    taken = []
    for _ in range(count):
        start = time.perf_counter()
        answer = post(connection, body, scene.reader)
        taken.append((time.perf_counter() - start) * 1e3)
        assert b'"errors"' not in answer, answer
        time.sleep(0.02)
    return taken


@contextmanager
def serving(folder: str) -> Generator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, port))
    process.start()
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.join()


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--rounds", type=int, default=3)
    given.add_argument("--requests", type=int, default=150, help="in each round, of each kind")
    given.add_argument("--connections", type=int, default=4, help="that the attacker sends on")
    chosen = given.parse_args()
    quiet()
    found: dict[str, list[float]] = {}
    speeds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        scene = asyncio.run(prepare(folder))
        with serving(folder) as port:
            latencies(port, scene, 30)
            for _ in range(chosen.rounds):
                found.setdefault(ALONE, []).extend(latencies(port, scene, chosen.requests))
                for who, token in (("beside a stranger", None), ("beside a signed-in attacker", scene.attacker)):
                    with attacked(port, token, chosen.connections) as a_second:
                        found.setdefault(who, []).extend(latencies(port, scene, chosen.requests))
                    speeds.setdefault(who, []).extend(a_second)
    base = p99(found[ALONE])
    rows = [
        (
            who,
            f"{statistics.median(taken):.0f}",
            f"{p99(taken):.0f}",
            f"{p99(taken) / base:.1f}x",
            f"{statistics.fmean(speeds.get(who, [0])):.0f}",
        )
        for who, taken in found.items()
    ]
    print(f"## A dashboard of {TILES} tiles, ms; the attacker sends {len(BODIES)} hostile documents on {chosen.connections} connections\n")
    table(("", "p50", "p99", "p99, times that alone", "hostile documents a second"), rows)
    print(f"above {GOAL:g}x: {', '.join(who for who, taken in found.items() if p99(taken) > GOAL * base) or 'none'}")


if __name__ == "__main__":
    main()
