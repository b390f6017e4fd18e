"""What a refused sign-in leaves behind: a line in the log each time, and events that are bounded."""

from datetime import UTC, datetime
from typing import Final

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from server.auth.credentials import WrongToken
from server.auth.sign_ins import Refusals
from server.auth.tokens import make_token
from server.db.session import Database
from server.domain.ids import new_id
from tests.fixtures.world import World
from tests.integration.http.serving import Clock

START: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHO: Final = {"query": "{ viewer { user { login } } }"}


async def events(database: Database) -> list[tuple[object, ...]]:
    async with database.reading() as session:
        return [tuple(row) for row in await session.execute(text("SELECT actor_id, action, outcome FROM audit_event ORDER BY id"))]


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def refusals(database: Database, clock: Clock) -> Refusals:
    return Refusals(database, clock, new_id)


async def test_a_refusal_is_logged_once_with_its_reason_and_nothing_of_the_token(world: World) -> None:
    token = make_token()
    with capture_logs() as lines:
        response = await world.client.post("/graphql", json=WHO, headers={"authorization": f"Bearer {token}"})
    assert response.status_code == 401
    assert [line for line in lines if line["event"] != "request"] == [
        {"event": "sign-in refused", "log_level": "info", "provider": "AccessTokens", "reason": "unknown, expired or revoked"}
    ]
    assert token not in repr(lines)
    assert await world.events() == [(None, "signIn", "DENIED")]


async def test_what_is_of_no_kind_is_refused_by_nobody(world: World) -> None:
    with capture_logs() as lines:
        await world.client.post("/graphql", json=WHO, headers={"authorization": "Basic YWRtaW46YWRtaW4="})
    assert [(line["provider"], line["reason"]) for line in lines if line["event"] != "request"] == [("none", "of no kind that is accepted")]


async def test_the_same_refusal_is_audited_once_a_minute(refusals: Refusals, database: Database, clock: Clock) -> None:
    with capture_logs() as lines:
        for _ in range(20):
            await refusals.note("Jwts", WrongToken("expired"))
            clock.move(seconds=2.9)
        assert await events(database) == [(None, "signIn", "DENIED")]
        clock.move(seconds=2)
        await refusals.note("Jwts", WrongToken("expired"))
    assert len(await events(database)) == 2
    assert len(lines) == 21


async def test_refusals_of_all_kinds_are_audited_sixty_times_a_minute(refusals: Refusals, database: Database, clock: Clock) -> None:
    for number in range(200):
        await refusals.note("Jwts", WrongToken(f"reason {number}"))
    assert len(await events(database)) == 60
    clock.move(minutes=1)
    await refusals.note("Jwts", WrongToken("reason 0"))
    assert len(await events(database)) == 61


async def test_a_refusal_waits_for_no_deed_and_is_audited_with_the_next(sqlite_database: Database, clock: Clock) -> None:
    refusals = Refusals(sqlite_database, clock, new_id)
    async with sqlite_database.writing():
        await refusals.note("Jwts", WrongToken("expired"))
        assert await events(sqlite_database) == []
    clock.move(seconds=5)
    await refusals.note("Jwts", WrongToken("expired"))
    async with sqlite_database.reading() as session:
        [[at]] = await session.execute(text("SELECT at FROM audit_event"))
    assert datetime.fromisoformat(str(at)).replace(tzinfo=UTC) == START, "the time is that of the refusal"


async def test_a_refusal_waits_for_no_other_process_either(sqlite_url: str, sqlite_database: Database, clock: Clock) -> None:
    refusals, other = Refusals(sqlite_database, clock, new_id), Database(sqlite_url)
    try:
        async with other.writing() as session:
            await session.execute(text("UPDATE user_account SET active = active"))
            with capture_logs() as lines:
                await refusals.note("Jwts", WrongToken("expired"))
    finally:
        await other.close()
    assert [line["event"] for line in lines] == ["sign-in refused", "refused sign-in not audited yet"]
    clock.move(seconds=5)
    await refusals.note("Jwts", WrongToken("expired"))
    assert await events(sqlite_database) == [(None, "signIn", "DENIED")]
