"""One world a test, on SQLite and on PostgreSQL."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.fixtures.children import shared_children
from tests.fixtures.world import World, end_world, make_world, settings_for

__all__ = ["shared_children"]


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    """A server, a project and people of every role, over each database in turn."""
    made = await make_world(settings_for(database_url, tmp_path))
    yield made
    await end_world(made)
