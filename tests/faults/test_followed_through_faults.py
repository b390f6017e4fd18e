"""Who follows a dashboard while the wire to PostgreSQL breaks is told of changes afterwards, or of the end: silence does not last (R8)."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed

from tests.faults.conftest import Note
from tests.fixtures.breaking import Fault, Wire, breakable
from tests.fixtures.databases import Postgres
from tests.fixtures.listening import calling, hearing
from tests.fixtures.running import Running, serving
from tests.integration.live.conftest import BOARD, RENAME
from tests.integration.live.test_processes import board_by, host

pytestmark = pytest.mark.timeout(900)

FAULTS: Final = (Fault.CUT, Fault.STALL, Fault.RESET, Fault.FORGET)
BROKEN_SECONDS: Final = 8
"""Longer than it takes until changes are looked for without a signal."""
SILENT_SECONDS: Final = 60
Follow = Callable[[Running, str, list[str]], Coroutine[None, None, None]]


async def by_socket(server: Running, board: str, told: list[str]) -> None:
    """Follow a dashboard by WebSocket until that ends; put down the names that are told."""
    async with calling(host(server), authorization=f"Bearer {server.token}") as line:
        await line.init()
        await line.ask("d", BOARD, id=board)
        with suppress(ConnectionClosed):
            while (message := json.loads(await line.socket.recv()))["type"] == "next":
                told += names_in(message["payload"])


async def by_stream(server: Running, board: str, told: list[str]) -> None:
    """Follow it by an event stream."""
    async with hearing(host(server), BOARD, authorization=f"Bearer {server.token}", id=board) as events:
        async for line in events.lines:
            if line.startswith("data: "):
                told += names_in(json.loads(line.removeprefix("data: ")))


def names_in(content: dict[str, Any]) -> list[str]:
    """Return the name that an event tells; none where it tells that the database is away."""
    board = (content.get("data") or {}).get("dashboardChanged")
    return [] if board is None else [board["name"]]


@dataclass(slots=True)
class Follower:
    """What somebody was told, and whether that has ended."""

    task: asyncio.Task[None]
    told: list[str]

    def heard(self, word: str) -> bool:
        """Tell whether a name that begins so was told, or the end."""
        return self.task.done() or any(name.startswith(word) for name in self.told)


@asynccontextmanager
async def following(follow: Follow, server: Running, board: str) -> AsyncGenerator[Follower]:
    """Follow until the block ends; an end that comes before is no fault, but for what it raised."""
    told: list[str] = []
    task = asyncio.create_task(follow(server, board, told))
    try:
        yield Follower(task, told)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def rename_until(server: Running, board: str, name: str, is_so: Callable[[], bool]) -> float:
    """Change the dashboard until something is so; return how long that took. Changes may fail."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < SILENT_SECONDS, "nothing is told, neither a change nor the end"
        await asyncio.to_thread(server.post, RENAME, server.token, id=board, name=f"{name} {time.monotonic()}")
        await asyncio.sleep(0.3)
    return time.monotonic() - began


@pytest.mark.parametrize("check_seconds", [3, 60], ids=["rights-looked-up-meanwhile", "rights-looked-up-later"])
async def test_a_subscriber_is_told_of_changes_after_the_fault_or_of_the_end(
    tmp_path: Path, postgres: Postgres, postgresql_url: str, check_seconds: int, note: Note
) -> None:
    with breakable(partial(asyncio.open_unix_connection, str(postgres.socket))) as wire:
        url = f"postgresql://postgres@127.0.0.1:{wire.port}/{urlsplit(postgresql_url).path[1:]}"
        given = {"NBINSIGHT_DATABASE_URL": url, "NBINSIGHT_LIVE_CHECK_SECONDS": str(check_seconds), "NBINSIGHT_RATE_LIMIT": "off"}
        with serving("--no-log-requests", cwd=tmp_path, **given) as server:
            board = board_by(server)
            for fault in FAULTS:
                note(fault=fault.name.lower(), **await through(fault, wire, server, board))
            assert await asyncio.to_thread(server.stop) == 0, "connections that nobody answers on do not keep it"


async def through(fault: Fault, wire: Wire, server: Running, board: str) -> dict[str, str]:
    """Follow from before a fault until all are told something after it; return what that was, and how long it took."""
    async with following(by_socket, server, board) as socket, following(by_stream, server, board) as stream:
        both = {"socket": socket, "stream": stream}
        await rename_until(server, board, "before", lambda: all(each.heard("before") for each in both.values()))
        assert not any(each.task.done() for each in both.values())
        wire.suffer(fault)
        await asyncio.sleep(BROKEN_SECONDS)
        wire.suffer(Fault.NONE)
        seconds = await rename_until(server, board, "after", lambda: all(each.heard("after") for each in both.values()))
        told = {name: "the end" if each.task.done() else "a change" for name, each in both.items()}
        return told | {"within": f"{seconds:.1f} s"}
