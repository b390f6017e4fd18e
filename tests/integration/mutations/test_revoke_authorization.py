"""revokeAuthorization. Rule 28: it takes hold on the next request, content addresses included."""

import asyncio

import pytest
from sqlalchemy import select

from server.db.models import InsightRow, NotebookRow
from server.domain.grants import ProjectPermission
from server.domain.ids import Kind
from tests.fixtures.world import SECRET, World
from tests.integration.mutations.asking import ask, bad_ids, check_faults, check_refusals, do, elsewhere, fault

FIELD = "revokeAuthorization"
MANAGE = ["MANAGE_AUTHORIZED_OBJECTS"]
SEEN = """query($notebook: ID!, $insight: ID!, $board: ID!) { notebook(id: $notebook) { id } insight(id: $insight) { id }
    dashboard(id: $board) { pages { tiles { ... on InsightTile { accessState displayedTitle rendering { url } } } } } }"""


async def test_what_was_open_is_closed_on_the_next_request(world: World) -> None:
    notebook, board = await world.save(), world.ids["SALES dashboard"]
    insight = (await world.publish(notebook, board))["insight"]
    await world.authorize(notebook)
    await do(world, "coder", "setInsightListed", insightId=insight, listed=True)
    ids = {"notebook": notebook, "insight": insight, "board": board}
    [tile] = (await world.ok("dash_reader", SEEN, **ids))["dashboard"]["pages"][0]["tiles"]
    assert (await world.client.get(tile["rendering"]["url"])).status_code == 200
    done = await do(world, "auth_manager", FIELD, notebookId=notebook)
    assert done == {"notebook": {"id": notebook, "isDashboardAuthorized": False}, "affectedInsights": [{"id": insight}]}
    hidden = {"accessState": "NOT_AUTHORIZED", "displayedTitle": None, "rendering": None}
    gone = {"notebook": None, "insight": None, "dashboard": {"pages": [{"tiles": [hidden]}]}}
    assert await world.ok("dash_reader", SEEN, **ids) == gone
    assert (await world.client.get(tile["rendering"]["url"])).status_code == 404
    assert (await world.ok("analyst", SEEN, **ids))["notebook"] == {"id": notebook}


async def test_only_those_who_manage_authorizations_revoke(world: World) -> None:
    notebook = await world.save()
    await world.publish(notebook)
    await world.authorize(notebook)
    everyone = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder", "analyst", "analyst_dash", "writer", "coder")
    refused = {"stranger": None, "code_only": None, **dict.fromkeys(everyone, MANAGE)}
    allowed = ["auth_manager", "project_admin", "admin"]
    await check_refusals(world, FIELD, {"notebookId": notebook}, refused, hidden="notebookId", allowed=allowed)
    for who in allowed:
        await do(world, who, FIELD, notebookId=notebook)
        await world.authorize(notebook)


async def test_where_nothing_is_authorized_there_is_nothing_to_revoke(world: World) -> None:
    notebook, other = await world.save(), await elsewhere(world)
    error = await fault(world, "auth_manager", FIELD, notebookId=notebook)
    assert (error["__typename"], error["message"]) == ("NotFound", "There is no such authorization, or you may not see it.")
    await check_faults(world, "auth_manager", FIELD, {}, *bad_ids("notebookId", Kind.NOTEBOOK, other["notebook"], world.ids["SALES"]))


async def test_who_loses_sight_of_the_notebook_by_it_is_told_no_more(world: World) -> None:
    """Neither the insight's name nor, below it, a byte of what it shows."""
    notebook = await world.save()
    insight = (await world.publish(notebook))["insight"]
    await world.authorize(notebook)
    await do(world, "coder", "setInsightListed", insightId=insight, listed=True)
    await world.person("manager", permissions=[ProjectPermission.READ_DASHBOARDS, ProjectPermission.MANAGE_AUTHORIZED_OBJECTS])
    query = """mutation($id: ID!) { revokeAuthorization(input: {notebookId: $id}) { notebook { name }
        affectedInsights { name displayedExport { sequence rendering { fragment } } } errors { message } } }"""
    done = (await world.ok("manager", query, id=notebook))["revokeAuthorization"]
    assert done == {"notebook": None, "affectedInsights": [], "errors": []}


async def test_the_insights_that_readers_lose_are_named_as_lists_name_them(world: World) -> None:
    """An unlisted one only to its owner and to dashboard writers."""
    notebook = await world.save()
    unlisted, listed = [(await world.publish(notebook))["insight"] for _ in range(2)]
    await do(world, "coder", "setInsightListed", insightId=listed, listed=True)
    await world.person("owner_of_one", permissions=[ProjectPermission.READ_PROJECT_CONTENT, ProjectPermission.MANAGE_AUTHORIZED_OBJECTS])
    for who, expected in (("auth_manager", [listed]), ("project_admin", [unlisted, listed]), ("owner_of_one", [listed])):
        await world.authorize(notebook)
        done = await do(world, who, FIELD, notebookId=notebook)
        assert done["affectedInsights"] == [{"id": insight} for insight in expected], who
    await do(world, "admin", "transferOwnership", id=unlisted, newOwnerLogin="owner_of_one")
    await world.authorize(notebook)
    assert len((await do(world, "owner_of_one", FIELD, notebookId=notebook))["affectedInsights"]) == 2


EXPOSURES = ("NEVER", "TILES", "ALWAYS")


@pytest.mark.parametrize("own", EXPOSURES)
@pytest.mark.parametrize("switch", EXPOSURES)
async def test_under_the_projects_switch_it_never_lets_more_code_out(world: World, own: str, switch: str) -> None:
    """The switch keeps the notebook open: revoking is refused where that would show more, and nobody loses an insight by it."""
    notebook = await world.save()
    made = await world.publish(notebook)
    await world.authorize(notebook, own)
    await do(world, "auth_manager", "setAuthorizeAllObjects", projectKey="SALES", enabled=True, codeExposure=switch)
    query = "query($id: ID!) { export(id: $id) { rendering(showCode: true) { body } } }"
    if EXPOSURES.index(switch) > EXPOSURES.index(own):
        error = await fault(world, "auth_manager", FIELD, notebookId=notebook)
        assert (error["__typename"], error["field"]) == ("InvalidInput", ["input", "notebookId"])
        assert error["message"] == (
            f"The project authorizes all its notebooks, with code exposure {switch}: without its own authorization, which says {own}, this "
            "one would show more code. Switch that off first (setAuthorizeAllObjects), or keep the authorization: with NEVER it shows none."
        )
        await do(world, "auth_manager", "setAuthorizeAllObjects", projectKey="SALES", enabled=False)
    else:
        open_ = {"notebook": {"id": notebook, "isDashboardAuthorized": True}, "affectedInsights": []}
        assert await do(world, "project_admin", FIELD, notebookId=notebook) == open_
    exposed = SECRET in repr(await world.run("dash_reader", query, id=made["export"]))
    assert exposed == (own == "ALWAYS" == switch)


async def test_of_many_who_revoke_at_once_one_does(world: World) -> None:
    notebook = await world.save()
    await world.authorize(notebook)
    answers = await asyncio.gather(*(ask(world, "admin", FIELD, {"notebookId": notebook}) for _ in range(6)))
    assert [answer.get("errors") for answer in answers] == [None] * 6
    payloads = [answer["data"][FIELD] for answer in answers]
    assert sorted(error["__typename"] for payload in payloads for error in payload["errors"]) == ["NotFound"] * 5
    assert await world.rows("SELECT count(*) FROM authorized_object") == [(0,)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
async def test_who_waits_for_somebody_that_waits_for_them_does_it_again(world: World) -> None:
    notebook = await world.save()
    insight = (await world.publish(notebook))["insight"]
    await world.authorize(notebook)
    async with world.application.parts.database.writing() as other:
        await other.execute(select(InsightRow.id).where(InsightRow.id == insight).with_for_update())
        revoking = asyncio.create_task(do(world, "admin", FIELD, notebookId=notebook))
        while await world.rows("SELECT 1 FROM pg_locks WHERE NOT granted") == []:  # noqa: ASYNC110  nobody else tells
            await asyncio.sleep(0.01)
        await other.execute(select(NotebookRow.id).where(NotebookRow.id == notebook).with_for_update())
    assert (await revoking)["affectedInsights"] == [{"id": insight}]
    assert await world.rows("SELECT authorized FROM insight") == [(False,)]
