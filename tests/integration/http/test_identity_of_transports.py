"""The same tokens by every way in: forms with files, WebSockets, event streams, content. None lets in whom another refuses."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2
import pytest
from joserfc.jwk import RSAKey

from server.auth.foreign import ForeignUsers
from server.domain.grants import TokenScope
from server.domain.ids import new_id
from tests.fixtures import make
from tests.fixtures.listening import calling, hearing, listening
from tests.fixtures.world import World
from tests.integration.http.issuing import FakeIssuer, jwts
from tests.integration.http.serving import app_of

WHO: Final = "{ viewer { user { login } } }"
SAVE: Final = """mutation($file: Upload) { saveNotebook(input: {projectKey: "SALES", name: "sent", file: $file}) {
    notebook { name } errors { message } } }"""
CREATE: Final = 'mutation { createProject(input: {key: "NEW", name: "New"}) { project { key } errors { message } } }'
NOW: Final = datetime.now(UTC)
ISSUER: Final = FakeIssuer()
FORGER: Final = FakeIssuer(key=RSAKey.generate_key(2048, {"kid": "first"}))
STRANGER: Final = FakeIssuer(address="https://another.example")
WRONG: Final = {
    "forged": f"Bearer {FORGER.token(NOW)}",
    "expired": f"Bearer {ISSUER.token(NOW - timedelta(hours=1))}",
    "of another issuer": f"Bearer {STRANGER.token(NOW)}",
    "for another service": f"Bearer {ISSUER.token(NOW, aud='another')}",
    "without a signature": f"Bearer {ISSUER.token(NOW).rpartition('.')[0]}.",
    "an access token that is none": "Bearer nbi_wrong",
    "empty": "",
    "a scheme alone": "Bearer",
    "of another scheme": "Basic YWRtaW46YWRtaW4=",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here depends on the database."""
    return sqlite_url


@asynccontextmanager
async def serving(world: World) -> AsyncGenerator[str]:
    """Serve a world that believes one issuer; yield host and port."""
    users = ForeignUsers(world.application.parts.database, lambda: datetime.now(UTC), new_id)
    async with listening(app_of(world, providers=[jwts([ISSUER], users, lambda: datetime.now(UTC))])) as address:
        yield address


async def sent(address: str, authorizations: list[str], query: str = CREATE, *, file: bool = False) -> httpx2.Response:
    """Send an operation with so many headers; as a form with a file if wanted."""
    headers = [("authorization", value) for value in authorizations] + [("graphql-require-preflight", "1")]
    given: dict[str, Any] = {"json": {"query": query}}
    if file:
        fields = {"operations": json.dumps({"query": query, "variables": {"file": None}}), "map": json.dumps({"0": ["variables.file"]})}
        given = {"data": fields, "files": {"0": ("sent.ipynb", make.dump(make.notebook(make.code("1"))))}}
    async with httpx2.AsyncClient(timeout=20) as client:
        return await client.post(f"http://{address}/graphql", headers=headers, **given)


@pytest.mark.parametrize("kind", WRONG)
async def test_a_wrong_token_is_refused_by_every_way_in(world: World, kind: str) -> None:
    authorization, before = WRONG[kind], await world.rows("SELECT * FROM user_account")
    async with serving(world) as address:
        for file in (False, True):
            answer = await sent(address, [authorization], SAVE if file else CREATE, file=file)
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]) == (401, {"code": "UNAUTHENTICATED"})
        async with hearing(address, WHO, authorization=authorization) as events:
            assert events.response.status_code == 401
        async with calling(address) as line:
            await line.send(type="connection_init", payload={"Authorization": authorization})
            assert await line.closed() == (4403, "Forbidden")
        async with calling(address, authorization=authorization) as line:
            await line.send(type="connection_init")
            assert await line.closed() == (4403, "Forbidden")
    assert await world.rows("SELECT * FROM user_account") == before
    assert await world.rows("SELECT * FROM notebook") == await world.rows("SELECT * FROM project WHERE key = 'NEW'") == []


async def test_two_authorizations_are_one_too_many_whichever_comes_first(world: World) -> None:
    good = [f"Bearer {world.tokens['admin']}", f"Bearer {ISSUER.token(NOW)}"]
    async with serving(world) as address:
        for pair in (good, good[::-1], [good[0], good[0]], [good[0], ""], ["", good[0]], [good[0], WRONG["forged"]]):
            answer = await sent(address, pair)
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]) == (401, {"code": "UNAUTHENTICATED"}), pair
    assert await world.rows("SELECT * FROM project WHERE key = 'NEW'") == []


async def test_no_cookie_and_no_word_of_the_address_signs_in(world: World) -> None:
    token = world.tokens["admin"]
    async with serving(world) as address, httpx2.AsyncClient() as client:
        cookies = "; ".join(f"{name}={token}" for name in ("token", "Authorization", "session", "session"))
        for query in ("", f"?access_token={token}&token={token}&authorization=Bearer%20{token}"):
            answer = await client.post(f"http://{address}/graphql{query}", json={"query": WHO}, headers={"cookie": cookies})
            assert answer.json() == {"data": {"viewer": None}}


async def test_a_token_that_reads_changes_nothing_by_any_way_in(world: World) -> None:
    """Neither one of ours, nor a JWT without the scope that writes."""
    reading = f"Bearer {await world.token(world.ids['admin'], TokenScope.READ)}"
    before = await world.rows("SELECT * FROM project"), await world.rows("SELECT * FROM notebook")
    refused = {"code": "FORBIDDEN", "requires": ["TOKEN_SCOPE_WRITE"]}
    async with serving(world) as address:
        assert (await sent(address, [reading])).json()["errors"][0]["extensions"] == refused
        by_form = (await sent(address, [reading], SAVE, file=True)).json()["errors"][0]["extensions"]
        assert by_form["code"] == "FORBIDDEN"
        assert "TOKEN_SCOPE_WRITE" in by_form["requires"]
        async with hearing(address, CREATE, authorization=reading) as events:
            name, event = await events.next()
            assert (name, event["errors"][0]["extensions"]) == ("next", refused)
        for in_header, in_init in ((reading, None), (None, reading)):
            async with calling(address, authorization=in_header) as line:
                await line.init(in_init)
                assert (await line.answer("1", CREATE))["errors"][0]["extensions"] == refused
                assert (await line.answer("2", WHO)) == {"data": {"viewer": {"user": {"login": "admin"}}}}
        async with httpx2.AsyncClient() as client:
            answer = await client.get(f"http://{address}/graphql", params={"query": CREATE}, headers={"authorization": reading})
            assert answer.status_code == 405
    assert (await world.rows("SELECT * FROM project"), await world.rows("SELECT * FROM notebook")) == before


async def test_whoever_is_deactivated_is_out_by_every_way_in(world: World) -> None:
    made = await world.publish(await world.save(), world.ids["SALES dashboard"])
    authorization = f"Bearer {world.tokens['analyst']}"
    query = f'{{ export(id: "{made["export"]}") {{ rendering {{ url }} }} }}'
    async with serving(world) as address, calling(address) as line:
        url = (await sent(address, [authorization], query)).json()["data"]["export"]["rendering"]["url"]
        await line.init(authorization)
        async with httpx2.AsyncClient() as client:
            assert (await client.get(f"http://{address}{url}")).status_code == 200
            await world.ok("admin", 'mutation { deactivateUser(input: {login: "analyst"}) { errors { message } } }')
            assert (await client.get(f"http://{address}{url}")).status_code == 404
            assert (await client.head(f"http://{address}{url}")).status_code == 404
        for file in (False, True):
            assert (await sent(address, [authorization], SAVE if file else CREATE, file=file)).status_code == 401
        async with hearing(address, WHO, authorization=authorization) as events:
            assert events.response.status_code == 401
        await line.ask("1", WHO)
        assert await line.closed() == (4403, "Forbidden")
        async with calling(address) as again:
            await again.send(type="connection_init", payload={"Authorization": authorization})
            assert await again.closed() == (4403, "Forbidden")
