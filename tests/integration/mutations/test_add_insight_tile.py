"""addInsightTile: an insight of the same project, in a box of the grid."""

import asyncio

from server.domain.ids import Kind, new_id
from tests.fixtures.world import World
from tests.integration.mutations.asking import (
    OFF_THE_GRID,
    Spoilt,
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
    pages,
)

FIELD = "addInsightTile"
WRITE, MODERATE, MANAGE = ["WRITE_DASHBOARDS"], ["MODERATE_DASHBOARDS"], ["MANAGE_AUTHORIZED_OBJECTS"]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
TILES = """query($id: ID!) { dashboard(id: $id) { version pages { tiles { id box { left top width height } title displayedTitle
    ... on InsightTile { accessState clickAction insight { name } } } } } }"""


async def setting(world: World, *, authorized: bool = False) -> dict[str, str]:
    """A published notebook with an insight that stands on no dashboard."""
    notebook = await world.save()
    made = await do(world, "coder", "publishNotebook", notebookId=notebook, insightName="Sales")
    if authorized:
        await world.authorize(notebook)
    return {"dashboardId": world.ids["SALES dashboard"], "insightId": made["insight"]["id"]}


async def tiles(world: World, who: str, dashboard_id: str) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = (await world.ok(who, TILES, id=dashboard_id))["dashboard"]["pages"][0]["tiles"]
    return listed


async def test_a_tile_takes_the_first_free_slot_and_the_insights_name(world: World) -> None:
    """Grid: 12 by 15; code is hidden unless its author shows it (rule 14)."""
    given = await setting(world, authorized=True)
    made = await do(world, "dash_writer", FIELD, **given, expectedVersion=1)
    tile = made["tile"]
    assert (tile["showCode"], tile["titleMode"], tile["clickAction"], tile["title"]) == (False, "ALWAYS", "NONE", None)
    assert (made["dashboard"], made["warnings"]) == ({"version": 2}, [])
    for number in range(2, 5):
        assert (await do(world, "dash_writer", FIELD, **given))["dashboard"]["version"] == number + 1
    places = [(0, 0), (12, 0), (24, 0), (0, 15)]
    seen = await tiles(world, "dash_reader", given["dashboardId"])
    assert [tile["box"] for tile in seen] == [{"left": left, "top": top, "width": 12, "height": 15} for left, top in places]
    assert {tile["displayedTitle"] for tile in seen} == {"Sales"}


async def test_a_tile_looks_as_it_was_told_to(world: World) -> None:
    given = await setting(world)
    box = {"left": 30, "top": 99_999, "width": 6, "height": 1}
    look = {"title": "  Week 1 ", "titleMode": "ON_HOVER", "clickAction": "OPEN_INSIGHT", "showCode": True, "box": box}
    tile = (await do(world, "writer", FIELD, **given, **look))["tile"]
    assert {key: tile[key] for key in look} == look | {"title": "Week 1"}
    for blank in ("", "   "):
        assert (await do(world, "writer", FIELD, **given, title=blank))["tile"]["title"] is None
    assert (await do(world, "writer", FIELD, **given, title=" " * 300 + "x" * 200))["tile"]["title"] == "x" * 200


async def test_what_a_box_covers_moves_down_and_that_what_it_covers(world: World) -> None:
    given = await setting(world)
    low = await do(world, "writer", FIELD, **given, box={"left": 0, "top": 5, "width": 4, "height": 5})
    side = await do(world, "writer", FIELD, **given, box={"left": 20, "top": 0, "width": 4, "height": 50})
    high = await do(world, "writer", FIELD, **given, box={"left": 2, "top": 0, "width": 4, "height": 5})
    new = await do(world, "writer", FIELD, **given, box={"left": 5, "top": 1, "width": 2, "height": 2})
    tops = {tile["id"]: tile["box"] for tile in await tiles(world, "writer", given["dashboardId"])}
    assert [tops[made["tile"]["id"]]["top"] for made in (new, high, low, side)] == [1, 3, 8, 0]  # type: ignore[index]


async def test_only_editors_of_the_dashboard_add_tiles(world: World) -> None:
    given = await setting(world, authorized=True)
    refused = {"stranger": None, "code_only": None, "dash_reader": WRITE, "analyst": WRITE, "auth_manager": WRITE}
    allowed = ["dash_writer", "dash_moderator", "analyst_dash", "writer", "coder", "dash_coder", "project_admin", "admin"]
    await check_refusals(world, FIELD, given, refused, hidden="dashboardId", allowed=allowed)
    for who in allowed:
        assert codes(await do(world, who, FIELD, **given)) == []


async def test_an_insight_that_one_may_not_see_does_not_exist(world: World) -> None:
    """Rules 20 and 21: an analyst adds an unauthorized source with a warning, a dashboard-only writer cannot at all."""
    given = await setting(world)
    allowed = ["analyst_dash", "writer", "coder", "project_admin", "admin"]
    for who in DASHBOARD_ONLY:
        hidden = await fault(world, who, FIELD, **given)
        assert hidden == await fault(world, who, FIELD, **given | {"insightId": new_id(Kind.INSIGHT)})
        assert (hidden["__typename"], hidden["field"]) == ("NotFound", ["input", "insightId"])
    for who in ("analyst", "auth_manager"):
        assert await forbidden(world, who, FIELD, **given) == WRITE
    for who in allowed:
        assert codes(await do(world, who, FIELD, **given)) == [("SOURCE_NOT_AUTHORIZED", who in {"project_admin", "admin"})]
    seen = await tiles(world, "dash_reader", given["dashboardId"])
    assert {(tile["accessState"], tile["insight"], tile["displayedTitle"]) for tile in seen} == {("NOT_AUTHORIZED", None, None)}


async def test_under_the_policy_owner_or_moderator_others_dashboards_take_a_moderator(world: World) -> None:
    given = await setting(world, authorized=True)
    await moderate(world)
    for who in ("dash_writer", "analyst_dash", "writer", "coder", "dash_coder"):
        assert await forbidden(world, who, FIELD, **given) == MODERATE
    mine = (await do(world, "dash_writer", "createDashboard", projectKey="SALES", name="Mine"))["dashboard"]["id"]
    await do(world, "dash_writer", FIELD, **given | {"dashboardId": mine})
    await do(world, "dash_moderator", FIELD, **given)


async def test_authorize_takes_its_own_right(world: World) -> None:
    """Rule 21."""
    given = await setting(world)
    for who in ("analyst_dash", "writer", "coder"):
        assert await forbidden(world, who, FIELD, **given, authorize=True) == MANAGE
    assert codes(await do(world, "project_admin", FIELD, **given, authorize=True)) == []
    assert await last_subject(world) == given["dashboardId"]
    [tile] = await tiles(world, "dash_reader", given["dashboardId"])
    assert tile["accessState"] == "ACCESSIBLE"


async def test_a_bad_input_adds_nothing(world: World) -> None:
    given, other = await setting(world), await elsewhere(world, seen_by=["writer"])
    second = (await do(world, "writer", "createDashboard", projectKey="SALES", name="Second"))["dashboard"]["id"]
    [foreign_page] = await pages(world, "writer", second)
    boxes = [({"box": box}, "InvalidInput", ["box"]) for box in OFF_THE_GRID]
    titles = [({"title": title}, "InvalidInput", ["title"]) for title in ("x" * 201, "x" * 10_000, "a\0", "a\nb")]
    apart: list[Spoilt] = [
        ({"insightId": other["insight"]}, "InvalidInput", ["insightId"]),
        ({"dashboardId": other["dashboard"]}, "InvalidInput", ["insightId"]),
        ({"pageId": foreign_page}, "InvalidInput", ["pageId"]),
        ({"pageId": other["page"]}, "InvalidInput", ["pageId"]),
        ({"clickAction": "OPEN_OTHER_INSIGHT"}, "InvalidInput", ["clickAction"]),
        ({"expectedVersion": 7}, "VersionConflict", ["expectedVersion"]),
    ]
    ids = [*bad_ids("dashboardId", Kind.DASHBOARD), *bad_ids("insightId", Kind.INSIGHT), *bad_ids("pageId", Kind.PAGE)]
    await check_faults(world, "writer", FIELD, given, *boxes, *titles, *apart, *ids)


async def test_a_hidden_dashboard_and_a_hidden_insight_are_absent(world: World) -> None:
    """Rule 25."""
    given, other = await setting(world), await elsewhere(world)
    hidden = [
        ({"dashboardId": other["dashboard"]}, "NotFound", ["dashboardId"]),
        ({"insightId": other["insight"]}, "NotFound", ["insightId"]),
    ]
    await check_faults(world, "writer", FIELD, given, *hidden, ({"pageId": other["page"]}, "NotFound", ["pageId"]))


async def test_a_full_page_says_that_it_is_full(world: World) -> None:
    given = await setting(world)
    await do(world, "writer", FIELD, **given, box={"left": 0, "top": 0, "width": 36, "height": 100_000})
    over = ({"box": {"left": 0, "top": 0, "width": 1, "height": 1}}, "InvalidInput", ["box"])
    await check_faults(world, "writer", FIELD, given, over, ({}, "InvalidInput", ["box"]))


async def test_tiles_added_at_once_never_overlap(world: World) -> None:
    """An edit told ok is never lost; the version counts them."""
    given = await setting(world)
    answers = await asyncio.gather(*(ask(world, "writer", FIELD, given) for _ in range(10)))
    assert sorted(answer["data"][FIELD]["dashboard"]["version"] for answer in answers) == list(range(2, 12))
    boxes = [repr(tile["box"]) for tile in await tiles(world, "writer", given["dashboardId"])]
    assert len(set(boxes)) == 10
