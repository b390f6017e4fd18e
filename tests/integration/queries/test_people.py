"""`users`, `groups`, `Group.members`, and what a user shows of their account."""

from typing import Any, Final

import pytest

from tests.fixtures.world import ROLES
from tests.integration.queries.shop import PEOPLE, Shop, statements

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVERYBODY: Final = ["owner", *ROLES, "rival"]
ACCOUNT: Final = "login displayName active globalPermissions accessTokens { name }"
MEMBERS: Final = """query($id: ID!, $first: Int, $after: String) { node(id: $id) { ... on Group { name globalPermissions
    members(first: $first, after: $after) { totalCount nodes { login } pageInfo { hasNextPage endCursor } } } } }"""


@pytest.mark.parametrize("field", ["users", "groups", "auditEvents"])
async def test_lists_of_the_instance_are_for_administrators_and_null_for_others(shop: Shop, field: str) -> None:
    for who in sorted(set(shop.world.tokens) - {"admin"}):
        answer = await shop.world.run(who, f"{{ {field} {{ totalCount nodes {{ id }} }} viewer {{ canWriteCode }} }}")
        [error] = answer["errors"]
        assert (error["path"], error["extensions"]) == ([field], {"code": "FORBIDDEN", "requires": ["ADMINISTRATOR"]}), who
        assert answer["data"][field] is None
        assert answer["data"]["viewer"] is not None, "its siblings answer"
    assert (await shop.world.ok("admin", f"{{ {field} {{ totalCount }} }}"))[field]["totalCount"] >= 1


async def test_users_are_listed_oldest_first(shop: Shop) -> None:
    found = (await shop.world.ok("admin", "{ users(first: 100) { totalCount nodes { login } } }"))["users"]
    assert found == {"totalCount": len(EVERYBODY), "nodes": [{"login": login} for login in EVERYBODY]}


async def test_groups_are_listed_with_what_they_hold_and_who_is_in_them(shop: Shop) -> None:
    found = (await shop.world.ok("admin", "{ groups { nodes { id name globalPermissions members { nodes { login } } } } }"))["groups"]
    members = {"nodes": [{"login": "analyst"}, {"login": "writer"}]}
    assert found["nodes"] == [{"id": shop.world.ids["crew"], "name": "crew", "globalPermissions": [], "members": members}]


async def test_members_come_in_pages(shop: Shop) -> None:
    first = (await shop.world.ok("admin", MEMBERS, id=shop.world.ids["crew"], first=1))["node"]["members"]
    assert (first["totalCount"], first["nodes"], first["pageInfo"]["hasNextPage"]) == (2, [{"login": "analyst"}], True)
    after = first["pageInfo"]["endCursor"]
    rest = (await shop.world.ok("admin", MEMBERS, id=shop.world.ids["crew"], first=1, after=after))["node"]["members"]
    assert (rest["totalCount"], rest["nodes"], rest["pageInfo"]["hasNextPage"]) == (2, [{"login": "writer"}], False)
    for wrong in ({"first": 0}, {"first": 101}, {"after": "x"}):
        [error] = (await shop.world.run("admin", MEMBERS, id=shop.world.ids["crew"], **wrong))["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_an_account_is_shown_to_its_user_and_to_administrators(shop: Shop) -> None:
    whole = {"login": "coder", "displayName": "Coder", "active": True, "globalPermissions": ["WRITE_SAFE_CODE"]}
    hidden = {"login": "coder", "displayName": "Coder", "active": None, "globalPermissions": None, "accessTokens": None}
    for who in sorted(shop.world.tokens):
        seen = await shop.one(who, "node", f"... on User {{ {ACCOUNT} }}", shop.world.ids["coder"])
        assert seen == (whole | {"accessTokens": [{"name": "test"}]} if who in {"coder", "admin"} else hidden), who


async def test_many_accounts_cost_what_one_costs(shop: Shop) -> None:
    counts = []
    for first in (1, 15):
        with statements(shop.world) as seen:
            await shop.world.ok("admin", f"{{ users(first: {first}) {{ nodes {{ {ACCOUNT} }} }} }}")
        counts.append(len(seen))
    assert counts[0] == counts[1]


async def test_the_total_costs_a_statement_only_where_it_is_asked_for(shop: Shop) -> None:
    for field in ("users", "auditEvents"):
        for selection, expected in (("nodes { id }", 0), ("totalCount", 1)):
            with statements(shop.world) as seen:
                await shop.world.ok("admin", f"{{ {field}(first: 1) {{ {selection} }} }}")  # the whole list would be counted without any
            assert sum("count(" in statement.lower() for statement in seen) == expected, field


@pytest.mark.asyncio(loop_scope="function")
async def test_pages_stay_in_step_while_people_are_added(own_shop: Shop) -> None:
    world, page = own_shop.world, "query($after: String) { users(first: 14, after: $after) { nodes { login } pageInfo { endCursor } } }"
    first = (await world.ok("admin", page))["users"]
    await world.ok("admin", 'mutation { createUser(input: {login: "new"}) { user { id } errors { code } } }')
    rest = (await world.ok("admin", page, after=first["pageInfo"]["endCursor"]))["users"]
    assert [node["login"] for node in first["nodes"] + rest["nodes"]] == [*EVERYBODY, "new"]


@pytest.mark.asyncio(loop_scope="function")
async def test_an_administrator_finds_and_ends_one_token_of_somebody_else(own_shop: Shop) -> None:
    world = own_shop.world
    world.tokens["coder:lost"] = await world.token(world.ids["coder"])
    [_, lost] = (await own_shop.one("admin", "node", "... on User { accessTokens { id } }", world.ids["coder"]))["accessTokens"]
    query = "mutation($id: ID!) { revokeAccessToken(input: {accessTokenId: $id}) { revokedAccessTokenId errors { code } } }"
    await world.ok("admin", query, id=lost["id"])
    mine: Any = await world.ok("coder", "{ viewer { accessTokens { name } user { accessTokens { name } } } }")
    assert mine == {"viewer": {"accessTokens": [{"name": "test"}], "user": {"accessTokens": [{"name": "test"}]}}}


async def test_nobody_sees_no_account(shop: Shop) -> None:
    assert None in PEOPLE
    error = await shop.world.refused(None, "{ users { nodes { login } } }")
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
