"""Measures what an operation costs the server in CPU: nbinsight beside bare Strawberry and graphql-yoga with the same answers in memory.

Run from the checkout with `python -m bench.graphql`. All three answer by HTTP, each from a process of its own, in turns; an operation is
looked at only after all three have given the same answer. graphql-yoga takes part where `npm ci` was run in bench/yoga.
"""

# ruff: noqa: D101, D102, D103, D105  a script that is read as a whole

import argparse
import asyncio
import http.client
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bench.floor import floor_application
from bench.tables import quiet, table
from server.app import collect_seldom, make_application
from server.config import Settings
from server.db import migrate
from server.db.session import Database
from tests.fixtures.world import World, end_world, make_world, settings_for

YOGA = Path(__file__).parent / "yoga"
NOTEBOOKS, TILES = 100, 20
OPERATIONS = {
    "viewer": "{ viewer { user { login } } }",
    "100 notebooks x 5 fields": """{ project(key: "SALES") { notebooks(first: 100) { nodes {
        id name createdAt modifiedAt isPublished } } } }""",
    "dashboard of 20 tiles": """query($id: ID!) { dashboard(id: $id) { name version owner { login } pages { displayedTitle tiles {
        id displayedTitle box { left top width height }
        ... on InsightTile { accessState showCode insight { id name } rendering { url mediaType codeIncluded } } } } } }""",
}


def settings_in(folder: str, *, fast: bool = True) -> Settings:
    store = Path(folder, "blobs").as_uri()
    return settings_for(f"sqlite:///{folder}/bench.db", Path(folder), store_url=store, fast_execution=fast, graphiql=False)


async def cpu(_: Request) -> PlainTextResponse:
    return PlainTextResponse(str(time.process_time()))


def listen(application: Any, port: int) -> None:  # noqa: ANN401  any ASGI application
    quiet()
    application.router.routes[:0] = [Route("/cpu", cpu)]
    uvicorn.Server(uvicorn.Config(application, port=port, log_config=None, access_log=False, server_header=False)).run()


async def fill(world: World) -> str:
    """Make what is asked for; return the dashboard's id."""
    dashboard = world.ids["SALES dashboard"]
    for number in range(NOTEBOOKS):
        id_ = await world.save(f"Notebook {number}")
        if number < TILES:
            await world.publish(id_, dashboard)
    return dashboard


@dataclass
class Server:
    name: str
    port: int
    token: str

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str) -> bytes:
        self.connection.request("GET", path)
        return self.connection.getresponse().read()

    def ask(self, body: bytes) -> bytes:
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
        self.connection.request("POST", "/graphql", body, headers)
        response = self.connection.getresponse()
        content = response.read()
        assert response.status == 200, content  # noqa: PLR2004
        return content

    def cpu_of(self, body: bytes, count: int) -> float:
        """Return the microseconds of the server's CPU for one request."""
        before = float(self.get("/cpu"))
        for _ in range(count):
            self.ask(body)
        return (float(self.get("/cpu")) - before) / count * 1e6


@contextmanager
def started(name: str, command: list[str], token: str, port: int) -> Generator[Server]:
    process = subprocess.Popen(command)  # noqa: S603  our own words
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, name
                assert process.poll() is None, name
                time.sleep(0.05)
        yield Server(name, port, token)
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


async def prepare(folder: str) -> tuple[str, str, dict[str, Any]]:
    """Fill a database; return a token, the dashboard's id, and each operation's answer."""
    settings = settings_in(folder)
    database = Database(settings.database)
    await migrate.upgrade(database)
    await database.close()
    world = await make_world(settings)
    try:
        dashboard = await fill(world)
        answers = {name: await world.ok("coder", query, **variables_of(query, dashboard)) for name, query in OPERATIONS.items()}
        return world.tokens["coder"], dashboard, answers
    finally:
        await end_world(world)


def variables_of(query: str, dashboard: str) -> dict[str, str]:
    return {"id": dashboard} if "$id" in query else {}


def without_addresses(answer: bytes) -> str:
    """Leave out what differs by the minute."""

    def strip(value: Any) -> Any:  # noqa: ANN401  any JSON
        if isinstance(value, dict):
            return {key: "…" if key == "url" else strip(entry) for key, entry in value.items()}
        return [strip(entry) for entry in value] if isinstance(value, list) else value

    return json.dumps(strip(orjson.loads(answer)))


def compare(folder: str, rounds: int, count: int) -> None:
    token, dashboard, answers = asyncio.run(prepare(folder))
    Path(folder, "answers.json").write_bytes(orjson.dumps(answers))
    me = [sys.executable, "-m", "bench.graphql", "--folder", folder, "--serve"]
    with ExitStack() as stack:
        servers: list[Server] = []
        commands = {"Strawberry, in memory": [*me, "floor"], "nbinsight": [*me, "fast"], "nbinsight, FAST_EXECUTION=0": [*me, "stock"]}
        node = shutil.which("node")
        if node and (YOGA / "node_modules").exists():
            commands["graphql-yoga, in memory"] = [node, str(YOGA / "serve.js"), folder]
        for name, command in commands.items():
            port = free_port()
            servers.append(stack.enter_context(started(name, [*command, str(port)], token, port)))
        rows = [measure(servers, name, query, dashboard, rounds, count) for name, query in OPERATIONS.items()]
        table(["server CPU a request", *(server.name for server in servers)], rows)


def measure(servers: list[Server], name: str, query: str, dashboard: str, rounds: int, count: int) -> list[str]:
    body = orjson.dumps({"query": query, "variables": variables_of(query, dashboard)})
    given = {without_addresses(server.ask(body)) for server in servers for _ in range(20)}
    assert len(given) == 1, given
    taken: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            taken[server.name].append(server.cpu_of(body, count))
    floor = statistics.median(taken[servers[0].name])
    return [name, *(f"{statistics.median(times):.0f} µs, {statistics.median(times) / floor:.2f}x" for times in taken.values())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        kind, port = given.serve
        if kind == "floor":
            listen(floor_application(Path(given.folder, "answers.json")), int(port))
        else:
            application = make_application(settings_in(given.folder, fast=kind == "fast"))
            collect_seldom()
            listen(application.asgi, int(port))
        return
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        compare(folder, given.rounds, given.count)


if __name__ == "__main__":
    main()
