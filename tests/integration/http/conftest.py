"""Servers whose settings a test chooses. The wire does not depend on the database, so these run on SQLite alone."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.fixtures.world import World, end_world, make_world, settings_for

Start = Callable[..., Awaitable[World]]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The address of a migrated, empty database."""
    return sqlite_url


@pytest.fixture
async def start(database_url: str, tmp_path: Path) -> AsyncGenerator[Start]:
    """A function that starts the server with settings of the test's choice, once."""
    started: list[World] = []

    async def begin(**settings: object) -> World:
        started.append(await make_world(settings_for(database_url, tmp_path, **settings)))
        return started[-1]

    yield begin
    for world in started:
        await end_world(world)
