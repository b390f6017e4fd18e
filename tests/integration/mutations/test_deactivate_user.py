"""deactivateUser. Rule 28: all of somebody's tokens and content addresses end with the next request."""

import asyncio

import pytest

from server.domain.grants import ProjectPermission as P
from server.domain.grants import TokenScope
from tests.fixtures.world import ROLES, World
from tests.integration.mutations.asking import (
    address,
    ask,
    check_faults,
    check_refusals,
    do,
    elsewhere,
    fault,
    forbidden,
    last_subject,
    turned_away,
    version,
)

FIELD = "deactivateUser"
OWNERS = """SELECT 'project', p.key, u.login FROM project p JOIN user_account u ON u.id = p.owner_id
    UNION SELECT 'dashboard', d.id, u.login FROM dashboard d JOIN user_account u ON u.id = d.owner_id
    UNION SELECT 'insight', i.id, u.login FROM insight i JOIN user_account u ON u.id = i.owner_id"""


async def owners(world: World) -> dict[tuple[str, str], str]:
    """Return who owns what."""
    return {(kind, name): login for kind, name, login in await world.rows(OWNERS)}


async def test_every_token_and_address_ends_at_once_and_for_good(world: World) -> None:
    export = (await world.publish(await world.save()))["export"]
    world.tokens["coder:reads"] = await world.token(world.ids["coder"], TokenScope.READ)
    urls = [await address(world, who, export) for who in ("coder", "coder:reads")]
    others = await address(world, "writer", export)
    assert await do(world, "admin", FIELD, login="coder") == {"user": {"id": world.ids["coder"], "login": "coder", "active": False}}
    assert await last_subject(world) == world.ids["coder"]
    for who in ("coder", "coder:reads"):
        assert await turned_away(world, who)
    assert [(await world.client.get(url)).status_code for url in urls] == [404, 404]
    assert (await world.client.get(others)).status_code == 200
    await do(world, "admin", "updateUser", login="coder", active=True)
    for who in ("coder", "coder:reads"):
        assert await turned_away(world, who), "letting them in again revives no token"
    assert [(await world.client.get(url)).status_code for url in urls] == [404, 404]


async def test_what_they_made_stays_and_says_who_made_it(world: World) -> None:
    notebook = await world.save()
    made = await world.publish(notebook, world.ids["SALES dashboard"])
    before = await owners(world)
    await do(world, "admin", FIELD, login="coder")
    assert await owners(world) == before
    query = """query($id: ID!, $insight: ID!) { notebook(id: $id) { createdBy { login } latestExport { createdBy { login } } }
        insight(id: $insight) { owner { login active } } }"""
    coder = {"login": "coder"}
    assert await world.ok("writer", query, id=notebook, insight=made["insight"]) == {
        "notebook": {"createdBy": coder, "latestExport": {"createdBy": coder}},
        "insight": {"owner": coder | {"active": None}},
    }


async def test_owning_a_project_does_not_stop_it_and_the_project_goes_on(world: World) -> None:
    """Whoever must be kept out must be kept out now; an administrator hands over later."""
    await do(world, "admin", FIELD, login="owner")
    assert await turned_away(world, "owner")
    assert (await owners(world))["project", "SALES"] == "owner"
    await do(world, "project_admin", "transferOwnership", id=world.ids["SALES"], newOwnerLogin="project_admin")
    assert (await owners(world))["project", "SALES"] == "project_admin"


@pytest.mark.parametrize("already_out", [False, True])
async def test_all_that_they_own_goes_to_whoever_is_named(world: World, already_out: bool) -> None:  # noqa: FBT001  parameters
    """A project's heir holds ADMIN on it, so what is in it needs no grant. Naming somebody later works as well."""
    board, notebook = world.ids["SALES dashboard"], await world.save()
    made = await world.publish(notebook, board)
    await do(world, "admin", "transferOwnership", id=made["insight"], newOwnerLogin="owner")
    mine = (await do(world, "writer", "createDashboard", projectKey="SALES", name="Not theirs"))["dashboard"]["id"]
    versions = {id_: await version(world, id_) for id_ in (board, mine)}
    if already_out:
        await do(world, "admin", FIELD, login="owner")
    await do(world, "admin", FIELD, login="owner", transferTo="stranger")
    assert await owners(world) == {
        ("project", "SALES"): "stranger",
        ("dashboard", board): "stranger",
        ("insight", made["insight"]): "stranger",
        ("dashboard", mine): "writer",
    }
    assert {id_: await version(world, id_) for id_ in (board, mine)} == {board: versions[board] + 1, mine: versions[mine]}
    held = 'query { viewer { projectPermissions(projectKey: "SALES") } }'
    assert len((await world.ok("stranger", held))["viewer"]["projectPermissions"]) == 8


async def test_an_heir_must_be_able_to_read_dashboards_wherever_some_are_handed_over(world: World) -> None:
    """They own SALES and a dashboard in OTHER: SALES brings its own right, OTHER takes a grant."""
    await elsewhere(world, seen_by=["owner"])
    theirs = (await do(world, "owner", "createDashboard", projectKey="OTHER", name="Guest"))["dashboard"]["id"]
    for heir in ("stranger", "writer"):
        error = await fault(world, "admin", FIELD, login="owner", transferTo=heir)
        assert (error["__typename"], error["field"]) == ("InvalidInput", ["input", "transferTo"])
        text = f"{heir} may not read dashboards in OTHER, where owner owns some or insights: grant it, or name somebody else."
        assert error["message"] == text
    assert not await turned_away(world, "owner"), "nothing was done"
    reads = ["READ_DASHBOARDS"]
    await do(world, "admin", "setProjectPermissions", projectKey="OTHER", userLogin="stranger", permissions=reads)
    await do(world, "admin", FIELD, login="owner", transferTo="stranger")
    now = await owners(world)
    assert (now["dashboard", theirs], now["project", "OTHER"], now["project", "SALES"]) == ("stranger", "other_owner", "stranger")


async def test_only_an_administrator_deactivates(world: World) -> None:
    refused = {role: ["ADMINISTRATOR"] for role in ROLES if role != "admin"}
    await check_refusals(world, FIELD, {"login": "analyst", "transferTo": "writer"}, refused, hidden="login", allowed=["admin"])
    assert await forbidden(world, "owner", FIELD, login="owner") == ["ADMINISTRATOR"], "not even oneself"


async def test_whoever_is_not_there_or_cannot_inherit_changes_nothing(world: World) -> None:
    await do(world, "admin", "updateUser", login="analyst", active=False)
    strange = ("nobody", "", "CODER", "coder ", "a\0", "x" * 10_000, "💥")
    absent = [({key: login}, "NotFound", [key]) for key in ("login", "transferTo") for login in strange]
    unfit = [({"transferTo": login}, "InvalidInput", ["transferTo"]) for login in ("owner", "analyst")]
    await check_faults(world, "admin", FIELD, {"login": "owner", "transferTo": "writer"}, *absent, *unfit)


async def test_the_last_administrator_stays(world: World) -> None:
    error = await fault(world, "admin", FIELD, login="admin", transferTo="owner")
    assert (error["__typename"], error["field"]) == ("InvalidInput", ["input", "login"])
    await do(world, "admin", "saveGroup", name="Admins", globalPermissions=["ADMINISTRATOR"], memberLogins=["coder"])
    await do(world, "admin", FIELD, login="admin")
    assert await turned_away(world, "admin")
    assert (await fault(world, "coder", FIELD, login="coder"))["field"] == ["input", "login"]


async def test_a_transfer_at_the_same_moment_leaves_nothing_with_them(world: World) -> None:
    """Either it comes first and is handed over, or it comes too late and is refused."""
    boards = [(await do(world, "writer", "createDashboard", projectKey="SALES", name=f"{n}"))["dashboard"]["id"] for n in range(6)]
    await world.person("leaver", permissions=[P.READ_DASHBOARDS])
    gifts = [ask(world, "project_admin", "transferOwnership", {"id": id_, "newOwnerLogin": "leaver"}) for id_ in boards]
    asked = [*gifts[:3], ask(world, "admin", FIELD, {"login": "leaver", "transferTo": "analyst"}), *gifts[3:]]
    answers = await asyncio.gather(*asked)
    assert not [answer for answer in answers if "errors" in answer]
    left = await owners(world)
    assert {left["dashboard", id_] for id_ in boards} <= {"writer", "analyst"}
    assert await turned_away(world, "leaver")
