"""Worlds with something in them: one that many tests look at, and one of a test's own."""

from collections.abc import AsyncGenerator, Callable

import pytest
import pytest_asyncio

from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.queries.shop import Shop


@pytest.fixture
async def own_shop(world: World) -> Shop:
    """Two projects with something of every kind, for a test that changes them."""
    made = Shop(world)
    await made.fill()
    return made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(new_url: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Shop]:
    """The same, made once for all tests that only look: filling it takes a second. They run on the session's loop."""
    world = await make_world(settings_for(new_url(), tmp_path_factory.mktemp("data")))
    made = Shop(world)
    await made.fill()
    yield made
    await end_world(world)
