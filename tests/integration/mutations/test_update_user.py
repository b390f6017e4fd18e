"""updateUser. Rule 28: what is taken away is gone on the next request; an instance is never left without an administrator."""

import asyncio

from tests.fixtures.world import ROLES, World
from tests.integration.mutations.asking import (
    address,
    ask,
    bad_names,
    check_faults,
    check_refusals,
    do,
    fault,
    last_subject,
    turned_away,
)

FIELD = "updateUser"
ME = "query { viewer { user { displayName active globalPermissions } globalPermissions canWriteCode } }"
BAD_LOGINS = ("nobody", "", "CODER", "coder ", "a\0", "x" * 10_000, "💥")


async def test_what_is_given_changes_and_nothing_else(world: World) -> None:
    """Names are trimmed; permissions are replaced, each once."""
    before = {"login": "coder", "displayName": "Coder", "active": True, "globalPermissions": ["WRITE_SAFE_CODE"]}
    other = ["WRITE_UNSAFE_CODE", "CREATE_PROJECTS"]
    changes: list[tuple[dict[str, object], dict[str, object]]] = [
        ({}, {}),
        ({"displayName": None, "globalPermissions": None, "active": None}, {}),
        ({"displayName": "  Ada L. "}, {"displayName": "Ada L."}),
        ({"globalPermissions": [*reversed(other), *other]}, {"globalPermissions": other}),
        ({"active": True}, {}),
        ({"globalPermissions": []}, {"globalPermissions": []}),
    ]
    for change, seen in changes:
        before |= seen
        user = (await do(world, "admin", FIELD, login="coder", **change))["user"]
        assert user == {"id": world.ids["coder"], **before}, change
    assert await last_subject(world) == world.ids["coder"]
    me = {"user": {"displayName": "Ada L.", "active": True, "globalPermissions": []}, "globalPermissions": [], "canWriteCode": False}
    assert await world.ok("coder", ME) == {"viewer": me}, "the token goes on working: active did not change"


async def test_a_right_that_is_taken_away_is_gone_on_the_next_request(world: World) -> None:
    await world.save()
    await do(world, "admin", FIELD, login="coder", globalPermissions=[])
    query = 'mutation { saveNotebook(input: {projectKey: "SALES", name: "More", content: "{}"}) { notebook { id } errors { code } } }'
    error = await world.refused("coder", query)
    assert error["extensions"] == {"code": "FORBIDDEN", "requires": ["WRITE_SAFE_CODE"]}


async def test_who_is_kept_out_is_out_at_once_and_comes_back_with_new_tokens_only(world: World) -> None:
    """Rule 28, content addresses included. A stolen token must not come alive with its user."""
    export = (await world.publish(await world.save()))["export"]
    url, others = await address(world, "coder", export), await address(world, "writer", export)
    out = (await do(world, "admin", FIELD, login="coder", active=False))["user"]
    assert (out["active"], out["globalPermissions"]) == (False, ["WRITE_SAFE_CODE"]), "rights wait for them"
    assert await turned_away(world, "coder")
    assert (await world.client.get(url)).status_code == 404
    assert (await world.client.get(others)).status_code == 200
    world.tokens["coder:meanwhile"] = await world.token(world.ids["coder"])
    assert await turned_away(world, "coder:meanwhile")
    back = (await do(world, "admin", FIELD, login="coder", active=True))["user"]
    assert back["active"] is True
    for who in ("coder", "coder:meanwhile"):
        assert await turned_away(world, who), "a token made while they were out is dead too"
    assert (await world.client.get(url)).status_code == 404
    world.tokens["coder:new"] = await world.token(world.ids["coder"])
    assert (await world.ok("coder:new", ME))["viewer"]["canWriteCode"] is True
    assert (await world.client.get(await address(world, "coder:new", export))).status_code == 200


async def test_only_an_administrator_updates_users_not_even_themselves(world: World) -> None:
    refused = {role: ["ADMINISTRATOR"] for role in ROLES if role != "admin"}
    given = {"login": "coder", "displayName": "Mine", "globalPermissions": ["ADMINISTRATOR"]}
    await check_refusals(world, FIELD, given, refused, hidden="login", allowed=["admin"])


async def test_what_cannot_be_changes_nothing(world: World) -> None:
    absent = [({"login": login}, "NotFound", ["login"]) for login in BAD_LOGINS]
    given = {"login": "coder", "displayName": "Ada", "globalPermissions": ["ADMINISTRATOR"], "active": False}
    await check_faults(world, "admin", FIELD, given, *absent, *bad_names("displayName"))
    for wrong in ({"globalPermissions": ["ADMIN"]}, {"globalPermissions": [None]}, {"active": "no"}, {"login": None}, {"nothing": 1}):
        answer = await ask(world, "admin", FIELD, {**given, **wrong})
        assert answer.get("data") is None, "what does not fit the schema is not executed"


async def test_the_last_administrator_stays(world: World) -> None:
    for change, field in (
        ({"globalPermissions": []}, "globalPermissions"),
        ({"globalPermissions": ["CREATE_PROJECTS", "WRITE_SAFE_CODE"], "displayName": "Nobody"}, "globalPermissions"),
        ({"active": False}, "active"),
        ({"active": False, "globalPermissions": ["ADMINISTRATOR"]}, "active"),
    ):
        error = await fault(world, "admin", FIELD, login="admin", **change)
        assert (error["__typename"], error["code"], error["field"]) == ("InvalidInput", "BAD_USER_INPUT", ["input", field])
    await do(world, "admin", FIELD, login="writer", globalPermissions=["ADMINISTRATOR"])
    await do(world, "admin", FIELD, login="writer", active=False)
    assert (await fault(world, "admin", FIELD, login="admin", globalPermissions=[]))["field"] == ["input", "globalPermissions"]
    await do(world, "admin", FIELD, login="writer", active=True)
    await do(world, "admin", FIELD, login="admin", displayName="Retired", globalPermissions=[], active=False)
    assert await turned_away(world, "admin"), "who did it is out as well, once another one is there"


async def test_administrators_who_put_each_other_out_at_once_leave_one(world: World) -> None:
    await do(world, "admin", FIELD, login="coder", globalPermissions=["ADMINISTRATOR"])
    for _ in range(5):
        pairs = (("admin", "coder"), ("coder", "admin"))
        answers = await asyncio.gather(*(ask(world, who, FIELD, {"login": other, "globalPermissions": []}) for who, other in pairs))
        administrators = await world.rows(
            "SELECT u.login FROM user_account u JOIN global_grant g ON g.user_id = u.id WHERE g.permission = 'ADMINISTRATOR'"
        )
        assert len(administrators) == 1, answers
        for login in ("coder", "admin"):
            await do(world, administrators[0][0], FIELD, login=login, globalPermissions=["ADMINISTRATOR"])
