"""createProject."""

import asyncio
import json

import pytest

from server.domain.grants import GlobalPermission, ProjectPermission
from tests.fixtures.world import ROLES, World
from tests.integration.mutations.asking import ask, bad_names, check_faults, check_refusals, do, fault, forbidden

SEEN = """query($key: String!) { project(key: $key) { key name owner { login } viewerPermissions dashboardWritePolicy allowsActiveContent
    authorizesAllObjects dashboards { totalCount nodes { name listed version pages { index tiles { id } } } } } }"""


async def test_a_maker_owns_the_project_and_its_one_listed_dashboard(world: World) -> None:
    await world.person("founder", globally=[GlobalPermission.CREATE_PROJECTS])
    made = await do(world, "founder", "createProject", key="NEW", name="  New things  ")
    assert made["project"]["owner"] == {"login": "founder"}, "rule 24: the server says who owns it"
    for who in ("founder", "admin"):
        seen = (await world.ok(who, SEEN, key="NEW"))["project"]
        assert seen == {
            "key": "NEW",
            "name": "New things",
            "owner": {"login": "founder"},
            "viewerPermissions": [permission.value for permission in ProjectPermission],
            "dashboardWritePolicy": "ANY_WRITER",
            "allowsActiveContent": False,
            "authorizesAllObjects": False,
            "dashboards": {
                "totalCount": 1,
                "nodes": [{"name": "Dashboard", "listed": True, "version": 1, "pages": [{"index": 0, "tiles": []}]}],
            },
        }
    for who in ("coder", "project_admin", "owner"):
        assert (await world.ok(who, SEEN, key="NEW"))["project"] is None, "rule 25: rights on one project reach no other"
    assert await forbidden(world, "founder", "createUser", login="x") == ["ADMINISTRATOR"]


async def test_only_those_who_may_create_projects_do(world: World) -> None:
    refused = {role: ["CREATE_PROJECTS"] for role in ROLES if role != "admin"}
    await check_refusals(world, "createProject", {"key": "NEW", "name": "New"}, refused, hidden="key", allowed=["admin"])


async def test_a_key_or_name_that_cannot_be_is_refused(world: World) -> None:
    keys = ("", "1A", "-A", "A B", "A/B", "Ä", "A\n", "x" * 65, "x" * 10_000, "a\0")
    cases = [({"key": key}, "InvalidInput", ["key"]) for key in keys]
    taken = ({"key": "SALES"}, "NameTaken", ["key"])
    await check_faults(world, "admin", "createProject", {"key": "NEW", "name": "New"}, *cases, *bad_names(), taken)


async def test_half_a_character_is_no_text_and_nothing_is_executed(world: World) -> None:
    before = await world.state()
    headers = {"authorization": f"Bearer {world.tokens['admin']}", "content-type": "application/json"}
    literal = 'mutation { createProject(input: {key: "NEW", name: "\\ud800"}) { project { id } } }'
    variable = json.dumps({"query": 'mutation($n: String!) { createProject(input: {key: "NEW", name: $n}) { project { id } } }'})
    for body in (json.dumps({"query": literal}), variable[:-1] + ', "variables": {"n": "\\ud800"}}'):
        response = await world.client.post("/graphql", content=body, headers=headers)
        assert "INTERNAL" not in response.text
        assert response.json().get("data") is None
    assert await world.state() == before
    assert await world.events() == []


@pytest.mark.parametrize("length", [1, 64])
async def test_the_longest_and_the_shortest_key_are_accepted(world: World, length: int) -> None:
    await do(world, "admin", "createProject", key="k" * length, name="n" * 200)
    assert (await world.ok("admin", SEEN, key="k" * length))["project"]["name"] == "n" * 200


async def test_a_key_that_differs_in_case_alone_is_taken(world: World) -> None:
    for key in ("Sales", "sales", "SALES"):
        error = await fault(world, "admin", "createProject", key=key, name="Mine")
        assert (error["__typename"], error["code"], error["field"]) == ("NameTaken", "CONFLICT", ["input", "key"])
        assert error["message"] == f"A project with the key {key} exists already, or with one that differs from it in case alone."
    asked = (ask(world, "admin", "createProject", {"key": key, "name": key}) for key in ("race", "RACE", "Race") * 3)
    payloads = [answer["data"]["createProject"] for answer in await asyncio.gather(*asked)]
    assert [error["__typename"] for payload in payloads for error in payload["errors"]] == ["NameTaken"] * 8
    assert await world.rows("SELECT count(*) FROM project WHERE lower(key) = 'race'") == [(1,)]


async def test_of_ten_who_want_a_key_at_once_one_gets_it(world: World) -> None:
    answers = await asyncio.gather(*(ask(world, "admin", "createProject", {"key": "RACE", "name": str(n)}) for n in range(10)))
    payloads = [answer["data"]["createProject"] for answer in answers]
    [made] = [payload["project"] for payload in payloads if payload["project"]]
    assert [payload["errors"][0]["__typename"] for payload in payloads if payload["errors"]] == ["NameTaken"] * 9
    assert (await world.ok("admin", SEEN, key="RACE"))["project"]["name"] == made["name"]
    assert await world.rows("SELECT count(*) FROM dashboard WHERE project_id = :id", id=made["id"]) == [(1,)]
    assert [event for event in await world.events() if event[1] == "createProject"] == [("admin", "createProject", "ALLOWED")]
