"""Rights are looked up at each hit of an address: what ends them ends the address, and nothing tells why."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen, remove

from server.db.session import Database
from tests.fixtures.world import SECRET, World
from tests.integration.http.serving import Clock, client_of, signed_in

TILE: Final = "query($id: ID!) { node(id: $id) { ... on InsightTile { rendering { url codeIncluded } } } }"
EXPORT: Final = "query($id: ID!, $code: Boolean!) { export(id: $id) { rendering(showCode: $code) { url } } }"
Ids = dict[str, str]
Deed = Callable[[World, Ids], Awaitable[None]]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database; here on both, as SQL decides."""
    return str(request.getfixturevalue(f"{request.param}_url"))


async def set_up(world: World) -> Ids:
    """Publish a notebook with its code shown by a tile, open to dashboard readers."""
    notebook = await world.save()
    made = await world.publish(notebook, world.ids["SALES dashboard"], show_code=True)
    await world.authorize(notebook)
    return {"notebook": notebook, "export": made["export"], "insight": made["insight"], "tile": made["tiles"][0]}


async def through_tile(world: World, ids: Ids, who: str = "dash_reader") -> str:
    """Return the address that the tile gives, which holds the code."""
    rendering = (await world.ok(who, TILE, id=ids["tile"]))["node"]["rendering"]
    assert rendering["codeIncluded"] is True
    return str(rendering["url"])


async def direct(world: World, ids: Ids, who: str = "dash_reader", *, code: bool = False) -> str:
    """Return the address that the export gives."""
    return str((await world.ok(who, EXPORT, id=ids["export"], code=code))["export"]["rendering"]["url"])


def mutation(who: str, body: str) -> Deed:
    """Make a deed of a mutation's text, with ids by name in it."""

    async def do(world: World, ids: Ids) -> None:
        query = body
        for name, id_ in ids.items():
            query = query.replace(f"${name}", f'"{id_}"')
        await world.ok(who, f"mutation {{ {query} {{ errors {{ message }} }} }}")

    return do


def sql(*statements: str) -> Deed:
    """Make a deed that no mutation does yet."""

    async def do(world: World, ids: Ids) -> None:
        async with world.application.parts.database.writing() as session:
            for statement in statements:
                await session.execute(text(statement), {name: id_ for name, id_ in ids.items() if f":{name}" in statement})

    return do


async def revoke_token(world: World, ids: Ids) -> None:
    """End the token that the address was made with."""
    del ids
    [token] = (await world.ok("dash_reader", "{ viewer { accessTokens { id } } }"))["viewer"]["accessTokens"]
    await mutation("admin", "revokeAccessToken(input: {accessTokenId: $token})")(world, {"token": token["id"]})


ENDS_ALL: Final[dict[str, Deed]] = {
    "the token is revoked": revoke_token,
    "the token expires": sql("UPDATE access_token SET expires_at = '2020-01-01 00:00:00+00:00'"),
    "the user is deactivated": mutation("admin", 'deactivateUser(input: {login: "dash_reader"})'),
    "the grant is taken away": mutation(
        "owner", 'setProjectPermissions(input: {projectKey: "SALES", userLogin: "dash_reader", permissions: []})'
    ),
    "the authorization is revoked": mutation("admin", "revokeAuthorization(input: {notebookId: $notebook})"),
    "the export is deleted": sql("DELETE FROM export WHERE id = :export"),
}
ENDS_CODE: Final[dict[str, Deed]] = {
    "the tile shows no code any more": mutation("dash_writer", "updateTile(input: {tileId: $tile, showCode: false})"),
    "the tile is removed": sql("DELETE FROM tile WHERE id = :tile"),
    "the insight is deleted": sql("UPDATE tile SET insight_id = NULL WHERE id = :tile"),
    "the insight shows another export": mutation("coder", "createExport(input: {notebookId: $notebook})"),
    "the authorization exposes no code": mutation("admin", "authorizeNotebook(input: {notebookId: $notebook, codeExposure: NEVER})"),
}


async def gone(world: World, url: str) -> None:
    """Check that an address answers as one that never was, whatever is asked of it."""
    never = await world.client.get("/content/never")
    for headers in ({}, {"if-none-match": "*"}, {"range": "bytes=0-10"}):
        response = await world.client.get(url, headers=headers)
        assert (response.status_code, response.content, response.headers) == (404, never.content, never.headers)
    head = await world.client.head(url)
    assert (head.status_code, head.headers) == (404, never.headers)


@pytest.mark.parametrize("deed", ENDS_ALL.values(), ids=ENDS_ALL)
async def test_whatever_ends_the_right_ends_every_address(world: World, deed: Deed) -> None:
    ids = await set_up(world)
    urls = [await through_tile(world, ids), await direct(world, ids)]
    for url in urls:
        assert (await world.client.get(url)).status_code == 200
    await deed(world, ids)
    for url in urls:
        await gone(world, url)


@pytest.mark.parametrize("deed", ENDS_CODE.values(), ids=ENDS_CODE)
async def test_whatever_ends_the_tiles_code_ends_its_address_and_no_other(world: World, deed: Deed) -> None:
    ids = await set_up(world)
    with_code, without = await through_tile(world, ids), await direct(world, ids)
    assert SECRET in (await world.client.get(with_code)).text
    await deed(world, ids)
    await gone(world, with_code)
    response = await world.client.get(without)
    assert response.status_code == 200
    assert SECRET not in response.text


async def test_code_exposed_always_ends_with_the_exposure(world: World) -> None:
    ids = await set_up(world)
    await world.authorize(ids["notebook"], "ALWAYS")
    url = await direct(world, ids, code=True)
    assert SECRET in (await world.client.get(url)).text
    await world.authorize(ids["notebook"], "TILES")
    await gone(world, url)
    assert SECRET in (await world.client.get(await through_tile(world, ids))).text


async def test_an_address_is_its_viewers_own(world: World) -> None:
    """Two viewers with the same rights get two addresses; each ends with its own viewer."""
    ids = await set_up(world)
    theirs, others = await direct(world, ids), await direct(world, ids, "dash_writer")
    assert theirs != others
    await ENDS_ALL["the user is deactivated"](world, ids)
    await gone(world, theirs)
    assert (await world.client.get(others)).status_code == 200


async def test_a_header_adds_nothing_to_an_address_and_takes_nothing_away(world: World) -> None:
    ids = await set_up(world)
    url = await direct(world, ids)
    for authorization in ("Bearer wrong", f"Bearer {world.tokens['stranger']}"):
        assert (await world.client.get(url, headers={"authorization": authorization})).status_code == 200
    await ENDS_ALL["the token is revoked"](world, ids)
    response = await world.client.get(url, headers={"authorization": f"Bearer {world.tokens['admin']}"})
    assert response.status_code == 404


async def test_a_hidden_export_costs_what_a_deleted_one_costs(world: World) -> None:
    ids = await set_up(world)
    url = await direct(world, ids)
    await ENDS_ALL["the authorization is revoked"](world, ids)
    hidden = await world.client.get(url)
    await ENDS_ALL["the export is deleted"](world, ids)
    absent = await world.client.get(url)
    assert (hidden.status_code, hidden.content, hidden.headers) == (absent.status_code, absent.content, absent.headers)


@pytest.fixture
def statements(world: World) -> Iterator[list[str]]:
    """What the server asks its database, but for whether anything has changed."""
    seen: list[str] = []
    engine = world.application.parts.database.engine.sync_engine

    def note(*given: Any) -> None:  # noqa: ANN401  as SQLAlchemy calls it
        if "pg_current_snapshot" not in given[2] and given[2].startswith(("SELECT", "UPDATE")):
            seen.append(given[2])

    listen(engine, "before_cursor_execute", note)
    yield seen
    remove(engine, "before_cursor_execute", note)


async def test_rights_are_looked_up_once_while_nothing_changes_and_again_after_any_commit(
    world: World, database_url: str, statements: list[str]
) -> None:
    ids = await set_up(world)
    url = await through_tile(world, ids)
    async with asyncio.timeout(20):  # the first one writes, soon after its answer, that it was rendered
        while True:
            statements.clear()
            assert (await world.client.get(url)).status_code == 200
            if not statements:
                break
    other = Database(database_url)  # as another process has it
    async with other.writing() as session:
        await session.execute(text("UPDATE project SET name = 'Other'"))
    assert (await world.client.get(url)).status_code == 200
    assert statements != []
    async with other.writing() as session:
        await session.execute(text("UPDATE user_account SET active = false WHERE login = 'dash_reader'"))
    await other.close()
    await gone(world, url)


async def test_a_token_that_ends_by_time_alone_ends_its_address(world: World) -> None:
    ids = await set_up(world)
    clock = Clock(datetime.fromtimestamp(1_900_000_000, UTC))
    async with world.application.parts.database.writing() as session:
        statement = "UPDATE access_token SET expires_at = '2030-03-17 17:46:45+00:00', last_used_at = '2030-03-17 17:46:40+00:00'"
        await session.execute(text(statement))
    client = client_of(world, clock=clock)
    body = {"query": EXPORT, "variables": {"id": ids["export"], "code": False}}
    url = (await client.post("/graphql", json=body, headers=signed_in(world, "dash_reader"))).json()["data"]["export"]["rendering"]["url"]
    assert (await client.get(url)).status_code == 200
    clock.move(seconds=4.9)
    assert (await client.get(url)).status_code == 200
    clock.move(seconds=0.1)
    assert (await client.get(url)).status_code == 404


@pytest.mark.parametrize("busy", [False, True])
async def test_reading_an_address_again_and_again_is_using_its_token(world: World, busy: bool) -> None:  # noqa: FBT001  as pytest gives it
    """Also where something else changes between any two reads, so that who reads is looked up each time."""
    ids = await set_up(world)
    clock = Clock(datetime.fromtimestamp(1_900_000_050, UTC))
    client = client_of(world, clock=clock)
    body = {"query": EXPORT, "variables": {"id": ids["export"], "code": False}}
    url = (await client.post("/graphql", json=body, headers=signed_in(world, "dash_reader"))).json()["data"]["export"]["rendering"]["url"]
    assert (await client.get(url)).status_code == 200
    used = "SELECT last_used_at FROM access_token WHERE user_id = :id"
    first = await world.rows(used, id=world.ids["dash_reader"])
    for _ in range(16):
        clock.move(seconds=5)
        if busy:
            await sql("UPDATE dashboard SET version = version + 1")(world, ids)
        assert (await client.get(url)).status_code == 200
    assert await world.rows(used, id=world.ids["dash_reader"]) != first
