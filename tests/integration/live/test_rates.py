"""Events cost their subscriber what an operation costs; where the rate is used up they wait, and nothing is lost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest
from typing_extensions import override

from server.domain.errors import RateLimited
from server.http.rates import OFF, Rates
from tests.fixtures.listening import SECONDS, Line, calling, listening
from tests.integration.http.serving import app_of
from tests.integration.live.conftest import BOARD, CREATE, EXPORTS, INSIGHT, Scene

BOARD_COSTS: Final = 43
"""A dashboard, 2 pages, 20 tiles on each."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The address of a migrated, empty database."""
    return sqlite_url


@dataclass(eq=False)
class Watched(Rates):
    """Rates that remember what was charged, and refuse from when a test says so until it says otherwise."""

    charged: list[int] = field(default_factory=list[int])
    is_used_up: bool = False
    has_refused: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Count nothing besides."""
        super().__init__(OFF, side_by_side=8)

    @override
    async def charge(self, who: str, cost: int) -> None:
        """Remember, or refuse."""
        if self.is_used_up:
            self.has_refused.set()
            raise RateLimited(60, "Too much.")
        self.charged.append(cost)


@asynccontextmanager
async def followed(scene: Scene, rates: Rates, query: str, id_: str, who: str, *, check_seconds: float = 0.05) -> AsyncGenerator[Line]:
    """Follow something by WebSocket, under rates of the test's own; others have theirs."""
    app = app_of(scene.world, settings={"live_check_seconds": check_seconds}, rates=rates)
    async with listening(app) as address, calling(address, authorization=scene.header(who)) as line:
        await line.init()
        await line.ask("s", query, id=id_)
        await scene.followed(1)
        yield line


async def test_each_event_is_charged_what_its_operation_was(scene: Scene) -> None:
    rates = Watched()
    async with followed(scene, rates, BOARD, scene.world.ids["SALES dashboard"], "dash_reader") as line:
        for version in (2, 3):
            await scene.rename(f"Name {version}")
            assert (await line.event("s"))["version"] == version
    assert rates.charged == [BOARD_COSTS] * 3, "once to begin, and once for each event"


async def test_what_changes_above_the_rate_is_told_later_as_one_event(scene: Scene) -> None:
    rates = Watched()
    async with followed(scene, rates, BOARD, scene.world.ids["SALES dashboard"], "dash_reader") as line:
        rates.is_used_up = True
        await scene.rename("Second")
        async with asyncio.timeout(SECONDS):
            await rates.has_refused.wait()
        await scene.rename("Third")
        await scene.rename("Fourth")
        rates.is_used_up = False
        told = await line.event("s")
        assert (told["version"], told["name"]) == (4, "Fourth")
        await scene.rename("Fifth")
        assert (await line.event("s"))["version"] == 5


async def test_no_export_is_left_out_above_the_rate(scene: Scene) -> None:
    rates, notebook = Watched(), await scene.world.save()
    async with followed(scene, rates, EXPORTS, notebook, "analyst") as line:
        rates.is_used_up = True
        for _ in range(3):
            await scene.world.ok("coder", CREATE, id=notebook)
        async with asyncio.timeout(SECONDS):
            await rates.has_refused.wait()
        rates.is_used_up = False
        assert [(await line.event("s"))["sequence"] for _ in range(3)] == [1, 2, 3]
    assert len(rates.charged) == 4


async def test_an_export_that_is_made_while_rights_are_looked_up_is_told(scene: Scene) -> None:
    """They are looked up all the time here; the first export was taken for one that had been there."""
    for number in range(5):
        notebook = await scene.world.save(f"Number {number}")
        async with followed(scene, Watched(), EXPORTS, notebook, "analyst", check_seconds=0.0001) as line:
            await scene.world.ok("coder", CREATE, id=notebook)
            assert (await line.event("s"))["sequence"] == 1
        await scene.followed(0)


async def test_an_insight_that_waited_is_told_once(scene: Scene) -> None:
    rates, notebook = Watched(), await scene.world.save()
    insight = (await scene.world.publish(notebook))["insight"]
    async with followed(scene, rates, INSIGHT, insight, "analyst") as line:
        rates.is_used_up = True
        await scene.world.ok("coder", CREATE, id=notebook)
        async with asyncio.timeout(SECONDS):
            await rates.has_refused.wait()
        await scene.world.ok("coder", CREATE, id=notebook)
        rates.is_used_up = False
        assert (await line.event("s"))["displayedExport"] == {"sequence": 3}


async def test_rights_that_end_while_an_event_waits_end_the_subscription(scene: Scene) -> None:
    rates = Watched()
    take = 'mutation { setProjectPermissions(input: {projectKey: "SALES", userLogin: "dash_reader", permissions: []}) { errors { code } } }'
    async with followed(scene, rates, BOARD, scene.world.ids["SALES dashboard"], "dash_reader") as line:
        rates.is_used_up = True
        await scene.rename("Second")
        async with asyncio.timeout(SECONDS):
            await rates.has_refused.wait()
        await scene.world.ok("admin", take)
        told = await line.receive()
        assert (told["type"], told["payload"][0]["extensions"]) == ("error", {"code": "NOT_FOUND"})
