"""A world behind a port, over each database in turn; and the operations that most tests here send."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.fixtures.listening import listening
from tests.fixtures.world import World, end_world, make_world, settings_for

EXPORTS: Final = "subscription($id: ID!) { exportCreated(notebookId: $id) { id sequence label notebook { name } } }"
INSIGHT: Final = "subscription($id: ID!) { insightChanged(insightId: $id) { name selectionMode displayedExport { sequence } } }"
BOARD: Final = "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { version name pages { tiles { __typename } } } }"
CREATE: Final = """mutation($id: ID!, $label: String) { createExport(input: {notebookId: $id, label: $label})
    { export { id } errors { code } } }"""
RENAME: Final = """mutation($id: ID!, $name: String!) { updateDashboard(input: {dashboardId: $id, name: $name})
    { dashboard { version } errors { code } } }"""
WHO: Final = "{ viewer { user { login } } }"


@dataclass(slots=True)
class Scene:
    """A world, and where it listens."""

    world: World
    address: str

    def header(self, who: str) -> str:
        """Return the header that signs somebody in."""
        return f"Bearer {self.world.tokens[who]}"

    async def followed(self, count: int) -> None:
        """Wait until so many subscriptions have begun, or are left."""
        watches = self.world.application.parts.watches
        async with asyncio.timeout(20):
            while watches.count != count:  # noqa: ASYNC110  it is the server that changes it
                await asyncio.sleep(0.01)

    async def rename(self, name: str) -> None:
        """Change the dashboard, as somebody else."""
        await self.world.ok("dash_writer", RENAME, id=self.world.ids["SALES dashboard"], name=name)


Begin = Callable[..., Awaitable[Scene]]


@pytest.fixture
async def begin(database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Begin]:
    """A function that starts a server with settings of the test's choice; no test here brings it into trouble."""
    async with AsyncExitStack() as stack:

        async def start(**settings: object) -> Scene:
            world = await make_world(settings_for(database_url, tmp_path, **settings))
            stack.push_async_callback(end_world, world)
            return Scene(
                world,
                await stack.enter_async_context(
                    listening(world.application.asgi, send_seconds=world.application.parts.settings.send_timeout_seconds)
                ),
            )

        yield start
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING] == []


@pytest.fixture
async def scene(begin: Begin) -> Scene:
    """A server with the settings of everybody."""
    return await begin()
