"""Connections to PostgreSQL that fall silent without an end, as where a firewall forgets them: others are taken in their place."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from functools import partial
from urllib.parse import urlsplit

import pytest

from server.db.session import Database
from server.db.signals import announce, signals_of
from tests.fixtures.breaking import Fault, Wire, breakable
from tests.fixtures.databases import Postgres

SECONDS = 30


@pytest.fixture
def wire(postgres: Postgres) -> Iterator[Wire]:
    with breakable(partial(asyncio.open_unix_connection, str(postgres.socket))) as laid:
        yield laid


@pytest.fixture
async def wired(wire: Wire, postgresql_url: str) -> AsyncGenerator[Database]:
    """A database behind the wire."""
    database = Database(f"postgresql://postgres@127.0.0.1:{wire.port}/{urlsplit(postgresql_url).path[1:]}")
    yield database
    await database.close()


async def test_a_connection_that_was_forgotten_is_found_out_and_another_taken(wire: Wire, wired: Database) -> None:
    await wired.check()
    wire.suffer(Fault.FORGET)
    async with asyncio.timeout(SECONDS):
        await wired.check()


async def test_who_listened_on_a_connection_that_was_forgotten_listens_anew(wire: Wire, wired: Database) -> None:
    signals = signals_of(wired)
    await signals.wait(0)  # it listens
    wire.suffer(Fault.FORGET)
    async with asyncio.timeout(SECONDS):
        with pytest.raises(TimeoutError):
            await signals.wait(0.1)
        await signals.wait(0.1)
        async with wired.writing() as session:
            await announce(session)
        await signals.wait(2 * SECONDS)
    await signals.close()


async def test_a_database_is_parted_with_whose_connections_were_forgotten(wire: Wire, wired: Database) -> None:
    await wired.check()
    wire.suffer(Fault.FORGET)
    async with asyncio.timeout(SECONDS):
        await wired.close()
