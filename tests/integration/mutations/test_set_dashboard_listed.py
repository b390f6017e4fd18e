"""setDashboardListed. Rule 23: listing warns about unauthorized sources and can authorize them."""

import asyncio

from server.domain.grants import ProjectPermission
from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import (
    ask,
    bad_ids,
    check_faults,
    check_refusals,
    codes,
    do,
    elsewhere,
    fault,
    forbidden,
    last_subject,
    moderate,
    version,
)

FIELD = "setDashboardListed"
WRITE, MODERATE, MANAGE = ["WRITE_DASHBOARDS"], ["MODERATE_DASHBOARDS"], ["MANAGE_AUTHORIZED_OBJECTS"]
REFUSED = {"stranger": None, "code_only": None, "dash_reader": WRITE, "analyst": WRITE, "auth_manager": WRITE}
ALLOWED = ["dash_writer", "dash_moderator", "analyst_dash", "writer", "coder", "dash_coder", "project_admin", "admin"]
LISTED = 'query { project(key: "SALES") { dashboards { nodes { name } } } }'


async def names(world: World) -> list[str]:
    """What a plain reader finds."""
    return [dashboard["name"] for dashboard in (await world.ok("dash_reader", LISTED))["project"]["dashboards"]["nodes"]]


async def showing(world: World, *notebook_ids: str) -> str:
    """A dashboard of writer's with a tile on each notebook; return its id."""
    board = (await do(world, "writer", "createDashboard", projectKey="SALES", name="Mine"))["dashboard"]["id"]
    for notebook in notebook_ids:
        await world.publish(notebook, board)
    return str(board)


async def test_listing_puts_it_on_every_readers_list_and_takes_it_off(world: World) -> None:
    board = await showing(world)
    assert await names(world) == ["Dashboard"]
    listed = await do(world, "dash_writer", FIELD, dashboardId=board, listed=True, expectedVersion=1)
    assert listed == {"dashboard": {"listed": True, "version": 2}, "warnings": []}
    assert await names(world) == ["Dashboard", "Mine"]
    again = await do(world, "writer", FIELD, dashboardId=board, listed=True)
    assert again["dashboard"] == {"listed": True, "version": 3}
    await do(world, "coder", FIELD, dashboardId=board, listed=False)
    assert await names(world) == ["Dashboard"]


async def test_only_dashboard_writers_list(world: World) -> None:
    given = {"dashboardId": await showing(world), "listed": True}
    await check_refusals(world, FIELD, given, REFUSED, hidden="dashboardId", allowed=ALLOWED)
    for who in ALLOWED:
        await do(world, who, FIELD, **given)


async def test_under_the_policy_owner_or_moderator_even_ones_own_takes_a_moderator(world: World) -> None:
    given = {"dashboardId": await showing(world), "listed": True}
    await moderate(world)
    writers = dict.fromkeys(("dash_writer", "analyst_dash", "writer", "coder", "dash_coder"), MODERATE)
    readers = dict.fromkeys(("dash_reader", "analyst", "auth_manager"), MODERATE + WRITE)
    refused = {"stranger": None, "code_only": None, **writers, **readers}
    await check_refusals(world, FIELD, given, refused, hidden="dashboardId", allowed=["dash_moderator", "project_admin", "admin"])


async def test_listing_warns_of_each_source_that_readers_do_not_see(world: World) -> None:
    first, second, open_to_all = [await world.save(name) for name in ("First", "Second", "Open")]
    await world.authorize(open_to_all)
    board = await showing(world, first, second, open_to_all, first)
    warned = await do(world, "writer", FIELD, dashboardId=board, listed=True)
    assert codes(warned) == [("SOURCE_NOT_AUTHORIZED", False)] * 2
    assert ["'First'" in warned["warnings"][0]["message"], "'Second'" in warned["warnings"][1]["message"]] == [True, True]
    assert codes(await do(world, "project_admin", FIELD, dashboardId=board, listed=True)) == [("SOURCE_NOT_AUTHORIZED", True)] * 2
    assert codes(await do(world, "writer", FIELD, dashboardId=board, listed=False)) == []
    hidden = await do(world, "dash_writer", FIELD, dashboardId=board, listed=True)
    assert "First" not in repr(hidden), "the name of a notebook that they may not see"


async def test_authorize_opens_every_source_in_the_same_call(world: World) -> None:
    first, second = await world.save("First"), await world.save("Second")
    board = await showing(world, first, second)
    done = await do(world, "project_admin", FIELD, dashboardId=board, listed=True, authorize=True)
    assert done["warnings"] == []
    assert await last_subject(world) == board, "one event, on the dashboard"
    seen = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Notebook { name isDashboardAuthorized } } }"
    assert (await world.ok("dash_reader", seen, ids=[first, second]))["nodes"] == [
        {"name": "First", "isDashboardAuthorized": True},
        {"name": "Second", "isDashboardAuthorized": True},
    ]


async def test_authorize_without_the_right_does_nothing_at_all(world: World) -> None:
    """Rule 21: whether or not there is anything to authorize, and whether or not the caller sees it."""
    bare, board = await showing(world), await showing(world, await world.save())
    for dashboard in (bare, board):
        for who in ("writer", "dash_writer", "coder"):
            for listed in (True, False):
                assert await forbidden(world, who, FIELD, dashboardId=dashboard, listed=listed, authorize=True) == MANAGE
    await world.person("manager", permissions=[ProjectPermission.WRITE_PROJECT_CONTENT, ProjectPermission.MANAGE_AUTHORIZED_OBJECTS])
    assert codes(await do(world, "manager", FIELD, dashboardId=board, listed=True, authorize=True)) == []


async def test_a_stale_version_conflicts_and_shows_the_one_of_now(world: World) -> None:
    board = await showing(world)
    await do(world, "writer", FIELD, dashboardId=board, listed=True)
    for stale in (1, 3, 0, -1, 2**31 - 1):
        error = await fault(world, "writer", FIELD, dashboardId=board, listed=False, expectedVersion=stale)
        assert (error["__typename"], error["code"], error["field"]) == ("VersionConflict", "CONFLICT", ["input", "expectedVersion"])
        assert error["current"] == {"id": board, "version": 2}
    await do(world, "writer", FIELD, dashboardId=board, listed=False, expectedVersion=2)


async def test_of_many_with_the_same_expected_version_one_wins(world: World) -> None:
    board = await showing(world)
    given = {"dashboardId": board, "listed": True, "expectedVersion": 1}
    answers = await asyncio.gather(*(ask(world, "writer", FIELD, given) for _ in range(8)))
    faults = [error["__typename"] for answer in answers for error in answer["data"][FIELD]["errors"]]
    assert faults == ["VersionConflict"] * 7
    assert await version(world, board) == 2


async def test_what_is_no_dashboard_is_not_found(world: World) -> None:
    other = await elsewhere(world)
    cases = bad_ids("dashboardId", Kind.DASHBOARD, other["dashboard"], world.ids["SALES"])
    await check_faults(world, "writer", FIELD, {"listed": True}, *cases)
