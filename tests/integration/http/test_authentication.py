"""Who a token names; a wrong one executes nothing, ended ones end with the next request."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2
import pytest
from sqlalchemy import text

from server.auth.tokens import make_token
from server.domain.grants import TokenScope
from tests.fixtures.world import World
from tests.integration.http.serving import Clock, client_of, signed_in

NO_TOKEN: Final = "The header Authorization holds no token: send `Bearer TOKEN`, or no such header."
WHO: Final = {"query": "{ viewer { user { login } } }"}
CREATE: Final = {"query": 'mutation { createProject(input: {key: "NEW", name: "New"}) { project { id } } }'}


async def asked(client: httpx2.AsyncClient, authorization: str | None, body: dict[str, str] = WHO) -> httpx2.Response:
    return await client.post("/graphql", json=body, headers={} if authorization is None else {"authorization": authorization})


def refused(response: httpx2.Response, message: str = "The access token is unknown, expired or revoked: send another, or none.") -> None:
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    answer: dict[str, Any] = response.json()
    assert answer == {
        "errors": [
            {
                "message": message,
                "extensions": {"code": "UNAUTHENTICATED"},
            }
        ]
    }


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_token_signs_its_user_in(world: World, scheme: str) -> None:
    response = await asked(world.client, f"{scheme} {world.tokens['analyst']}")
    assert response.json() == {"data": {"viewer": {"user": {"login": "analyst"}}}}


async def test_whoever_sends_none_is_nobody(world: World) -> None:
    assert (await asked(world.client, None)).json() == {"data": {"viewer": None}}


async def test_a_wrong_token_executes_nothing(world: World) -> None:
    before, good = await world.state(), world.tokens["admin"]
    basic = "Basic YWRtaW46YWRtaW4="
    wrong = [good, f"Token {good}", basic, f"Basic {good}", f"Bearer {good[:-1]}", f"Bearer {good}x"]
    mistyped = good.replace(good[10], "A" if good[10] != "A" else "B", 1)
    wrong += [f"Bearer {make_token()}", f"Bearer {mistyped}", "Bearer nbi_", f"Bearer {good} {good}"]
    for authorization in wrong:
        refused(await asked(world.client, authorization, CREATE))
        refused(await asked(world.client, authorization))
    refused(await world.client.get("/graphql", params=WHO, headers={"authorization": basic}))
    assert await world.state() == before
    assert await world.events() == [(None, "signIn", "DENIED")] * 2, "one a minute for each reason"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "bearer   "])
async def test_a_header_without_a_token_is_told_so_and_executes_nothing(world: World, authorization: str) -> None:
    before = await world.state()
    for body in (CREATE, WHO):
        refused(
            await asked(world.client, authorization, body),
            NO_TOKEN,
        )
    assert await world.state() == before
    assert await world.events() == [(None, "signIn", "DENIED")]


async def test_a_wrong_token_is_refused_before_its_body_is_looked_at(world: World) -> None:
    response = await world.client.post("/graphql", content=b"{", headers={"authorization": "Bearer x", "content-type": "text/plain"})
    refused(response)


async def test_a_revoked_token_ends_with_the_next_request(world: World) -> None:
    authorization = signed_in(world, "analyst")["authorization"]
    assert (await asked(world.client, authorization)).status_code == 200
    listed = await world.ok("analyst", "{ viewer { accessTokens { id } } }")
    [token] = listed["viewer"]["accessTokens"]
    revoke = "mutation($id: ID!) { revokeAccessToken(input: {accessTokenId: $id}) { revokedAccessTokenId errors { message } } }"
    await world.ok("admin", revoke, id=token["id"])
    refused(await asked(world.client, authorization))


async def test_a_deactivated_user_is_signed_out(world: World) -> None:
    async with world.application.parts.database.writing() as session:
        await session.execute(text("UPDATE user_account SET active = false WHERE login = 'analyst'"))
    refused(await asked(world.client, signed_in(world, "analyst")["authorization"]))
    assert (await asked(world.client, signed_in(world, "writer")["authorization"])).status_code == 200


async def test_a_token_ends_when_it_expires(world: World) -> None:
    clock = Clock(datetime.now(UTC))
    client = client_of(world, clock=clock)
    expires = (clock.now + timedelta(minutes=10)).isoformat()
    made = await client.post(
        "/graphql",
        json={
            "query": 'mutation($at: DateTime) { createAccessToken(input: {name: "short", expiresAt: $at}) { token errors { message } } }',
            "variables": {"at": expires},
        },
        headers=signed_in(world, "analyst"),
    )
    authorization = f"Bearer {made.json()['data']['createAccessToken']['token']}"
    clock.move(minutes=9, seconds=59)
    assert (await asked(client, authorization)).json() == {"data": {"viewer": {"user": {"login": "analyst"}}}}
    clock.move(seconds=2)
    refused(await asked(client, authorization))
    assert (await asked(client, signed_in(world, "analyst")["authorization"])).status_code == 200


async def test_a_reading_token_changes_nothing(world: World) -> None:
    world.tokens["admin"] = await world.token(world.ids["admin"], TokenScope.READ)
    before = await world.state()
    error = await world.refused("admin", CREATE["query"])
    assert error["extensions"] == {"code": "FORBIDDEN", "requires": ["TOKEN_SCOPE_WRITE"]}
    assert await world.state() == before
    assert (await world.ok("admin", WHO["query"]))["viewer"] == {"user": {"login": "admin"}}


async def test_use_of_a_token_is_noted_to_the_minute(world: World) -> None:
    clock = Clock(datetime.now(UTC))
    client, last_used = client_of(world, clock=clock), {"query": "{ viewer { accessTokens { lastUsedAt } } }"}
    seen = []
    for seconds in (0, 59, 61):
        clock.move(seconds=seconds)
        response = await asked(client, signed_in(world, "analyst")["authorization"], last_used)
        seen.append(datetime.fromisoformat(response.json()["data"]["viewer"]["accessTokens"][0]["lastUsedAt"]))
    assert seen[0] == seen[1]
    assert seen[2] == clock.now
