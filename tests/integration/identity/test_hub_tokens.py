"""Tokens of a JupyterHub: whose they are is what the Hub says, asked seldom and about few at a time."""

import asyncio
import gzip
from typing import Any, Final

import pytest
from sqlalchemy import text
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from server.auth.tokens import make_token
from tests.fixtures.hub import SmallHub
from tests.integration.http.test_authentication import refused
from tests.integration.identity.conftest import GRANT, PROJECT, Vouched

ANA: Final = "anas-token-of-the-hub"
MAKE_TOKEN: Final = 'mutation { createAccessToken(input: {name: "mine", scope: READ}) { token errors { message field } } }'
AWAY: Final = "Who sends this cannot be looked up now, as those who would know do not answer: try again soon."


async def is_away(beside: Vouched, authorization: str) -> None:
    """Assert that who asks is not known, and that nobody says the token is wrong."""
    response = await beside.ask(authorization)
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.json() == {"errors": [{"message": AWAY, "extensions": {"code": "UNAUTHENTICATED"}}]}


async def test_a_token_signs_its_holder_in_with_the_groups_of_the_hub(beside: Vouched, hub: SmallHub) -> None:
    authorization = hub.give(ANA, "ana", "analysts", "all")
    assert await beside.data(authorization) == {"viewer": {"user": {"login": "ana", "displayName": "ana"}}}
    assert await beside.groups("ana") == ["hub:all", "hub:analysts"]


async def test_the_hubs_own_word_for_bearer_is_understood(beside: Vouched, hub: SmallHub) -> None:
    hub.give(ANA, "ana")
    assert await beside.login(f"token {ANA}") == "ana"


@pytest.mark.parametrize("scope", ["access:services", "access:services!service=nbinsight"])
async def test_either_scope_of_this_service_will_do(beside: Vouched, hub: SmallHub, scope: str) -> None:
    assert await beside.login(hub.give(ANA, "ana", scopes=("read:users:name!user=ana", scope))) == "ana"


@pytest.mark.parametrize(
    "scopes",
    [(), ("access:servers!user=ana",), ("access:services!service=other",), ("access:services!service=nbinsight2",), ("admin:users",)],
)
async def test_a_token_without_a_scope_of_this_service_is_nobodys(beside: Vouched, hub: SmallHub, scopes: tuple[str, ...]) -> None:
    authorization = hub.give(ANA, "ana", scopes=scopes)
    refused(await beside.ask(authorization))
    refused(await beside.ask(authorization))
    assert hub.asked == [ANA]
    assert await beside.world.rows("SELECT login FROM user_account WHERE login = 'ana'") == []


@pytest.mark.parametrize(
    "model",
    [
        {"kind": "service", "name": "robot", "scopes": ["access:services"]},
        {"kind": "user", "name": None, "scopes": ["access:services"]},
        {"kind": "user", "name": "", "scopes": ["access:services"]},
        {"kind": "user", "name": "a\nb", "scopes": ["access:services"]},
        {"kind": "user", "name": "ana", "scopes": "access:services"},
        {"kind": "user", "name": "ana"},
        {"name": "ana", "scopes": ["access:services"]},
        {},
    ],
)
async def test_whoever_is_no_person_is_nobody(beside: Vouched, hub: SmallHub, model: Any) -> None:  # noqa: ANN401  any JSON
    hub.holders[ANA] = model
    before = await beside.world.state()
    refused(await beside.ask(f"Bearer {ANA}"))
    assert await beside.world.state() == before


@pytest.mark.parametrize("groups", [None, "all", 1, {"a": 1}])
async def test_groups_of_another_shape_are_none(beside: Vouched, hub: SmallHub, groups: object) -> None:
    hub.holders[ANA] = {"kind": "user", "name": "ana", "scopes": ["access:services"], "groups": groups}
    assert await beside.login(f"Bearer {ANA}") == "ana"
    assert await beside.groups("ana") == []


async def test_a_name_that_is_taken_here_is_not_joined(beside: Vouched, hub: SmallHub) -> None:
    assert await beside.login(hub.give(ANA, "admin")) == "admin@hub"
    assert await beside.login(hub.give("anothers-token", "analyst")) == "analyst@hub"
    assert (await beside.data(f"Bearer {ANA}", PROJECT)) == {"project": None}


async def test_the_hub_is_asked_once_a_minute(beside: Vouched, hub: SmallHub) -> None:
    authorization = hub.give(ANA, "ana")
    for _ in range(3):
        await beside.login(authorization)
    beside.clock.move(seconds=59)
    await beside.login(authorization)
    assert hub.asked == [ANA]
    beside.clock.move(seconds=1)
    await beside.login(authorization)
    assert hub.asked == [ANA, ANA]


async def test_a_revoked_token_ends_within_a_minute(beside: Vouched, hub: SmallHub) -> None:
    authorization = hub.give(ANA, "ana")
    await beside.login(authorization)
    hub.holders.clear()
    beside.clock.move(seconds=60)
    refused(await beside.ask(authorization))


async def test_who_leaves_a_group_of_the_hub_loses_its_rights_within_a_minute(beside: Vouched, hub: SmallHub) -> None:
    authorization = hub.give(ANA, "ana", "analysts")
    await beside.login(authorization)
    await beside.world.ok("admin", GRANT, group="hub:analysts")
    assert await beside.data(authorization, PROJECT) == {"project": {"key": "SALES"}}
    hub.give(ANA, "ana", "visitors")
    beside.clock.move(seconds=60)
    assert await beside.data(authorization, PROJECT) == {"project": None}
    assert await beside.groups("ana") == ["hub:visitors"]


async def test_who_is_deactivated_here_is_out_with_the_next_request(beside: Vouched, hub: SmallHub) -> None:
    authorization = hub.give(ANA, "ana")
    await beside.login(authorization)
    async with beside.world.application.parts.database.writing() as session:
        await session.execute(text("UPDATE user_account SET active = false WHERE login = 'ana'"))
    refused(await beside.ask(authorization))


async def test_where_the_hub_is_away_those_it_knew_go_on_for_a_minute(beside: Vouched, hub: SmallHub) -> None:
    authorization = hub.give(ANA, "ana")
    await beside.login(authorization)
    hub.instead = PlainTextResponse("", 503)
    await is_away(beside, "Bearer another-token")
    beside.clock.move(seconds=59)
    assert await beside.login(authorization) == "ana"
    beside.clock.move(seconds=1)
    await is_away(beside, authorization)
    hub.instead = None
    assert await beside.login(authorization) == "ana"


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("", 500),
        PlainTextResponse("", 429),
        PlainTextResponse("no such page", 404),
        RedirectResponse("/hub/login"),
        PlainTextResponse("<html>"),
        JSONResponse([{"kind": "user", "name": "ana", "scopes": ["access:services"]}]),
        JSONResponse({"kind": "user", "name": "ana", "scopes": ["access:services"], "more": "x" * 256 * 1024}),
        Response(gzip.compress(b'{"kind": "user", "name": "ana", "scopes": ["access:services"]}'), headers={"content-encoding": "gzip"}),
    ],
    ids=["fault", "busy", "elsewhere", "redirect", "page", "list", "large", "packed"],
)
async def test_what_is_no_answer_of_a_hub_says_nothing_of_a_token(beside: Vouched, hub: SmallHub, answer: Response) -> None:
    hub.give(ANA, "ana")
    hub.instead = answer
    await is_away(beside, f"Bearer {ANA}")


async def test_a_wrong_token_is_not_asked_about_again_for_5_seconds(beside: Vouched, hub: SmallHub) -> None:
    for _ in range(3):
        refused(await beside.ask("Bearer nobodys-token"))
    beside.clock.move(seconds=4.9)
    refused(await beside.ask("Bearer nobodys-token"))
    assert hub.asked == ["nobodys-token"]
    beside.clock.move(seconds=0.1)
    hub.give("nobodys-token", "ana")
    assert await beside.login("Bearer nobodys-token") == "ana"


async def test_of_one_token_that_many_send_at_once_the_hub_hears_once(beside: Vouched, hub: SmallHub) -> None:
    hub.answers.clear()
    asked = [asyncio.create_task(beside.ask("Bearer nobodys-token")) for _ in range(20)]
    await _until(lambda: hub.at_once == 1)
    hub.answers.set()
    for response in await asyncio.gather(*asked):
        refused(response)
    assert hub.asked == ["nobodys-token"]


async def test_a_flood_of_unknown_tokens_reaches_the_hub_8_at_a_time_and_holds_up_nobody_at_work(beside: Vouched, hub: SmallHub) -> None:
    authorization = hub.give(ANA, "ana")
    await beside.login(authorization)
    beside.clock.move(seconds=60)
    hub.answers.clear()
    flood = [asyncio.create_task(beside.ask(f"Bearer nobodys-token-{number}")) for number in range(100)]
    await _until(lambda: hub.at_once == 8 and sum(asked.done() for asked in flood) == 36)
    assert {(asked.result().status_code, asked.result().headers["retry-after"]) for asked in flood if asked.done()} == {(503, "1")}
    renewed = asyncio.create_task(beside.login(authorization))
    await _until(lambda: hub.asked[-1] == ANA)
    hub.answers.set()
    assert await renewed == "ana"
    assert sorted(response.status_code for response in await asyncio.gather(*flood)) == [401] * 64 + [503] * 36
    assert hub.most == 9


async def _until(is_so: Any) -> None:  # noqa: ANN401  a function of nothing
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110  it is others that change it
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "token",
    [
        make_token(),
        make_token()[:-1] + "x",
        "nbi_" + "a" * 30,
        "aaaaaaaa.bbbbbbbb.cccccccc",
        "a.b.c",
        "short",
        "x" * 257,
        "white space",
        "ä" * 9,
    ],
    ids=["ours", "mistyped", "ours-like", "jwt", "small-jwt", "short", "long", "white", "not-ascii"],
)
async def test_what_is_no_token_of_a_hub_is_never_sent_there(beside: Vouched, hub: SmallHub, token: str) -> None:
    hub.give(token, "ana")
    for scheme in ("Bearer", "token"):
        async with beside.client() as client:
            headers = {b"authorization": f"{scheme} {token}".encode()}
            refused(await client.post("/graphql", json={"query": "{ __typename }"}, headers=headers))
    assert hub.asked == []


async def test_a_token_of_ours_works_beside_a_hub_and_is_not_shown_to_it(beside: Vouched, hub: SmallHub) -> None:
    assert await beside.login(f"Bearer {beside.world.tokens['analyst']}") == "analyst"
    assert hub.asked == []


async def test_the_log_has_nothing_of_a_token(beside: Vouched, hub: SmallHub, capfd: pytest.CaptureFixture[str]) -> None:
    await beside.login(hub.give(ANA, "ana"))
    hub.instead = PlainTextResponse("", 500)
    await is_away(beside, "Bearer another-secret-token")
    said = "".join(capfd.readouterr())
    assert ANA not in said
    assert "another-secret-token" not in said


async def test_who_came_by_a_hub_makes_no_token_that_would_outlive_the_account_there(beside: Vouched, hub: SmallHub) -> None:
    authorization = hub.give(ANA, "ana")
    assert await beside.login(authorization) == "ana"
    before = await beside.world.state()
    answer = (await beside.ask(authorization, MAKE_TOKEN)).json()["data"]["createAccessToken"]
    message = (
        "What you came with does not say when it ends, so no token can end with it: have an administrator run `nbinsight token create ana`."
    )
    assert answer == {"token": None, "errors": [{"message": message, "field": ["input"]}]}
    assert await beside.world.state() == before
