"""transferOwnership: projects, dashboards and insights. Rule 24: nothing else changes an owner."""

import asyncio
from typing import Final

import pytest

from server.domain.grants import ProjectPermission as P
from server.domain.ids import Kind
from tests.fixtures.world import ROLES, World
from tests.integration.mutations.asking import (
    address,
    ask,
    bad_ids,
    check_faults,
    check_refusals,
    do,
    elsewhere,
    forbidden,
    last_subject,
    moderate,
    version,
)

FIELD = "transferOwnership"
KINDS: Final = ("project", "dashboard", "insight")
HELD = 'query { viewer { projectPermissions(projectKey: "SALES") } }'


async def things(world: World, *, authorized: bool = True) -> dict[str, str]:
    """Make one thing of each kind; return ids by kind."""
    notebook = await world.save()
    made = await world.publish(notebook, world.ids["SALES dashboard"])
    if authorized:
        await world.authorize(notebook)
    return {
        "project": world.ids["SALES"],
        "dashboard": world.ids["SALES dashboard"],
        "insight": made["insight"],
        "notebook": notebook,
        "export": made["export"],
        "tile": made["tiles"][0],
    }


async def held(world: World, who: str) -> list[str]:
    permissions: list[str] = (await world.ok(who, HELD))["viewer"]["projectPermissions"]
    return permissions


async def test_a_project_goes_to_somebody_else_with_its_administration(world: World) -> None:
    """The new owner needed no grant; the former one keeps what was granted to them: nothing."""
    ids = await things(world)
    url = await address(world, "owner", ids["export"])
    done = await do(world, "owner", FIELD, id=ids["project"], newOwnerLogin="stranger")
    assert done == {"node": None}, "which is to be seen no more"
    assert await last_subject(world) == ids["project"]
    assert await held(world, "stranger") == [permission.value for permission in P]
    assert await held(world, "owner") == []
    assert (await world.client.get(url)).status_code == 404, "rule 28"
    assert await world.ok("owner", 'query { project(key: "SALES") { key } }') == {"project": None}
    await do(world, "stranger", FIELD, id=ids["project"], newOwnerLogin="project_admin")
    assert await held(world, "project_admin") == [permission.value for permission in P]


async def test_a_dashboard_goes_to_a_reader_and_its_version_grows_by_one(world: World) -> None:
    ids = await things(world)
    await moderate(world)
    before = await version(world, ids["dashboard"])
    done = await do(world, "project_admin", FIELD, id=ids["dashboard"], newOwnerLogin="dash_writer")
    assert done == {"node": {"id": ids["dashboard"], "version": before + 1, "owner": {"login": "dash_writer"}}}
    assert await last_subject(world) == ids["dashboard"]
    query = "query($id: ID!) { dashboard(id: $id) { viewerCan { edit } } }"
    seen = {who: (await world.ok(who, query, id=ids["dashboard"]))["dashboard"]["viewerCan"]["edit"] for who in ("dash_writer", "writer")}
    assert seen == {"dash_writer": True, "writer": False}, "one's own is one's to edit, where others' are not"


async def test_an_insight_goes_to_somebody_else_and_says_when(world: World) -> None:
    ids = await things(world)
    query = "query($id: ID!) { insight(id: $id) { modifiedAt createdAt listed name selectionMode } }"
    before = (await world.ok("admin", query, id=ids["insight"]))["insight"]
    done = await do(world, "admin", FIELD, id=ids["insight"], newOwnerLogin="dash_reader")
    assert done == {"node": {"id": ids["insight"], "owner": {"login": "dash_reader"}}}
    after = (await world.ok("admin", query, id=ids["insight"]))["insight"]
    assert after["modifiedAt"] > before["modifiedAt"]
    assert {**after, "modifiedAt": None} == {**before, "modifiedAt": None}


@pytest.mark.parametrize("kind", KINDS)
async def test_only_an_administrator_of_the_project_transfers(world: World, kind: str) -> None:
    """Not even the owner of a dashboard or an insight, who is `coder` here."""
    ids, allowed = await things(world), ["project_admin", "admin"]
    if kind != "project":
        await do(world, "admin", FIELD, id=ids[kind], newOwnerLogin="coder")
    refused = {role: ["ADMIN"] for role in ROLES if role not in allowed} | {"stranger": None, "code_only": None}
    await check_refusals(world, FIELD, {"id": ids[kind], "newOwnerLogin": "analyst"}, refused, hidden="id", allowed=allowed)
    for who in allowed:
        await do(world, who, FIELD, id=ids[kind], newOwnerLogin="analyst")


async def test_an_insight_that_is_hidden_is_absent(world: World) -> None:
    ids = await things(world, authorized=False)
    hidden = dict.fromkeys(("stranger", "code_only", "dash_reader", "dash_writer", "dash_moderator", "dash_coder"))
    refused = {role: ["ADMIN"] for role in ROLES if role not in {"project_admin", "admin"}} | hidden
    given = {"id": ids["insight"], "newOwnerLogin": "analyst"}
    await check_refusals(world, FIELD, given, refused, hidden="id", allowed=["project_admin", "admin"])


@pytest.mark.parametrize("kind", KINDS)
async def test_who_cannot_own_it_is_refused_in_the_same_words(world: World, kind: str) -> None:
    """Unknown, inactive, or without READ_DASHBOARDS there: the answer does not tell which."""
    ids = await things(world)
    await do(world, "admin", "updateUser", login="analyst", active=False)
    await world.person("manager", permissions=[P.MANAGE_AUTHORIZED_OBJECTS])
    outsiders = [] if kind == "project" else ["stranger", "code_only", "manager"]
    logins = ("nobody", "", "WRITER", "writer ", "a\0", "x" * 10_000, "💥", "analyst", *outsiders)
    errors = []
    before, events = await world.state(), await world.events()
    for login in logins:
        answer = await ask(world, "project_admin", FIELD, {"id": ids[kind], "newOwnerLogin": login})
        errors.append(answer["data"][FIELD])
    assert (await world.state(), await world.events()) == (before, events)
    assert {repr(error) for error in errors} == {repr(errors[0])}
    [error] = errors[0]["errors"]
    assert (error["__typename"], error["field"], errors[0]["node"]) == ("InvalidInput", ["input", "newOwnerLogin"], None)
    for login in ("dash_reader", "admin", *([] if outsiders else ["stranger"])):
        await do(world, "admin", FIELD, id=ids[kind], newOwnerLogin=login)


async def test_what_has_no_owner_is_not_found(world: World) -> None:
    ids, other = await things(world), await elsewhere(world)
    ownerless = [ids["notebook"], ids["export"], ids["tile"], world.ids["coder"], "SALES"]
    hidden = [other["dashboard"], other["insight"], world.ids["OTHER"]]
    for kind in (Kind.PROJECT, Kind.DASHBOARD, Kind.INSIGHT):
        await check_faults(world, "project_admin", FIELD, {"newOwnerLogin": "writer"}, *bad_ids("id", kind, *ownerless, *hidden))


async def test_rights_on_one_project_give_nothing_away_in_another(world: World) -> None:
    """Rule 25, and a grant of ADMIN there is all that it takes."""
    other = await elsewhere(world, seen_by=["dash_reader"])
    await check_faults(world, "project_admin", FIELD, {"newOwnerLogin": "dash_reader"}, ({"id": other["dashboard"]}, "NotFound", ["id"]))
    await do(world, "dash_reader", FIELD, id=other["dashboard"], newOwnerLogin="other_owner")
    assert await forbidden(world, "dash_reader", FIELD, id=world.ids["SALES dashboard"], newOwnerLogin="dash_reader") == ["ADMIN"]


async def test_many_transfers_at_once_are_each_counted(world: World) -> None:
    board = world.ids["SALES dashboard"]
    before, heirs = await version(world, board), ["writer", "coder", "analyst", "dash_reader"] * 3
    answers = await asyncio.gather(*(ask(world, "admin", FIELD, {"id": board, "newOwnerLogin": login}) for login in heirs))
    nodes = [answer["data"][FIELD]["node"] for answer in answers]
    assert sorted(node["version"] for node in nodes) == list(range(before + 1, before + 13))
    assert await version(world, board) == before + 12
