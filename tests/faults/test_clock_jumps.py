"""The clock jumps an hour back or a day ahead: nothing is lost by it, nothing opens that was closed, and nobody is locked out."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import limits.aio.storage.memory
import pytest
from redis import Redis

import server.app
from server.domain.errors import RateLimited
from server.http.rates import Rates
from server.resolvers.collect_garbage import Ages, Collector
from tests.fixtures.children import shared_children
from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.http.serving import Clock
from tests.integration.mutations.asking import address, do

__all__ = ["shared_children"]

TOKEN: Final = """mutation($ends: DateTime!) { createAccessToken(input: {name: "short", expiresAt: $ends}) { token errors { message } } }"""
WHO: Final = {"query": "{ viewer { user { login } } }"}
JUMPS: Final = ({"hours": -1}, {"days": 1})
SPAN_SECONDS: Final = 60
PIECES: Final = 10
"""As many of these costs make a full bucket of a span."""
PIECE: Final = 100
RATE: Final = f"{PIECES * PIECE}/minute"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the whole server."""
    moved = Clock(datetime.now(UTC))
    monkeypatch.setattr(server.app, "now", moved)
    monkeypatch.setattr(limits.aio.storage.memory, "time", SimpleNamespace(time=lambda: moved().timestamp()))
    return moved


@pytest.fixture
async def world(clock: Clock, sqlite_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    made = await make_world(settings_for(sqlite_url, tmp_path, store_url=(tmp_path / "blobs").as_uri()))
    assert made.application.parts.clock is clock
    yield made
    await end_world(made)


@pytest.mark.parametrize("jump", JUMPS, ids=["back", "ahead"])
async def test_addresses_are_made_anew_and_an_old_one_shows_no_more_than_its_owner_may_see(
    world: World, clock: Clock, jump: dict[str, float]
) -> None:
    made = await world.publish(await world.save())
    before = await address(world, "analyst", made["export"])
    clock.move(**jump)
    assert await address(world, "analyst", made["export"]) != before
    await do(world, "admin", "deactivateUser", login="analyst")
    assert (await world.client.get(before)).status_code == 404


async def test_a_token_that_has_ended_stays_ended_when_the_clock_is_set_an_hour_back(world: World, clock: Clock) -> None:
    ends = clock().replace(microsecond=0).isoformat()
    clock.move(hours=-2)
    secret = (await world.ok("analyst", TOKEN, ends=ends))["createAccessToken"]["token"]
    statuses = []
    for jump in ({}, *reversed(JUMPS)):
        clock.move(**jump)
        answer = await world.client.post("/graphql", json=WHO, headers={"authorization": f"Bearer {secret}"})
        statuses.append(answer.status_code)
    assert statuses == [200, 401, 401]


async def test_a_key_is_answered_as_before_after_both_jumps(world: World, clock: Clock) -> None:
    given = {"notebookId": await world.save(), "idempotencyKey": "once"}
    first = (await do(world, "coder", "publishNotebook", **given))["export"]["id"]
    for jump in JUMPS:
        clock.move(**jump)
        assert (await do(world, "coder", "publishNotebook", **given))["export"]["id"] == first
    assert await world.rows("SELECT count(*) FROM export") == [(1,)]


async def test_what_is_named_outlives_a_collection_after_each_jump(world: World, clock: Clock) -> None:
    made = await world.publish(await world.save())
    parts = world.application.parts
    for jump in JUMPS:
        clock.move(**jump)
        await Collector(parts.database, parts.store, clock, Ages(), strangers=True).collect()
        [[digest]] = await world.rows("SELECT digest FROM export")
        assert await parts.store.get(digest) is not None
        await address(world, "analyst", made["export"])


async def flood(rates: Rates) -> tuple[int, int]:
    """Ask without pause; return how much is let through, and in how many seconds to come back."""
    count = 0
    while True:
        try:
            await rates.charge("somebody", PIECE)
        except RateLimited as error:
            return count, error.retry_after_seconds
        count += 1


@pytest.mark.parametrize("jump", JUMPS, ids=["back", "ahead"])
async def test_a_jump_gives_a_flood_a_full_bucket_at_most_and_locks_nobody_out(clock: Clock, jump: dict[str, float]) -> None:
    rates = Rates(RATE, side_by_side=1)
    assert (await flood(rates))[0] == PIECES
    for there_and_back in (jump, {unit: -amount for unit, amount in jump.items()}):
        clock.move(**there_and_back)
        count, seconds = await flood(rates)
        assert count <= PIECES
        assert seconds <= 2 * SPAN_SECONDS
        clock.move(seconds=seconds)
        assert 1 <= (await flood(rates))[0] <= PIECES


async def test_a_valkey_whose_clock_is_set_back_locks_nobody_out_and_gives_a_full_bucket_at_most(valkey_address: str) -> None:
    rates = Rates(RATE, side_by_side=1, redis_url=valkey_address)
    with Redis.from_url(valkey_address) as valkey:
        valkey.flushall()
        assert (await flood(rates))[0] == PIECES
        keys = valkey.keys("*somebody*")
        assert keys
        for key in keys:  # it ends at a time by that clock: so much later, once the clock is set back
            valkey.pexpire(key, valkey.pttl(key) + 3_600_000)
    count, seconds = await flood(rates)
    assert count == PIECES
    assert seconds <= 2 * SPAN_SECONDS
    await rates.close()
