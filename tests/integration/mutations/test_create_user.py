"""createUser."""

import asyncio

from tests.fixtures.world import ROLES, World
from tests.integration.mutations.asking import ask, bad_names, check_faults, check_refusals, do, fault

ME = "query { viewer { user { login displayName } globalPermissions canWriteCode } projects { totalCount } }"


async def test_a_new_user_holds_what_was_given_and_sees_no_project(world: World) -> None:
    """No access by default; the code right is global."""
    made = (await do(world, "admin", "createUser", login="ada", displayName=" Ada L. ", globalPermissions=["WRITE_SAFE_CODE"] * 2))["user"]
    world.tokens["ada"] = await world.token(made["id"])
    assert await world.ok("ada", ME) == {
        "viewer": {"user": {"login": "ada", "displayName": "Ada L."}, "globalPermissions": ["WRITE_SAFE_CODE"], "canWriteCode": True},
        "projects": {"totalCount": 0},
    }


async def test_an_administrator_makes_another_who_holds_everything(world: World) -> None:
    made = (await do(world, "admin", "createUser", login="root@example.org", globalPermissions=["ADMINISTRATOR"]))["user"]
    assert made["displayName"] == "root@example.org", "the login, where no name is given"
    world.tokens["root"] = await world.token(made["id"])
    assert len((await world.ok("root", ME))["viewer"]["globalPermissions"]) == 5


async def test_only_an_administrator_creates_users(world: World) -> None:
    refused = {role: ["ADMINISTRATOR"] for role in ROLES if role != "admin"}
    await check_refusals(world, "createUser", {"login": "ada"}, refused, hidden="login", allowed=["admin"])


async def test_a_login_or_name_that_cannot_be_is_refused(world: World) -> None:
    logins = ("", " ", " ada", "-ada", "a b", "ädä", "ada\n", "a\0", "a/b", "x" * 201, "x" * 10_000)
    cases = [({"login": login}, "InvalidInput", ["login"]) for login in logins]
    taken = ({"login": "coder"}, "NameTaken", ["login"])
    await check_faults(world, "admin", "createUser", {"login": "ada"}, *cases, taken, *bad_names("displayName"))


async def test_a_login_that_differs_in_case_alone_is_taken(world: World) -> None:
    """Who grants something to `ALICE` must not have meant `alice`."""
    await do(world, "admin", "createUser", login="Alice@x")
    for login in ("alice@x", "ALICE@X", "Alice@x"):
        error = await fault(world, "admin", "createUser", login=login)
        assert (error["__typename"], error["code"], error["field"]) == ("NameTaken", "CONFLICT", ["input", "login"])
        why = "." if login == "Alice@x" else "; a login that differs in case alone is not accepted."
        assert error["message"] == f"There is a user Alice@x already{why}"
    answers = await asyncio.gather(*(ask(world, "admin", "createUser", {"login": login}) for login in ("bob", "BOB", "Bob", "boB") * 2))
    taken = [error["__typename"] for answer in answers for error in answer["data"]["createUser"]["errors"]]
    assert taken == ["NameTaken"] * 7
    assert await world.rows("SELECT count(*) FROM user_account WHERE lower(login) = 'bob'") == [(1,)]


async def test_of_ten_who_want_a_login_at_once_one_gets_it(world: World) -> None:
    answers = await asyncio.gather(*(ask(world, "admin", "createUser", {"login": "ada"}) for _ in range(10)))
    payloads = [answer["data"]["createUser"] for answer in answers]
    assert sorted(error["__typename"] for payload in payloads for error in payload["errors"]) == ["NameTaken"] * 9
    assert await world.rows("SELECT count(*) FROM user_account WHERE login = 'ada'") == [(1,)]
