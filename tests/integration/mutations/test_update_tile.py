"""updateTile: how a tile looks. Rule 14: showing code is its author's choice, never a reader's."""

import asyncio

from server.db.models import TileRow
from server.domain.dashboards import TileClickAction
from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import ask, bad_ids, check_faults, check_refusals, do, elsewhere, fault, moderate, version

FIELD = "updateTile"
WRITE, MODERATE = ["WRITE_DASHBOARDS"], ["MODERATE_DASHBOARDS"]
READERS = ("dash_reader", "analyst", "auth_manager")
TILE = """query($id: ID!) { dashboard(id: $id) { version pages { tiles { title displayedTitle titleMode
    ... on InsightTile { showCode clickAction targetInsight { id } rendering { codeIncluded } } } } } }"""


async def setting(world: World) -> dict[str, str]:
    """A tile on the first dashboard; return its ids: tile, insight, notebook, dashboard."""
    notebook, board = await world.save(), world.ids["SALES dashboard"]
    made = await world.publish(notebook, board)
    return {"tile": made["tiles"][0], "insight": made["insight"], "notebook": notebook, "dashboard": board}


async def shown(world: World, who: str = "analyst") -> dict[str, object]:
    [tile] = (await world.ok(who, TILE, id=world.ids["SALES dashboard"]))["dashboard"]["pages"][0]["tiles"]
    return dict(tile)


async def test_what_is_given_changes_and_the_rest_stays(world: World) -> None:
    ids = await setting(world)
    made = await do(world, "writer", FIELD, tileId=ids["tile"], title="  Week 1 ", titleMode="NEVER", expectedVersion=2)
    assert made["dashboard"] == {"version": 3}
    look = {"title": "Week 1", "displayedTitle": "Week 1", "titleMode": "NEVER", "showCode": False, "clickAction": "NONE"}
    assert await shown(world) == look | {"targetInsight": None, "rendering": {"codeIncluded": False}}
    await do(world, "writer", FIELD, tileId=ids["tile"], showCode=True)
    assert await shown(world) == look | {"targetInsight": None, "showCode": True, "rendering": {"codeIncluded": True}}
    nothing = dict.fromkeys(("showCode", "titleMode", "clickAction", "targetInsightId"))
    await do(world, "writer", FIELD, tileId=ids["tile"], **nothing)
    assert (await shown(world))["title"] == "Week 1"
    assert await version(world, ids["dashboard"]) == 5, "each accepted edit counts, even one that changes nothing"


async def test_a_title_of_null_or_blanks_gives_the_insights_name_back(world: World) -> None:
    ids = await setting(world)
    name = (await shown(world))["displayedTitle"]
    for blank in (None, "", "  "):
        await do(world, "writer", FIELD, tileId=ids["tile"], title="Week 1")
        assert (await shown(world))["displayedTitle"] == "Week 1"
        await do(world, "writer", FIELD, tileId=ids["tile"], title=blank)
        assert ((await shown(world))["title"], (await shown(world))["displayedTitle"]) == (None, name)


async def test_only_editors_of_the_dashboard_change_a_tile(world: World) -> None:
    ids = await setting(world)
    refused = {"stranger": None, "code_only": None, **dict.fromkeys(READERS, WRITE)}
    allowed = ["dash_writer", "dash_moderator", "analyst_dash", "writer", "coder", "dash_coder", "project_admin", "admin"]
    await check_refusals(world, FIELD, {"tileId": ids["tile"], "showCode": True}, refused, hidden="tileId", allowed=allowed)
    for who in allowed:
        await do(world, who, FIELD, tileId=ids["tile"], showCode=True)


async def test_under_the_policy_owner_or_moderator_others_tiles_take_a_moderator(world: World) -> None:
    ids = await setting(world)
    await moderate(world)
    writers = dict.fromkeys(("dash_writer", "analyst_dash", "writer", "coder", "dash_coder"), MODERATE)
    refused = {"stranger": None, "code_only": None, **writers, **dict.fromkeys(READERS, MODERATE + WRITE)}
    allowed = ["dash_moderator", "project_admin", "admin"]
    await check_refusals(world, FIELD, {"tileId": ids["tile"], "showCode": True}, refused, hidden="tileId", allowed=allowed)
    await do(world, "dash_moderator", FIELD, tileId=ids["tile"], showCode=True)


async def test_a_click_opens_another_insight_of_the_project(world: World) -> None:
    ids = await setting(world)
    other = (await do(world, "writer", "createInsight", notebookId=ids["notebook"]))["insight"]["id"]
    await do(world, "writer", FIELD, tileId=ids["tile"], clickAction="OPEN_OTHER_INSIGHT", targetInsightId=other)
    assert ((await shown(world))["clickAction"], (await shown(world))["targetInsight"]) == ("OPEN_OTHER_INSIGHT", {"id": other})
    assert (await shown(world, "dash_writer"))["targetInsight"] is None, "hidden from those who may not see it"
    await do(world, "writer", FIELD, tileId=ids["tile"], targetInsightId=ids["insight"])
    assert (await shown(world))["targetInsight"] == {"id": ids["insight"]}
    await do(world, "dash_writer", FIELD, tileId=ids["tile"], title="Kept")
    assert (await shown(world))["targetInsight"] == {"id": ids["insight"]}
    await do(world, "writer", FIELD, tileId=ids["tile"], clickAction="OPEN_INSIGHT")
    assert ((await shown(world))["clickAction"], (await shown(world))["targetInsight"]) == ("OPEN_INSIGHT", None)


async def test_a_tile_whose_target_was_deleted_can_still_be_edited(world: World) -> None:
    """Rule 27: every such state is a state, never an error."""
    ids = await setting(world)
    async with world.application.parts.database.writing() as session:
        tile = await session.get_one(TileRow, ids["tile"])
        tile.click_action, tile.target_insight_id = TileClickAction.OPEN_OTHER_INSIGHT, None
    await do(world, "writer", FIELD, tileId=ids["tile"], title="Still here")
    assert ((await shown(world))["title"], (await shown(world))["clickAction"]) == ("Still here", "OPEN_OTHER_INSIGHT")


async def test_a_bad_input_changes_nothing(world: World) -> None:
    ids, other = await setting(world), await elsewhere(world, seen_by=["writer"])
    titles = [({"title": title}, "InvalidInput", ["title"]) for title in ("x" * 201, "x" * 10_000, "a\0", "a\nb")]
    target = ["targetInsightId"]
    clicks = [
        ({"clickAction": "OPEN_OTHER_INSIGHT"}, "InvalidInput", target),
        ({"clickAction": "OPEN_INSIGHT", "targetInsightId": ids["insight"]}, "InvalidInput", target),
        ({"targetInsightId": ids["insight"]}, "InvalidInput", target),
        ({"clickAction": "OPEN_OTHER_INSIGHT", "targetInsightId": other["insight"]}, "InvalidInput", target),
    ]
    lost = [({"clickAction": "OPEN_OTHER_INSIGHT", **change}, type_, path) for change, type_, path in bad_ids(target[0], Kind.INSIGHT)]
    tiles = bad_ids("tileId", Kind.TILE, ids["insight"])
    stale = [({"expectedVersion": number}, "VersionConflict", ["expectedVersion"]) for number in (0, 1, 3, 2**31 - 1)]
    await check_faults(world, "writer", FIELD, {"tileId": ids["tile"], "title": "New"}, *titles, *clicks, *lost, *tiles, *stale)


async def test_a_hidden_tile_and_a_hidden_target_are_absent(world: World) -> None:
    ids, other = await setting(world), await elsewhere(world)
    hidden = [{"tileId": other["tile"]}, {"clickAction": "OPEN_OTHER_INSIGHT", "targetInsightId": other["insight"]}]
    cases = [(change, "NotFound", [list(change)[-1]]) for change in hidden]
    await check_faults(world, "writer", FIELD, {"tileId": ids["tile"]}, *cases)
    unseen = {"clickAction": "OPEN_OTHER_INSIGHT", "targetInsightId": ids["insight"]}
    assert (await fault(world, "dash_writer", FIELD, tileId=ids["tile"], **unseen))["__typename"] == "NotFound"


async def test_edits_at_once_of_different_things_are_all_kept(world: World) -> None:
    ids = await setting(world)
    changes: list[dict[str, object]] = [{"showCode": True}, {"title": "Week 1"}, {"titleMode": "ON_HOVER"}, {"clickAction": "OPEN_INSIGHT"}]
    answers = await asyncio.gather(*(ask(world, "writer", FIELD, {"tileId": ids["tile"], **change}) for change in changes))
    assert sorted(answer["data"][FIELD]["dashboard"]["version"] for answer in answers) == [3, 4, 5, 6]
    tile = await shown(world)
    assert (tile["showCode"], tile["title"], tile["titleMode"], tile["clickAction"]) == (True, "Week 1", "ON_HOVER", "OPEN_INSIGHT")
