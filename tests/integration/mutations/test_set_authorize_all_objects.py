"""setAuthorizeAllObjects. Rule 19: a project's switch authorizes everything, for all dashboard-only users; rule 13: exports only."""

import asyncio
from typing import Any

import pytest

from server.domain.grants import ProjectPermission
from tests.fixtures.world import ROLES, SECRET, World
from tests.integration.mutations.asking import address, ask, check_faults, check_refusals, do, elsewhere, forbidden, last_subject

FIELD = "setAuthorizeAllObjects"
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
SEEN = """query { project(key: "SALES") { notebooks { totalCount nodes { name isDashboardAuthorized revision } }
    insightSources { totalCount } dashboards { nodes { pages { tiles { ... on InsightTile { accessState } } } } } } }"""


async def seen(world: World, who: str) -> dict[str, Any]:
    project: dict[str, Any] = (await world.ok(who, SEEN))["project"]
    return project


async def test_every_published_notebook_opens_those_to_come_included(world: World) -> None:
    """And its exports only: never a live source, nor a notebook without an export."""
    board = world.ids["SALES dashboard"]
    await world.publish(await world.save("First"), board)
    await world.save("Draft")
    for who in DASHBOARD_ONLY:
        assert (await seen(world, who))["notebooks"] == {"totalCount": 0, "nodes": []}
    done = await do(world, "auth_manager", FIELD, projectKey="SALES", enabled=True)
    assert done == {"project": {"key": "SALES", "authorizesAllObjects": True, "allObjectsCodeExposure": "TILES"}}
    assert await last_subject(world) == world.ids["SALES"]
    await world.publish(await world.save("Second"), board)
    for who in DASHBOARD_ONLY:
        open_ = [{"name": name, "isDashboardAuthorized": True, "revision": None} for name in ("First", "Second")]
        now = await seen(world, who)
        assert now["notebooks"] == {"totalCount": 2, "nodes": open_}
        assert now["dashboards"]["nodes"][0]["pages"][0]["tiles"] == [{"accessState": "ACCESSIBLE"}] * 2
    for who, count in (("dash_writer", 2), ("analyst", 2), ("coder", 3)):
        assert (await seen(world, who))["insightSources"] == {"totalCount": count}
    assert await world.ok("stranger", SEEN) == {"project": None}


async def test_switched_off_it_closes_on_the_next_request_but_for_what_was_opened_singly(world: World) -> None:
    """Rule 28, content addresses included."""
    closed, single = await world.save("Closed"), await world.save("Single")
    exports = [(await world.publish(notebook, world.ids["SALES dashboard"]))["export"] for notebook in (closed, single)]
    await world.authorize(single)
    await do(world, "auth_manager", FIELD, projectKey="SALES", enabled=True)
    urls = [await address(world, "dash_reader", export) for export in exports]
    done = await do(world, "auth_manager", FIELD, projectKey="SALES", enabled=False)
    assert done["project"] == {"key": "SALES", "authorizesAllObjects": False, "allObjectsCodeExposure": None}
    assert [(await world.client.get(url)).status_code for url in urls] == [404, 200]
    now = await seen(world, "dash_reader")
    assert [node["name"] for node in now["notebooks"]["nodes"]] == ["Single"]
    states = [tile["accessState"] for tile in now["dashboards"]["nodes"][0]["pages"][0]["tiles"]]
    assert states == ["NOT_AUTHORIZED", "ACCESSIBLE"]


@pytest.mark.parametrize(("exposure", "asked", "tile"), [("NEVER", False, False), ("TILES", False, True), ("ALWAYS", True, True)])
async def test_the_exposure_decides_what_code_reaches_dashboard_only_readers(
    world: World,
    exposure: str,
    asked: bool,  # noqa: FBT001  parameters
    tile: bool,  # noqa: FBT001
) -> None:
    board = world.ids["SALES dashboard"]
    made = await world.publish(await world.save(), board, show_code=True)
    done = await do(world, "auth_manager", FIELD, projectKey="SALES", enabled=True, codeExposure=exposure)
    assert done["project"]["allObjectsCodeExposure"] == exposure
    answer = await world.run("dash_reader", "query($id: ID!) { export(id: $id) { rendering(showCode: true) { body } } }", id=made["export"])
    assert (SECRET in repr(answer), "errors" in answer) == (asked, not asked)
    query = "query($id: ID!) { dashboard(id: $id) { pages { tiles { ... on InsightTile { rendering { codeIncluded body } } } } } }"
    [shown] = (await world.ok("dash_reader", query, id=board))["dashboard"]["pages"][0]["tiles"]
    assert (shown["rendering"]["codeIncluded"], SECRET in shown["rendering"]["body"]) == (tile, tile)


async def test_an_insight_whose_notebook_was_deleted_opens_and_closes_with_it(world: World) -> None:
    """Rule 27: it says NOTEBOOK_DELETED while the switch is on; off, it is as hidden as any that only the switch had opened."""
    notebook, board = await world.save(), world.ids["SALES dashboard"]
    insight = (await world.publish(notebook, board))["insight"]
    await do(world, "coder", "setInsightListed", insightId=insight, listed=True)
    await do(world, "auth_manager", FIELD, projectKey="SALES", enabled=True, codeExposure="ALWAYS")
    query = """query($id: ID!, $board: ID!) { insight(id: $id) { accessState } node(id: $id) { id } project(key: "SALES") {
        insights { totalCount } } dashboard(id: $board) { pages { tiles {
        ... on InsightTile { accessState displayedTitle insight { id } } } } } }"""
    before = await world.ok("dash_reader", query, id=insight, board=board)
    assert (before["insight"], before["project"]) == ({"accessState": "ACCESSIBLE"}, {"insights": {"totalCount": 1}})
    await do(world, "writer", "deleteNotebook", notebookId=notebook, force=True)
    open_ = await world.ok("dash_reader", query, id=insight, board=board)
    assert (open_["insight"], open_["project"]) == ({"accessState": "NOTEBOOK_DELETED"}, {"insights": {"totalCount": 1}})
    await do(world, "auth_manager", FIELD, projectKey="SALES", enabled=False)
    for who in DASHBOARD_ONLY:
        after = await world.ok(who, query, id=insight, board=board)
        assert (after["insight"], after["node"], after["project"]) == (None, None, {"insights": {"totalCount": 0}}), who
        tile = {"accessState": "NOT_AUTHORIZED", "displayedTitle": None, "insight": None}
        assert after["dashboard"] == {"pages": [{"tiles": [tile]}]}
    assert (await world.ok("analyst", query, id=insight, board=board))["insight"] == {"accessState": "NOTEBOOK_DELETED"}


async def test_a_notebooks_own_exposure_goes_before_the_projects(world: World) -> None:
    notebook = await world.save()
    made = await world.publish(notebook)
    await world.authorize(notebook, "NEVER")
    await do(world, "auth_manager", FIELD, projectKey="SALES", enabled=True, codeExposure="ALWAYS")
    query = "query($id: ID!) { export(id: $id) { viewerCan { showCode } } }"
    assert await world.ok("dash_reader", query, id=made["export"]) == {"export": {"viewerCan": {"showCode": False}}}


async def test_only_those_who_manage_authorizations_switch_it(world: World) -> None:
    allowed = ["auth_manager", "project_admin", "admin"]
    refused = {role: ["MANAGE_AUTHORIZED_OBJECTS"] for role in ROLES if role not in allowed} | {"stranger": None, "code_only": None}
    given = {"projectKey": "SALES", "enabled": True, "codeExposure": "ALWAYS"}
    await check_refusals(world, FIELD, given, refused, hidden="projectKey", allowed=allowed)
    for who in allowed:
        await do(world, who, FIELD, **given)


async def test_nobody_opens_more_than_they_see(world: World) -> None:
    """Rule 26: without READ_PROJECT_CONTENT one may close and narrow, but neither open what is closed nor let more code out."""
    await world.publish(await world.save())
    await world.person("manager", permissions=[ProjectPermission.READ_DASHBOARDS, ProjectPermission.MANAGE_AUTHORIZED_OBJECTS])
    steps = ("NEVER", "TILES", "ALWAYS")
    for exposure in steps:
        given = {"projectKey": "SALES", "enabled": True, "codeExposure": exposure}
        assert await forbidden(world, "manager", FIELD, **given) == ["READ_PROJECT_CONTENT"]
    assert (await seen(world, "manager"))["notebooks"]["totalCount"] == 0
    for current, wanted in ((current, wanted) for current in steps for wanted in steps):
        await do(world, "auth_manager", FIELD, projectKey="SALES", enabled=True, codeExposure=current)
        given = {"projectKey": "SALES", "enabled": True, "codeExposure": wanted}
        if steps.index(wanted) > steps.index(current):
            assert await forbidden(world, "manager", FIELD, **given) == ["READ_PROJECT_CONTENT"], (current, wanted)
        else:
            await do(world, "manager", FIELD, **given)
    await do(world, "manager", FIELD, projectKey="SALES", enabled=False, codeExposure="ALWAYS")
    assert await forbidden(world, "manager", FIELD, projectKey="SALES", enabled=True, codeExposure="NEVER") == ["READ_PROJECT_CONTENT"]


async def test_a_project_that_is_hidden_or_absent_is_not_found(world: World) -> None:
    other = await elsewhere(world)
    keys = ("OTHER", other["dashboard"], "NOSUCH", "", "sales", "SALES ", "x" * 10_000, "a\0", "💥")
    cases = [({"projectKey": key}, "NotFound", ["projectKey"]) for key in keys]
    await check_faults(world, "project_admin", FIELD, {"enabled": True}, *cases)
    for wrong in ({"enabled": None}, {"enabled": "yes"}, {"codeExposure": "SOMETIMES"}, {"codeExposure": None}):
        answer = await ask(world, "project_admin", FIELD, {"projectKey": "SALES", "enabled": True, **wrong})
        assert answer.get("data") is None, "what does not fit the schema is not executed"


async def test_of_many_who_switch_at_once_one_is_the_last(world: World) -> None:
    choices: list[dict[str, object]] = [
        {"enabled": True, "codeExposure": "ALWAYS"},
        {"enabled": True, "codeExposure": "NEVER"},
        {"enabled": False},
    ] * 3
    answers = await asyncio.gather(*(ask(world, "admin", FIELD, {"projectKey": "SALES", **choice}) for choice in choices))
    assert [answer["data"][FIELD]["errors"] for answer in answers] == [[]] * 9
    [(enabled, exposure)] = await world.rows("SELECT authorizes_all_objects, all_objects_code_exposure FROM project WHERE key = 'SALES'")
    assert (bool(enabled), exposure) in [(True, "ALWAYS"), (True, "NEVER"), (False, "TILES")]
