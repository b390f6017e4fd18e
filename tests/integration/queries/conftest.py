"""Worlds with something in them: one that many tests look at, and one of a test's own."""

import shutil
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fixtures.databases import Postgres
from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.queries.shop import Shop


@pytest.fixture
async def own_shop(world: World) -> Shop:
    """Two projects with something of every kind, for a test that changes them."""
    made = Shop(world)
    await made.fill()
    return made


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def kept_url(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database for the whole run."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path_factory.mktemp('kept') / 'nbinsight.db')}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create(request.getfixturevalue("postgres_template"))
    yield postgres.url(name)
    postgres.drop(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(kept_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Shop]:
    """The same, made once for all tests that only look: filling it takes a second. They run on the session's loop."""
    world = await make_world(settings_for(kept_url, tmp_path_factory.mktemp("data")))
    made = Shop(world)
    await made.fill()
    yield made
    await end_world(world)
