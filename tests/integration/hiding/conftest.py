"""One world for all tests of hiding that only look, on each database; they run on the session's loop."""

from collections.abc import AsyncGenerator, Callable

import pytest
import pytest_asyncio

from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.hiding.scene import Scene


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def scene(new_url: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Scene]:
    """Two projects with something of everything, each thing with words of its own."""
    world = await make_world(settings_for(new_url(), tmp_path_factory.mktemp("data")))
    made = Scene(world)
    await made.fill()
    yield made
    await end_world(world)


@pytest.fixture
async def own_scene(world: World) -> Scene:
    """The same, for a test that changes it."""
    made = Scene(world)
    await made.fill()
    return made
