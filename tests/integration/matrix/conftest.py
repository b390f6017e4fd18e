"""The world that the tests of one file share."""

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fixtures.databases import Postgres
from tests.fixtures.world import end_world, make_world, settings_for
from tests.integration.matrix.stage import Stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Stage]:
    """One world for all cells of a policy: filling it takes longer than most of them."""
    database, policy = request.param
    folder = tmp_path_factory.mktemp("matrix")
    if database == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        url = f"sqlite:///{shutil.copyfile(template, folder / 'nbinsight.db')}"
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        name = postgres.create(request.getfixturevalue("postgres_template"))
        request.addfinalizer(lambda: postgres.drop(name))
        url = postgres.url(name)
    world = await make_world(settings_for(url, folder))
    made = Stage(world, policy)
    await made.fill()
    yield made
    await end_world(world)
