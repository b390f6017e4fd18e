"""Connections to PostgreSQL that end while a deed runs: it is done once, and told so, or not at all."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import make_url
from sqlalchemy.event import listen
from structlog.testing import capture_logs

from server.db import commits
from tests.fixtures.databases import Postgres
from tests.fixtures.wire import Fate, Wire, wired
from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.http.serving import client_of, signed_in
from tests.integration.mutations.asking import version

ADD: Final = """mutation($id: ID!) { addTextTile(input: {dashboardId: $id, markdown: "x"}) { tile { markdown } dashboard { version }
    errors { message } } }"""


@pytest.fixture
async def wire(postgres: Postgres) -> AsyncGenerator[Wire]:
    """A wire to the PostgreSQL of the tests."""
    async with wired(postgres.socket) as laid:
        yield laid


@pytest.fixture
async def world(wire: Wire, postgresql_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    """A server behind that wire."""
    made = await make_world(settings_for(wire.url(str(make_url(postgresql_url).database)), tmp_path))
    yield made
    await end_world(made)


async def tiles(world: World) -> int:
    [[count]] = await world.rows("SELECT count(*) FROM tile")
    return int(count)


async def add_events(world: World) -> int:
    return len([event for event in await world.events() if event == ("admin", "addTextTile", "ALLOWED")])


async def denials(world: World) -> int:
    return len([event for event in await world.events() if event == ("dash_reader", "addTextTile", "DENIED")])


@pytest.mark.parametrize("fate", list(Fate))
async def test_a_deed_whose_commit_is_lost_is_done_once_and_told_so(world: World, wire: Wire, fate: Fate) -> None:
    board = world.ids["SALES dashboard"]
    wire.fates = [fate]
    made = (await world.ok("admin", ADD, id=board))["addTextTile"]
    assert wire.fates == []
    assert made == {"tile": {"markdown": "x"}, "dashboard": {"version": 2}, "errors": []}
    assert (await tiles(world), await version(world, board), await add_events(world)) == (1, 2, 1)


async def test_losses_that_follow_each_other_are_survived_too(world: World, wire: Wire) -> None:
    wire.fates = [Fate.LOST, Fate.LOST, Fate.UNANSWERED]
    await world.ok("admin", ADD, id=world.ids["SALES dashboard"])
    assert (wire.fates, await tiles(world), await add_events(world)) == ([], 1, 1)


async def test_a_deed_that_loses_its_connection_again_and_again_is_given_up(
    world: World, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.db.attempts._PAUSES", (0.0, 0.0))
    wire.fates = [Fate.LOST] * 3
    error = await world.refused("admin", ADD, id=world.ids["SALES dashboard"])
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert (wire.fates, await tiles(world)) == ([], 0)


async def test_a_commit_that_nobody_can_tell_of_is_not_tried_again(world: World, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "_LOOKS", (0.0, 0.0))
    wire.fates, wire.dies_with_next = [Fate.UNANSWERED], True
    with capture_logs() as logged:
        error = await world.refused("admin", ADD, id=world.ids["SALES dashboard"])
    assert error["extensions"]["code"] == "INTERNAL"
    assert [type(entry["exc_info"]).__name__ for entry in logged if entry["event"] == "fault"] == ["CommitUnknown"]
    wire.is_dead = False
    assert await tiles(world) == 1


@pytest.mark.parametrize("field", ["addTextTile", "tile"])
async def test_a_connection_that_ends_within_a_deed_costs_no_edit(world: World, postgres: Postgres, field: str) -> None:
    """The server ends every connection that has changed something, in the middle: as it does when it restarts."""
    ended, name = list[str](), world.application.parts.database.engine.url.database

    def end_writers(*statement: object) -> None:
        if not ended and str(statement[2]).startswith("INSERT INTO tile" if field == "tile" else "SELECT dashboard"):
            ended.append(field)
            postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608  a name of ours

    listen(world.application.parts.database.engine.sync_engine, "before_cursor_execute", end_writers)
    await world.ok("admin", ADD, id=world.ids["SALES dashboard"])
    assert (ended, await tiles(world), await add_events(world)) == ([field], 1, 1)


@pytest.mark.parametrize("fate", list(Fate))
async def test_a_refusal_whose_commit_is_lost_is_audited_once_and_told(world: World, wire: Wire, fate: Fate) -> None:
    wire.fates = [fate]
    error = await world.refused("dash_reader", ADD, id=world.ids["SALES dashboard"])
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert (wire.fates, await tiles(world), await denials(world)) == ([], 0, 1)


async def test_a_connection_that_ends_before_a_refusal_is_audited_leaves_no_gap(world: World, postgres: Postgres) -> None:
    ended, name = list[str](), world.application.parts.database.engine.url.database

    def end_writers(*statement: object) -> None:
        if not ended and str(statement[2]).startswith("INSERT INTO audit_event"):
            ended.append("audit_event")
            postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608  a name of ours

    listen(world.application.parts.database.engine.sync_engine, "before_cursor_execute", end_writers)
    error = await world.refused("dash_reader", ADD, id=world.ids["SALES dashboard"])
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert (ended, await tiles(world), await denials(world)) == (["audit_event"], 0, 1)


async def test_a_deadline_that_comes_during_the_commit_does_not_deny_it(wire: Wire, world: World) -> None:
    query = {"query": ADD, "variables": {"id": world.ids["SALES dashboard"]}}
    wire.delay_seconds = 5
    async with client_of(world, settings={"request_timeout_seconds": 3.0}) as hasty:
        response = await hasty.post("/graphql", json=query, headers=signed_in(world, "admin"))
    wire.delay_seconds = 0
    assert response.status_code == 503
    assert "1 of its mutations had been done: look before you repeat." in response.json()["errors"][0]["message"]
    assert await tiles(world) == 1
