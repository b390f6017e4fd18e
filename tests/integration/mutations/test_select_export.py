"""selectExport. Rule 16: who may edit the insight chooses among its notebook's exports, or always the latest."""

from server.domain.ids import Kind
from tests.fixtures import make
from tests.fixtures.world import World
from tests.integration.mutations.asking import bad_ids, check_faults, check_refusals, do, elsewhere, moderate

FIELD = "selectExport"
WRITE, MODERATE = ["WRITE_DASHBOARDS"], ["MODERATE_DASHBOARDS"]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
PINNED_BY = "query($id: ID!) { export(id: $id) { sequence pinnedBy { id } } }"
SHOWN = "query($id: ID!) { insight(id: $id) { selectionMode accessState displayedExport { id } pinnedExport { id } } }"


async def two_exports(world: World) -> dict[str, str]:
    """A notebook with two exports; the insight, of coder's, is on the dashboard."""
    notebook = await world.save()
    first = await world.publish(notebook, world.ids["SALES dashboard"])
    await world.save(notebook=make.notebook(make.code("2", make.stream("second"))))
    second = (await do(world, "coder", "createExport", notebookId=notebook))["export"]["id"]
    return {"notebook": notebook, "insight": first["insight"], "first": first["export"], "second": second}


async def test_an_editor_pins_an_export_and_follows_the_newest_again(world: World) -> None:
    ids = await two_exports(world)
    pinned = (await do(world, "writer", FIELD, insightId=ids["insight"], mode="PINNED", exportId=ids["first"]))["insight"]
    assert pinned == {
        "selectionMode": "PINNED",
        "pinnedExport": {"id": ids["first"]},
        "displayedExport": {"id": ids["first"], "sequence": 1},
    }
    assert (await world.ok("analyst", SHOWN, id=ids["insight"]))["insight"]["displayedExport"] == {"id": ids["first"]}
    assert (await world.ok("writer", PINNED_BY, id=ids["first"]))["export"] == {"sequence": 1, "pinnedBy": [{"id": ids["insight"]}]}
    third = (await do(world, "coder", "createExport", notebookId=ids["notebook"]))["export"]["id"]
    assert (await world.ok("analyst", SHOWN, id=ids["insight"]))["insight"]["displayedExport"] == {"id": ids["first"]}
    await do(world, "project_admin", FIELD, insightId=ids["insight"], mode="LATEST")
    latest = {"selectionMode": "LATEST", "accessState": "ACCESSIBLE", "displayedExport": {"id": third}, "pinnedExport": None}
    assert (await world.ok("analyst", SHOWN, id=ids["insight"]))["insight"] == latest


async def test_selecting_takes_the_right_to_edit_and_no_code_right(world: World) -> None:
    """Rule 17: a dashboard-only owner can select, not create."""
    ids = await two_exports(world)
    await world.authorize(ids["notebook"])
    refused = {"stranger": None, "code_only": None, "dash_reader": WRITE, "analyst": WRITE, "auth_manager": WRITE}
    allowed = ["dash_writer", "dash_moderator", "analyst_dash", "writer", "coder", "dash_coder", "project_admin", "admin"]
    given = {"insightId": ids["insight"], "mode": "PINNED", "exportId": ids["first"]}
    await check_refusals(world, FIELD, given, refused, hidden="insightId", allowed=allowed)
    for who in allowed:
        await do(world, who, FIELD, **given)


async def test_an_editor_who_cannot_read_the_exports_does_not_see_the_insight(world: World) -> None:
    """Rule 16."""
    ids = await two_exports(world)
    hidden = dict.fromkeys((*DASHBOARD_ONLY, "stranger", "code_only"))
    given = {"insightId": ids["insight"], "mode": "LATEST"}
    allowed = ["analyst_dash", "writer", "coder", "project_admin", "admin"]
    await check_refusals(world, FIELD, given, {**hidden, "analyst": WRITE, "auth_manager": WRITE}, hidden="insightId", allowed=allowed)


async def test_under_the_policy_owner_or_moderator_others_insights_take_a_moderator(world: World) -> None:
    ids = await two_exports(world)
    await world.authorize(ids["notebook"])
    given = {"insightId": ids["insight"], "mode": "PINNED", "exportId": ids["first"]}
    mine = (await do(world, "dash_writer", "createInsight", notebookId=ids["notebook"]))["insight"]["id"]
    await moderate(world)
    writers = dict.fromkeys(("dash_writer", "analyst_dash", "writer", "dash_coder"), MODERATE)
    readers = dict.fromkeys(("dash_reader", "analyst", "auth_manager"), MODERATE + WRITE)
    refused = {"stranger": None, "code_only": None, **writers, **readers}
    allowed = ["coder", "dash_moderator", "project_admin", "admin"]
    await check_refusals(world, FIELD, given, refused, hidden="insightId", allowed=allowed)
    for who in allowed:
        await do(world, who, FIELD, **given)
    await do(world, "dash_writer", FIELD, **given | {"insightId": mine})


async def test_a_choice_that_makes_no_sense_changes_nothing(world: World) -> None:
    """Rule 16: export of another notebook, PINNED without an export, LATEST with one."""
    ids, hidden = await two_exports(world), await elsewhere(world)
    sibling = await world.publish(await world.save("Sibling"))
    await world.authorize(ids["notebook"])
    given = {"insightId": ids["insight"], "mode": "PINNED", "exportId": ids["first"]}
    wrong = [({"exportId": sibling["export"]}, "InvalidInput"), ({"exportId": None}, "InvalidInput"), ({"mode": "LATEST"}, "InvalidInput")]
    absent = bad_ids("exportId", Kind.EXPORT, hidden["export"], ids["notebook"])
    insights = bad_ids("insightId", Kind.INSIGHT, hidden["insight"], ids["first"])
    cases = [(change, type_, ["exportId"]) for change, type_ in wrong]
    await check_faults(world, "writer", FIELD, given, *cases, *absent, *insights)
    unseen = ({"exportId": sibling["export"]}, "NotFound", ["exportId"])
    await check_faults(world, "dash_writer", FIELD, given, unseen)
