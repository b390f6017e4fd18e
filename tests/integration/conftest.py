"""One world a test, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path

import pytest

from tests.fixtures.children import shared_children
from tests.fixtures.databases import Postgres
from tests.fixtures.world import World, end_world, make_world, settings_for

__all__ = ["shared_children"]


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    """A server, a project and people of every role, over each database in turn."""
    made = await make_world(settings_for(database_url, tmp_path))
    yield made
    await end_world(made)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Make a migrated, empty database for the whole run, one for each world that is kept; return its address."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path_factory.mktemp('kept') / 'nbinsight.db')}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    names: list[str] = []

    def make() -> str:
        names.append(postgres.create(request.getfixturevalue("postgres_template")))
        return postgres.url(names[-1])

    yield make
    for name in names:
        postgres.drop(name)
