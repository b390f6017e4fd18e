"""saveGroup. Rule 18: a member holds what the group holds; rule 28: who is taken out of it is out on the next request."""

import asyncio
import json
from typing import Any

from server.config import load_settings
from server.db.models import UserRow
from server.domain.ids import Kind, new_id
from tests.fixtures.world import ROLES, World
from tests.integration.http.serving import client_of, signed_in
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

FIELD = "saveGroup"
HELD = 'query { viewer { globalPermissions canWriteCode projectPermissions(projectKey: "SALES") } }'


async def held(world: World, who: str) -> list[str]:
    permissions: list[str] = (await world.ok(who, HELD))["viewer"]["globalPermissions"]
    return permissions


def members_of(payload: dict[str, dict[str, object]]) -> list[str]:
    members = payload["group"]["members"]
    assert isinstance(members, dict)
    assert members["totalCount"] == len(members["nodes"])
    return [node["login"] for node in members["nodes"]]


async def test_a_group_is_made_and_its_members_hold_what_it_holds(world: World) -> None:
    given = {
        "globalPermissions": ["CREATE_PROJECTS", "WRITE_SAFE_CODE", "CREATE_PROJECTS"],
        "memberLogins": ["writer", "analyst", "writer"],
    }
    made = await do(world, "admin", FIELD, name="  Crew ", **given)
    assert made["group"]["name"] == "Crew"
    assert made["group"]["globalPermissions"] == ["WRITE_SAFE_CODE", "CREATE_PROJECTS"], "each once, in the order of the enum"
    assert members_of(made) == ["analyst", "writer"], "each once, the oldest user first"
    assert await last_subject(world) == made["group"]["id"]
    assert await held(world, "writer") == await held(world, "analyst") == ["WRITE_SAFE_CODE", "CREATE_PROJECTS"]
    assert await held(world, "stranger") == []


async def test_what_is_absent_stays_and_what_is_given_replaces(world: World) -> None:
    made = await do(world, "admin", FIELD, name="Crew")
    assert (made["group"]["globalPermissions"], members_of(made)) == ([], []), "a new group holds nothing and nobody"
    changes: list[tuple[dict[str, object], list[str], list[str]]] = [
        ({"globalPermissions": ["WRITE_SAFE_CODE"]}, ["WRITE_SAFE_CODE"], []),
        ({"memberLogins": ["analyst", "writer"]}, ["WRITE_SAFE_CODE"], ["analyst", "writer"]),
        ({"globalPermissions": None, "memberLogins": None}, ["WRITE_SAFE_CODE"], ["analyst", "writer"]),
        ({"globalPermissions": ["WRITE_UNSAFE_CODE"], "memberLogins": ["writer", "coder"]}, ["WRITE_UNSAFE_CODE"], ["writer", "coder"]),
        ({"memberLogins": []}, ["WRITE_UNSAFE_CODE"], []),
        ({"globalPermissions": []}, [], []),
    ]
    for change, permissions, logins in changes:
        now = await do(world, "admin", FIELD, name="Crew", **change)
        assert (now["group"]["globalPermissions"], members_of(now)) == (permissions, logins), change
        assert now["group"]["id"] == made["group"]["id"]
    assert await world.rows("SELECT count(*) FROM user_group") == [(1,)]


async def test_names_differ_by_case(world: World) -> None:
    await do(world, "admin", FIELD, name="Crew", memberLogins=["writer"])
    assert members_of(await do(world, "admin", FIELD, name="crew")) == []


async def test_who_is_taken_out_is_out_on_the_next_request_content_addresses_included(world: World) -> None:
    export = (await world.publish(await world.save()))["export"]
    await do(world, "admin", FIELD, name="Readers", memberLogins=["stranger", "code_only"])
    await do(world, "owner", "setProjectPermissions", projectKey="SALES", groupName="Readers", permissions=["READ_PROJECT_CONTENT"])
    urls = {who: await address(world, who, export) for who in ("stranger", "code_only")}
    await do(world, "admin", FIELD, name="Readers", memberLogins=["code_only"])
    assert (await world.client.get(urls["stranger"])).status_code == 404
    assert (await world.client.get(urls["code_only"])).status_code == 200
    assert (await world.ok("stranger", HELD))["viewer"]["projectPermissions"] == []
    assert not await turned_away(world, "stranger")


async def test_only_an_administrator_saves_groups(world: World) -> None:
    """Rule 26: to grant by a group takes more than holding it oneself; an administrator lacks nothing."""
    refused = {role: ["ADMINISTRATOR"] for role in ROLES if role != "admin"}
    given = {"name": "Crew", "globalPermissions": ["WRITE_SAFE_CODE"], "memberLogins": ["coder"]}
    await check_refusals(world, FIELD, given, refused, hidden="name", allowed=["admin"])


async def test_a_bad_name_or_an_unknown_member_changes_nothing(world: World) -> None:
    await do(world, "admin", FIELD, name="Crew", memberLogins=["writer"])
    unknown = ("nobody", "", "CODER", "coder ", "a\0", "x" * 10_000, "💥", "Crew")
    members = [({"memberLogins": ["coder", login, "x"]}, "NotFound", ["memberLogins", "1"]) for login in unknown]
    many = ({"memberLogins": ["coder"] * 10_001}, "InvalidInput", ["memberLogins"])
    given = {"name": "Crew", "globalPermissions": ["ADMINISTRATOR"], "memberLogins": ["coder"]}
    await check_faults(world, "admin", FIELD, given, *bad_names(), *members, many)
    for wrong in ({"globalPermissions": ["ADMIN"]}, {"memberLogins": [None]}, {"memberLogins": 5}, {"name": None}, {"nothing": 1}):
        answer = await ask(world, "admin", FIELD, {**given, **wrong})
        assert "data" not in answer or answer["data"] is None, "what does not fit the schema is not executed"


async def test_a_thousand_members_and_more_are_found(world: World) -> None:
    logins, now = [f"u{number}" for number in range(2_500)], world.application.parts.clock()
    async with world.application.parts.database.writing() as session:
        session.add_all(UserRow(id=new_id(Kind.USER), login=login, display_name=login, created_at=now) for login in logins)
    made = await do(world, "admin", FIELD, name="Everybody", memberLogins=[*logins, *logins])
    assert made["group"]["members"]["totalCount"] == 2_500


async def test_the_last_administrator_stays(world: World) -> None:
    """Nobody may lock everybody out, by permissions or by members."""
    await do(world, "admin", FIELD, name="Admins", globalPermissions=["ADMINISTRATOR"], memberLogins=["coder", "admin"])
    await do(world, "coder", "updateUser", login="admin", globalPermissions=[])
    assert len(await held(world, "admin")) == 5, "by the group still"
    for change, field in (
        ({"memberLogins": []}, "memberLogins"),
        ({"memberLogins": ["writer"], "globalPermissions": ["WRITE_SAFE_CODE"]}, "globalPermissions"),
        ({"globalPermissions": []}, "globalPermissions"),
    ):
        error = await fault(world, "coder", FIELD, name="Admins", **change)
        assert (error["__typename"], error["field"]) == ("InvalidInput", ["input", field])
        assert error["message"].startswith("Nobody active would be ADMINISTRATOR any more")
    await do(world, "coder", FIELD, name="Admins", memberLogins=["coder"])
    assert await held(world, "admin") == []
    await do(world, "coder", "updateUser", login="writer", active=False)
    inactive = await fault(world, "coder", FIELD, name="Admins", memberLogins=["writer"])
    assert inactive["field"] == ["input", "memberLogins"], "who may not sign in repairs nothing"


async def test_two_administrators_who_put_each_other_out_at_once_leave_one(world: World) -> None:
    await do(world, "admin", "updateUser", login="coder", globalPermissions=["ADMINISTRATOR"])
    for _ in range(5):
        await do(world, "admin", FIELD, name="First", globalPermissions=["ADMINISTRATOR"], memberLogins=["admin"])
        await do(world, "admin", FIELD, name="Second", globalPermissions=["ADMINISTRATOR"], memberLogins=["coder"])
        for login in ("admin", "coder"):
            await do(world, "admin", "updateUser", login=login, globalPermissions=[])
        outs = [("admin", {"name": "Second", "memberLogins": []}), ("coder", {"name": "First", "memberLogins": []})]
        answers = await asyncio.gather(*(ask(world, who, FIELD, given) for who, given in outs))
        left = [who for who in ("admin", "coder") if "ADMINISTRATOR" in await held(world, who)]
        assert len(left) == 1, answers
        await do(world, left[0], "updateUser", login="coder", globalPermissions=["ADMINISTRATOR"])
        await do(world, "coder", "updateUser", login="admin", globalPermissions=["ADMINISTRATOR"])


async def test_of_many_saves_at_once_each_is_whole(world: World) -> None:
    choices = [(["WRITE_SAFE_CODE"], ["analyst", "writer"]), (["CREATE_PROJECTS", "WRITE_UNSAFE_CODE"], ["coder"]), ([], ["stranger"])] * 3
    given = [{"name": "Crew", "globalPermissions": permissions, "memberLogins": logins} for permissions, logins in choices]
    answers = await asyncio.gather(*(ask(world, "admin", FIELD, one) for one in given))
    assert [answer["data"][FIELD]["errors"] for answer in answers] == [[]] * len(choices)
    assert len({answer["data"][FIELD]["group"]["id"] for answer in answers}) == 1
    now = await do(world, "admin", FIELD, name="Crew")
    assert (set(now["group"]["globalPermissions"]), set(members_of(now))) in [(set(some), set(logins)) for some, logins in choices]


async def test_a_member_who_is_inactive_may_be_sent_back(world: World) -> None:
    await do(world, "admin", FIELD, name="Crew", memberLogins=["writer", "coder"])
    await do(world, "admin", "deactivateUser", login="writer")
    assert members_of(await do(world, "admin", FIELD, name="Crew", memberLogins=["writer", "coder"])) == ["writer", "coder"]


async def test_a_project_administrator_grants_to_a_group_without_seeing_who_is_in_it(world: World) -> None:
    made = await do(world, "admin", FIELD, name="Crew", globalPermissions=["WRITE_SAFE_CODE"], memberLogins=["writer"])
    await do(world, "owner", "setProjectPermissions", projectKey="SALES", groupName="Crew", permissions=["READ_DASHBOARDS"])
    group = "... on Group { id name globalPermissions members { totalCount nodes { login active } } }"
    query = f'query {{ project(key: "SALES") {{ permissionGrants {{ principal {{ {group} }} }} }} }}'
    [grant] = [one for one in (await world.ok("owner", query))["project"]["permissionGrants"] if one["principal"]]
    members: dict[str, object] = {"totalCount": 0, "nodes": []}
    seen = {"id": made["group"]["id"], "name": "Crew", "globalPermissions": [], "members": members}
    assert grant["principal"] == seen
    by_id = "query($id: ID!) { node(id: $id) { id } }"
    assert await world.ok("owner", by_id, id=made["group"]["id"]) == {"node": None}, "groups are looked up by administrators alone"


async def test_who_is_in_a_group_of_an_issuer_is_not_decided_here_but_what_it_holds_is(world: World) -> None:
    issuers = [{"name": "corp", "issuer": "https://id.example.org", "audience": "nbinsight"}]
    settings = {"issuers": load_settings(issuers=json.dumps(issuers)).issuers}
    save = "mutation($in: SaveGroupInput!) { saveGroup(input: $in) { group { source globalPermissions } errors { code message field } } }"
    async with client_of(world, settings=settings) as client:

        async def saved(**given: object) -> dict[str, Any]:
            body = {"query": save, "variables": {"in": given}}
            answer: dict[str, Any] = (await client.post("/graphql", json=body, headers=signed_in(world, "admin"))).json()
            return answer["data"]["saveGroup"]  # type: ignore[no-any-return]

        made = await saved(name="corp:analysts", globalPermissions=["WRITE_SAFE_CODE"])
        assert made == {"group": {"source": "corp", "globalPermissions": ["WRITE_SAFE_CODE"]}, "errors": []}
        for name in ("corp", "other:analysts", "Corp:analysts"):
            assert (await saved(name=name, memberLogins=["analyst"]))["group"]["source"] is None
        before = await world.state()
        for name in ("corp:analysts", "corp:new"):
            refused = await saved(name=name, memberLogins=["analyst"])
            message = f"Who is in {name} is what corp says: change it there, and leave the members out here."
            assert refused == {
                "group": None,
                "errors": [{"code": "BAD_USER_INPUT", "message": message, "field": ["input", "memberLogins"]}],
            }
        assert await world.state() == before
