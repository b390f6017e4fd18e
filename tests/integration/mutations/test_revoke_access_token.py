"""revokeAccessToken. Rule 28: it takes hold on the next request, content addresses included."""

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import ask, bad_ids, check_faults, do, fault_in, forbidden, token_for_reading

FIELD = "revokeAccessToken"
ME = "query { viewer { accessTokens { name } } }"
URL = "query($id: ID!) { export(id: $id) { rendering { url } } }"


async def issue(world: World, who: str, name: str = "laptop") -> tuple[str, str]:
    """Make a token; return what to ask with, and its id."""
    made = await do(world, who, "createAccessToken", name=name, scope="WRITE")
    world.tokens[f"{who}:{name}"] = made["token"]
    return f"{who}:{name}", made["accessToken"]["id"]


async def status(world: World, who: str) -> int:
    headers = {"authorization": f"Bearer {world.tokens[who]}"}
    return (await world.client.post("/graphql", json={"query": ME}, headers=headers)).status_code


async def test_a_revoked_token_is_unknown_on_the_next_request_and_so_is_what_it_signed(world: World) -> None:
    notebook = await world.save()
    export = (await world.publish(notebook))["export"]
    laptop, token_id = await issue(world, "coder")
    mine = (await world.ok(laptop, URL, id=export))["export"]["rendering"]["url"]
    other = (await world.ok("coder", URL, id=export))["export"]["rendering"]["url"]
    assert (await world.client.get(mine)).status_code == 200
    assert await do(world, "coder", FIELD, accessTokenId=token_id) == {"revokedAccessTokenId": token_id}
    assert await status(world, laptop) == 401
    assert (await world.client.get(mine)).status_code == 404
    assert await status(world, "coder") == 200
    assert (await world.client.get(other)).status_code == 200
    assert await world.ok("coder", ME) == {"viewer": {"accessTokens": [{"name": "test"}]}}
    assert await do(world, "coder", FIELD, accessTokenId=token_id) == {"revokedAccessTokenId": token_id}, "again: it is ended, as asked"


async def test_a_token_may_end_itself_and_then_does_nothing_more(world: World) -> None:
    laptop, token_id = await issue(world, "coder")
    twice = """mutation($id: ID!) { revokeAccessToken(input: {accessTokenId: $id}) { revokedAccessTokenId errors { code } }
        createAccessToken(input: {name: "escape"}) { token errors { code } } }"""
    answer = await world.run(laptop, twice, id=token_id)
    assert answer["data"] == {FIELD: {"revokedAccessTokenId": token_id, "errors": []}, "createAccessToken": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
    assert await status(world, laptop) == 401


async def test_an_administrator_ends_anybodys_token(world: World) -> None:
    laptop, token_id = await issue(world, "coder")
    await do(world, "admin", FIELD, accessTokenId=token_id)
    assert await status(world, laptop) == 401


async def test_another_users_token_does_not_exist(world: World) -> None:
    laptop, token_id = await issue(world, "coder")
    events = await world.events()
    for who in ("stranger", "writer", "project_admin", "owner"):
        hidden = fault_in(await ask(world, who, FIELD, {"accessTokenId": token_id}), FIELD)
        absent = fault_in(await ask(world, who, FIELD, {"accessTokenId": "k" + token_id[:0:-1].replace("v", "0")[:25] + "0"}), FIELD)
        assert hidden == absent
        assert hidden["__typename"] == "NotFound"
    assert await world.events() == events
    assert await status(world, laptop) == 200


async def test_a_token_that_may_only_read_ends_none(world: World) -> None:
    laptop, token_id = await issue(world, "coder")
    reading = await token_for_reading(world, "coder")
    assert await forbidden(world, reading, FIELD, accessTokenId=token_id) == ["TOKEN_SCOPE_WRITE"]
    assert await status(world, laptop) == 200


async def test_what_is_no_token_is_not_found(world: World) -> None:
    cases = bad_ids("accessTokenId", Kind.ACCESS_TOKEN, world.ids["coder"], world.tokens["coder"])
    await check_faults(world, "admin", FIELD, {}, *cases)
