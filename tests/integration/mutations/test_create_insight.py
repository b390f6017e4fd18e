"""createInsight: an insight on a published notebook, and its tiles; the code right is not needed (rules 5, 6, 11 to 13)."""

from server.domain.ids import Kind, new_id
from tests.fixtures.world import World
from tests.integration.mutations.asking import (
    OFF_THE_GRID,
    bad_ids,
    bad_names,
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

FIELD = "createInsight"
WRITE = ["WRITE_DASHBOARDS"]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
SEEN = """query($id: ID!) { insight(id: $id) { name owner { login } listed selectionMode displayedExport { id sequence }
    dashboards { id } tiles { id } } }"""


async def test_a_dashboard_writer_shows_an_authorized_notebook(world: World) -> None:
    """Rules 6 and 11."""
    notebook, board = await world.save(), world.ids["SALES dashboard"]
    export = (await world.publish(notebook))["export"]
    await world.authorize(notebook)
    made = await do(world, "dash_writer", FIELD, notebookId=notebook, name="  Mine ", targets=[{"dashboardId": board, "showCode": True}])
    assert await last_subject(world) == made["insight"]["id"], "the audit names what was made"
    assert (made["export"], made["warnings"]) == (None, [])
    assert [(tile["showCode"], tile["box"]) for tile in made["tiles"]] == [(True, {"left": 0, "top": 0, "width": 12, "height": 15})]
    assert (await world.ok("analyst_dash", SEEN, id=made["insight"]["id"]))["insight"] == {
        "name": "Mine",
        "owner": {"login": "dash_writer"},
        "listed": False,
        "selectionMode": "LATEST",
        "displayedExport": {"id": export, "sequence": 1},
        "dashboards": [{"id": board}],
        "tiles": [{"id": made["tiles"][0]["id"]}],
    }
    assert await version(world, board) == 2


async def test_who_may_create_one_on_a_notebook_that_is_not_authorized(world: World) -> None:
    notebook = await world.save()
    await world.publish(notebook)
    hidden = dict.fromkeys((*DASHBOARD_ONLY, "stranger", "code_only"))
    refused = {**hidden, "analyst": WRITE, "auth_manager": WRITE}
    allowed = ["analyst_dash", "writer", "coder", "project_admin", "admin"]
    await check_refusals(world, FIELD, {"notebookId": notebook}, refused, hidden="notebookId", allowed=allowed)
    for who in allowed:
        can_fix = who in {"project_admin", "admin"}
        assert codes(await do(world, who, FIELD, notebookId=notebook)) == [("SOURCE_NOT_AUTHORIZED", can_fix)], "rule 21"


async def test_who_may_create_one_on_an_authorized_notebook(world: World) -> None:
    notebook = await world.save()
    await world.publish(notebook)
    await world.authorize(notebook)
    refused = {"stranger": None, "code_only": None, "dash_reader": WRITE, "analyst": WRITE, "auth_manager": WRITE}
    allowed = ["dash_writer", "dash_moderator", "dash_coder", "analyst_dash", "writer", "coder", "project_admin", "admin"]
    await check_refusals(world, FIELD, {"notebookId": notebook}, refused, hidden="notebookId", allowed=allowed)
    for who in allowed:
        assert codes(await do(world, who, FIELD, notebookId=notebook)) == []


async def test_before_the_first_export_there_is_nothing_to_show(world: World) -> None:
    """Rule 5; to a dashboard-only user such a notebook does not exist, authorized or not."""
    notebook = await world.save()
    await world.authorize(notebook)
    for who in ("analyst_dash", "writer", "coder"):
        error = await fault(world, who, FIELD, notebookId=notebook)
        assert (error["__typename"], error["code"], error["field"]) == (
            "NotebookNotPublished",
            "FAILED_PRECONDITION",
            ["input", "notebookId"],
        )
        assert error["notebook"] == {"id": notebook}
    hidden = await fault(world, "dash_writer", FIELD, notebookId=notebook)
    assert hidden == await fault(world, "dash_writer", FIELD, notebookId=new_id(Kind.NOTEBOOK))
    assert hidden["__typename"] == "NotFound"


async def test_the_first_export_may_come_with_it_from_those_who_may_make_exports(world: World) -> None:
    """Rule 5, and rule 4's refusals: a writer and a project admin lack the code right."""
    notebook = await world.save()
    for who, requires in (("writer", ["WRITE_SAFE_CODE"]), ("project_admin", ["WRITE_SAFE_CODE"])):
        assert await forbidden(world, who, FIELD, notebookId=notebook, createExport=True) == requires
    both = ["WRITE_PROJECT_CONTENT", "WRITE_SAFE_CODE"]
    assert await forbidden(world, "analyst_dash", FIELD, notebookId=notebook, createExport=True) == both
    made = await do(world, "coder", FIELD, notebookId=notebook, createExport=True)
    assert (made["export"]["sequence"], made["export"]["trigger"], made["insight"]["selectionMode"]) == (1, "MANUAL", "LATEST")
    again = await do(world, "coder", FIELD, notebookId=notebook, createExport=True)
    assert (again["export"]["sequence"], codes(again)) == (2, [("UNCHANGED_SINCE_LATEST", False), ("SOURCE_NOT_AUTHORIZED", False)])
    pinned = await do(world, "coder", FIELD, notebookId=notebook, createExport=True, mode="PINNED")
    assert pinned["insight"]["pinnedExport"] == {"id": pinned["export"]["id"]}
    await world.authorize(notebook)
    assert await forbidden(world, "dash_coder", FIELD, notebookId=notebook, createExport=True) == ["WRITE_PROJECT_CONTENT"], "rule 13"


async def test_an_insight_is_born_with_the_export_that_was_chosen(world: World) -> None:
    """Rule 3: two insights may show different exports at the same moment."""
    notebook = await world.save()
    first, second = (await world.publish(notebook))["export"], (await world.publish(notebook))["export"]
    pinned = (await do(world, "writer", FIELD, notebookId=notebook, mode="PINNED", exportId=first))["insight"]
    latest = (await do(world, "writer", FIELD, notebookId=notebook))["insight"]
    assert (pinned["selectionMode"], pinned["pinnedExport"]) == ("PINNED", {"id": first})
    shown = [(await world.ok("analyst", SEEN, id=one["id"]))["insight"]["displayedExport"]["id"] for one in (pinned, latest)]
    assert shown == [first, second]


async def test_a_choice_that_makes_no_sense_creates_nothing(world: World) -> None:
    """Rule 16, and all or nothing: with createExport too no export is left."""
    notebook, hidden = await world.save(), await elsewhere(world)
    export = (await world.publish(notebook))["export"]
    other = (await world.publish(await world.save("Other")))["export"]
    for create in (False, True):
        given = {"notebookId": notebook, "createExport": create}
        none = [] if create else [({"mode": "PINNED"}, "InvalidInput", ["exportId"])]
        foreign = ({"mode": "PINNED", "exportId": other}, "InvalidInput", ["exportId"])
        both = ({"mode": "LATEST", "exportId": export}, "InvalidInput", ["exportId"])
        absent = [({"mode": "PINNED", **change}, type_, path) for change, type_, path in bad_ids("exportId", Kind.EXPORT, hidden["export"])]
        await check_faults(world, "coder", FIELD, given, *none, foreign, both, *absent)


async def test_a_bad_input_creates_nothing(world: World) -> None:
    notebook, other = await world.save(), await elsewhere(world, seen_by=["writer"])
    await world.publish(notebook)
    board = world.ids["SALES dashboard"]
    places = [
        ({"dashboardId": new_id(Kind.DASHBOARD)}, "NotFound", "dashboardId"),
        ({"dashboardId": other["dashboard"]}, "InvalidInput", "dashboardId"),
        ({"dashboardId": board, "pageId": other["page"]}, "InvalidInput", "pageId"),
        *(({"dashboardId": board, "box": box}, "InvalidInput", "box") for box in OFF_THE_GRID),
    ]
    targets = [({"targets": [{"dashboardId": board}, place]}, type_, ["targets", "1", key]) for place, type_, key in places]
    ids = bad_ids("notebookId", Kind.NOTEBOOK, world.ids["SALES"])
    await check_faults(world, "writer", FIELD, {"notebookId": notebook}, *bad_names(), *ids, *targets)


async def test_authorize_takes_its_own_right(world: World) -> None:
    """Rule 21: FORBIDDEN and nothing done, or both in one call."""
    notebook = await world.save()
    await world.publish(notebook)
    for who in ("analyst_dash", "writer", "coder"):
        assert await forbidden(world, who, FIELD, notebookId=notebook, authorize=True) == ["MANAGE_AUTHORIZED_OBJECTS"]
    made = await do(
        world, "project_admin", FIELD, notebookId=notebook, authorize=True, targets=[{"dashboardId": world.ids["SALES dashboard"]}]
    )
    assert made["warnings"] == []
    assert (await world.ok("dash_reader", SEEN, id=made["insight"]["id"]))["insight"]["tiles"] == [{"id": made["tiles"][0]["id"]}]


async def test_a_dashboard_one_may_not_edit_refuses_the_insight_too(world: World) -> None:
    notebook = await world.save()
    await world.publish(notebook)
    mine = (await do(world, "writer", "createDashboard", projectKey="SALES", name="Mine"))["dashboard"]["id"]
    await moderate(world)
    targets = [{"dashboardId": mine}, {"dashboardId": world.ids["SALES dashboard"]}]
    assert await forbidden(world, "writer", FIELD, notebookId=notebook, targets=targets) == ["MODERATE_DASHBOARDS"]
    await do(world, "writer", FIELD, notebookId=notebook, targets=targets[:1])
