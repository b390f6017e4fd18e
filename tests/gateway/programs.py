"""Programs beside the tests: those of this folder, Hive Gateway as its makers ship it, the subgraph in Python. Each is ended by its id."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO, Any, Final

import httpx2

from hatch_build import find_node
from tests.fixtures.running import ROOT, environment, free_ports

HERE: Final = Path(__file__).resolve().parent
START_SECONDS: Final = 60
STOP_SECONDS: Final = 15
PAGE: Final = ROOT / "docs/how-to/trust-a-gateway.md"
_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:\d+/?")


def run_node(*arguments: str, given: str = "", **variables: str) -> str:
    """Run a program to its end; return what it printed."""
    node, _ = find_node()
    done = subprocess.run(  # noqa: S603  our own words
        [node, *arguments], input=given, capture_output=True, text=True, check=False, cwd=HERE, env=environment(**variables), timeout=100
    )
    assert done.stdout, done.stderr
    return done.stdout


@dataclass(slots=True)
class Listening:
    """A program that listens; `lines` is all that it has printed."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list[str])
    address: str = ""

    def ask(self, query: str, token: str | None = None, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Send an operation; return the whole answer."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        response = httpx2.post(self.address, json={"query": query, "variables": variables or {}}, headers=headers, timeout=30)
        answer: dict[str, Any] = response.json()
        return answer


@contextmanager
def listening(*command: str | Path, cwd: Path = HERE, **variables: str) -> Generator[Listening]:
    """Run a program that prints its address once it listens, until the block ends."""
    process = subprocess.Popen(  # noqa: S603  our own words
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env=environment(NODE_ENV="production", **variables),
    )
    program = Listening(process)
    reader = Thread(target=_read, args=(process.stdout, program.lines), daemon=True)
    reader.start()
    try:
        program.address = _wait_for_address(program)
        yield program
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
        reader.join(STOP_SECONDS)


def listening_node(*arguments: str) -> AbstractContextManager[Listening]:
    """Run a program of Node that listens."""
    return listening(find_node()[0], *arguments)


def listening_python(script: str) -> AbstractContextManager[Listening]:
    """Run a program of ours that listens."""
    return listening(sys.executable, HERE / script)


def configurations(router: str) -> list[str]:
    """Return what the page prints for a router, one text a way to sign in."""
    return re.findall(rf"^{router}, `[^\n]*\n(?:[^\n`][^\n]*\n)*\n```\w+\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@contextmanager
def listening_hive(folder: Path, supergraph: str, configuration: str, **variables: str) -> Generator[Listening]:
    """Run Hive Gateway in a folder that has nothing but a supergraph and a configuration, until the block ends."""
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    (folder / "supergraph.graphql").write_text(supergraph, "utf-8")
    (folder / "gateway.config.ts").write_text(configuration, "utf-8")
    [port] = free_ports(1)
    program = HERE / "node_modules/@graphql-hive/gateway/dist/bin.js"
    command = (find_node()[0], program, "supergraph", "--host", "127.0.0.1", "--port", str(port), "supergraph.graphql")
    with listening(*command, cwd=folder, **variables) as gateway:
        gateway.address = f"{gateway.address}/graphql"
        yield gateway


def listening_gateway(whose: str, folder: Path, supergraph: str) -> AbstractContextManager[Listening]:
    """Run Apollo's gateway or Hive's, which passes on who asks; Hive's as the page says."""
    if whose == "hive":
        return listening_hive(folder, supergraph, configurations("Hive Gateway")[0])
    (folder / "supergraph.graphql").write_text(supergraph, "utf-8")
    return listening_node("apollo.mjs", str(folder / "supergraph.graphql"))


def _read(stream: IO[str] | None, kept: list[str]) -> None:
    assert stream is not None
    with stream:
        while line := stream.readline():
            kept.append(line.rstrip("\n"))


def _wait_for_address(program: Listening) -> str:
    deadline = time.monotonic() + START_SECONDS
    while True:
        found = _ADDRESS.findall("\n".join(program.lines))
        if found:
            return str(found[0])
        assert program.process.poll() is None, program.lines
        assert time.monotonic() < deadline, program.lines
        time.sleep(0.02)


def compose(composer: str, subgraphs: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Compose subgraphs, each with its address and its SDL: a `supergraph`, or `errors`."""
    given = [{"name": name, "url": url, "sdl": sdl} for name, (url, sdl) in subgraphs.items()]
    answer: dict[str, Any] = json.loads(run_node("compose.mjs", composer, given=json.dumps(given)))
    return answer
