"""What was begun before rights ended does not go on with them: slow bodies, deeds that wait, and what is remembered of viewers."""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen, remove

from server.db.session import Database
from tests.fixtures.world import World
from tests.integration.http.serving import client_of, signed_in
from tests.integration.queries.shop import WHO_ASKS, statements

WHO: Final = "{ viewer { globalPermissions user { login } } }"
CREATE: Final = 'mutation { createDashboard(input: {projectKey: "SALES", name: "Held"}) { dashboard { id } errors { message } } }'
REVOKE: Final = "UPDATE access_token SET revoked_at = CURRENT_TIMESTAMP WHERE user_id = :id"
DEACTIVATE: Final = "UPDATE user_account SET active = false WHERE id = :id"
TAKE_CODE: Final = "DELETE FROM global_grant WHERE user_id = :id"


async def change(world: World, sql: str, who: str) -> None:
    async with world.application.parts.database.writing() as session:
        await session.execute(text(sql), {"id": world.ids[who]})


@pytest.mark.parametrize(("sql", "who"), [(REVOKE, None), (DEACTIVATE, "coder")])
async def test_a_body_that_ends_after_its_senders_rights_do_executes_nothing(world: World, sql: str, who: str | None) -> None:
    content = json.dumps({"query": CREATE}).encode()

    async def slowly() -> AsyncGenerator[bytes]:
        yield content[:5]
        await change(world, sql, "coder")
        yield content[5:]

    before = await world.rows("SELECT * FROM dashboard")
    headers = signed_in(world, "coder") | {"content-type": "application/json", "content-length": str(len(content))}
    response = await world.client.post("/graphql", content=slowly(), headers=headers)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert await world.rows("SELECT * FROM dashboard") == before
    assert await world.events() == [(who, "signIn", "DENIED")]


@pytest.mark.parametrize("size", [5, 0])
async def test_a_body_that_stops_is_not_waited_for(world: World, size: int) -> None:
    async def stopping() -> AsyncGenerator[bytes]:
        if size:
            yield b"x" * size
        await asyncio.sleep(30)

    client = client_of(world, settings={"request_timeout_seconds": 0.1})
    headers = signed_in(world, "coder") | {"content-type": "application/json", "content-length": "100"}
    response = await client.post("/graphql", content=stopping(), headers=headers)
    assert (response.status_code, response.headers["connection"]) == (408, "close")
    assert response.json()["errors"][0]["message"] == "Nothing more of the body came for 0.1 s."


async def test_a_deed_that_waits_for_its_turn_has_the_rights_of_when_it_begins(world: World) -> None:
    notebook, before = await world.save(), await world.rows("SELECT * FROM export")
    publish = "mutation($id: ID!) { publishNotebook(input: {notebookId: $id}) { export { id } errors { message } } }"
    async with world.application.parts.database.writing() as session:
        await session.execute(text(TAKE_CODE), {"id": world.ids["coder"]})
        waiting = asyncio.create_task(world.run("coder", publish, id=notebook))
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        assert done == set(), "the deed must wait for the transaction, else this proves nothing"
    answer = await waiting
    assert answer["data"] == {"publishNotebook": None}
    assert answer["errors"][0]["extensions"] == {"code": "FORBIDDEN", "requires": ["WRITE_SAFE_CODE"]}
    assert await world.rows("SELECT * FROM export") == before


async def test_a_deed_whose_tokens_use_is_to_be_noted_does_not_wait_for_itself(world: World) -> None:
    client = client_of(world, clock=lambda: datetime.now(UTC) + timedelta(minutes=2), settings={"request_timeout_seconds": 5})

    async def create() -> dict[str, Any]:
        response = await client.post("/graphql", json={"query": CREATE}, headers=signed_in(world, "coder"))
        answer: dict[str, Any] = response.json()
        return answer

    async with world.application.parts.database.writing():  # the first look, at the request's start, finds the writer taken
        waiting = asyncio.create_task(create())
        await asyncio.wait([waiting], timeout=0.3)
    assert "errors" not in await waiting
    assert "errors" not in await create()
    [[used_at]] = await world.rows("SELECT last_used_at FROM access_token WHERE user_id = :id", id=world.ids["coder"])
    assert str(used_at) > str(datetime.now(UTC) + timedelta(minutes=1))[:19], "noted where nobody writes"


HOLD: Final = "UPDATE access_token SET name = 'held'"
NOTED: Final = "SELECT last_used_at FROM access_token WHERE user_id = :id"


async def test_no_request_waits_for_another_writer_to_note_that_its_token_was_used(world: World) -> None:
    later = datetime.now(UTC) + timedelta(minutes=2)
    client, headers = client_of(world, clock=lambda: later), signed_in(world, "coder")
    other = Database(world.application.parts.settings.database)
    [[before]] = await world.rows(NOTED, id=world.ids["coder"])
    async with other.writing() as session:  # what another process would have
        await session.execute(text(HOLD))
        async with asyncio.timeout(10):  # SQLite would be waited for thrice as long, PostgreSQL for ever
            for _ in range(3):
                response = await client.post("/graphql", json={"query": WHO}, headers=headers)
                assert "errors" not in response.json()
        assert await world.rows(NOTED, id=world.ids["coder"]) == [(before,)]
    await other.close()
    later += timedelta(minutes=2)
    for _ in range(2):
        await client.post("/graphql", json={"query": WHO}, headers=headers)
    [[used_at]] = await world.rows(NOTED, id=world.ids["coder"])
    assert str(used_at)[:16] == str(later)[:16], "noted once nobody is in the way"


async def test_what_is_known_of_a_viewer_costs_nothing_until_something_changes(world: World) -> None:
    await world.ok("coder", WHO)
    looked_up: list[str] = []

    def note(*given: Any) -> None:  # noqa: ANN401  as SQLAlchemy calls it
        looked_up.extend(mark for mark in WHO_ASKS if mark in " ".join(given[2].split()))

    engine = world.application.parts.database.engine.sync_engine
    listen(engine, "before_cursor_execute", note)
    first = await world.ok("coder", WHO)
    assert looked_up == []
    await change(world, TAKE_CODE, "coder")
    looked_up.clear()
    with statements(world) as seen:
        second = await world.ok("coder", WHO)
    remove(engine, "before_cursor_execute", note)
    assert looked_up == ["FROM access_token WHERE", "FROM global_grant WHERE"]
    assert (len(seen), first == second) == (1, False)


async def test_another_persons_token_is_never_taken_for_ones_own(world: World) -> None:
    for _ in range(2):
        for who in ("coder", "analyst", "admin"):
            assert (await world.ok(who, "{ viewer { user { login } } }"))["viewer"]["user"]["login"] == who
