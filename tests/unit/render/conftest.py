from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.render.pool import RenderLimits
from tests.unit.render.fakes import House, Open


@pytest.fixture
async def open_house(tmp_path: Path) -> AsyncIterator[Open]:
    """Give renderers that are closed after the test."""
    houses: list[House] = []

    def make_house(limits_: RenderLimits) -> House:
        houses.append(House(tmp_path, limits_))
        return houses[-1]

    yield make_house
    for house in houses:
        await house.renderer.close()
