"""Who may use a child when. Time passes where a test says so: what is slow, `grow_slow` tells."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from server.render.turns import Turns


@dataclass
class House:
    """Turns, and those who use them; `log` tells who began."""

    turns: Turns
    timers: list[Callable[[], None]]
    log: list[str] = field(default_factory=list[str])
    ends: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, asyncio.Task[None]])

    async def begin(self, *names: str) -> None:
        for name in names:
            self.ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._use(name))
            await settle()

    async def end(self, name: str) -> None:
        self.ends[name].set()
        await settle()

    async def grow_slow(self) -> None:
        """Let all who run be slow, the first first."""
        while self.timers:
            self.timers.pop(0)()
        await settle()

    async def _use(self, name: str) -> None:
        resumed = False
        while True:
            async with self.turns.take(resumed=resumed) as turn:
                self.log.append(name)
                end = asyncio.ensure_future(self.ends[name].wait())
                either: set[asyncio.Future[Any]] = {end, turn.called_back}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                end.cancel()
                if self.ends[name].is_set():
                    return
                resumed = True
                self.log.append(f"{name} goes back")


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def open_turns(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], House]:
    def open_(workers: int) -> House:
        timers: list[Callable[[], None]] = []
        loop = asyncio.get_running_loop()

        def call_later(_: float, call: Callable[..., None], *args: object) -> object:
            timer = lambda: call(*args)  # noqa: E731
            timers.append(timer)
            return SimpleNamespace(cancel=lambda: timers.remove(timer) if timer in timers else None)

        monkeypatch.setattr(loop, "call_later", call_later)
        return House(Turns(workers, 3.0), timers)

    return open_


Open = Callable[[int], House]


async def test_who_asks_first_has_the_first_child(open_turns: Open) -> None:
    house = open_turns(2)
    await house.begin("a", "b", "c", "d")
    assert house.log == ["a", "b"]
    await house.end("b")
    await house.end("a")
    assert house.log == ["a", "b", "c", "d"]


async def test_slow_ones_keep_all_children_while_nobody_waits(open_turns: Open) -> None:
    house = open_turns(2)
    await house.begin("a", "b")
    await house.grow_slow()
    assert house.log == ["a", "b"]


async def test_the_slow_one_that_began_last_goes_back_as_soon_as_somebody_waits(open_turns: Open) -> None:
    house = open_turns(2)
    await house.begin("a", "b")
    await house.grow_slow()
    await house.begin("quick")
    assert house.log == ["a", "b", "b goes back", "quick"]
    await house.end("quick")
    assert house.log[4:] == [], "a is still slow, so that b has to wait for it"
    await house.end("a")
    assert house.log[4:] == ["b"]


async def test_one_that_grows_slow_while_somebody_waits_goes_back_then(open_turns: Open) -> None:
    house = open_turns(2)
    await house.begin("a", "b", "quick")
    assert house.log == ["a", "b"]
    await house.grow_slow()
    assert house.log == ["a", "b", "b goes back", "quick"]


async def test_what_went_back_once_keeps_its_next_turn(open_turns: Open) -> None:
    house = open_turns(2)
    await house.begin("a", "b", "c")
    await house.grow_slow()
    await house.end("a")
    assert house.log == ["a", "b", "b goes back", "c", "b"]
    await house.begin("d")
    await house.grow_slow()
    assert house.log[5:] == ["c goes back", "d"]
    await house.begin("e")
    await house.grow_slow()
    assert house.log[7:] == ["d goes back", "e"]
    for name in ("b", "e", "c", "d"):
        await house.end(name)
    assert house.log[9:] == ["c", "d"]
    assert all(task.done() for task in house.tasks.values())


async def test_a_single_child_finishes_what_it_began(open_turns: Open) -> None:
    house = open_turns(1)
    await house.begin("a", "b")
    await house.grow_slow()
    assert house.log == ["a"]
    await house.end("a")
    assert house.log == ["a", "b"]


async def test_who_leaves_while_waiting_takes_no_turn(open_turns: Open) -> None:
    house = open_turns(1)
    await house.begin("a", "b", "c", "d")
    house.tasks["b"].cancel()
    await settle()
    house.ends["a"].set()
    await asyncio.sleep(0)
    house.tasks["c"].cancel()
    await settle()
    assert house.log == ["a", "d"]
