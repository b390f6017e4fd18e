"""deleteInsight. Rule 27: its tiles keep their boxes and say INSIGHT_DELETED."""

import asyncio
from typing import Any

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import (
    ask,
    bad_ids,
    check_faults,
    check_refusals,
    do,
    elsewhere,
    last_subject,
    moderate,
    version,
)

FIELD = "deleteInsight"
WRITE, MODERATE = ["WRITE_DASHBOARDS"], ["MODERATE_DASHBOARDS"]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
READERS = {"dash_reader": WRITE, "analyst": WRITE, "auth_manager": WRITE}
NOBODY: dict[str, None] = {"stranger": None, "code_only": None}
WRITERS = ["dash_writer", "dash_moderator", "analyst_dash", "writer", "coder", "dash_coder", "project_admin", "admin"]
TILES = """query($id: ID!) { dashboard(id: $id) { pages { tiles { id title displayedTitle box { left top width height }
    ... on InsightTile { accessState insight { id } clickAction targetInsight { id } showCode rendering { url } } } } } }"""


async def tiles(world: World, who: str) -> list[dict[str, Any]]:
    """Return the tiles of the project's dashboard."""
    found: list[dict[str, Any]] = (await world.ok(who, TILES, id=world.ids["SALES dashboard"]))["dashboard"]["pages"][0]["tiles"]
    return found


async def published(world: World, *, authorized: bool = True) -> dict[str, Any]:
    """A notebook that coder has put on the dashboard."""
    notebook = await world.save()
    made = await world.publish(notebook, world.ids["SALES dashboard"], show_code=True)
    if authorized:
        await world.authorize(notebook)
    return {"notebook": notebook, **made}


async def test_its_tiles_keep_their_boxes_and_say_that_it_was_deleted(world: World) -> None:
    made, board = await published(world), world.ids["SALES dashboard"]
    await do(world, "coder", "updateTile", tileId=made["tiles"][0], title="Confidential")
    [before] = await tiles(world, "dash_reader")
    edited = await version(world, board)
    done = await do(world, "coder", FIELD, insightId=made["insight"])
    box = before["box"]
    assert done == {
        "deletedInsightId": made["insight"],
        "affectedTiles": [{"id": made["tiles"][0], "accessState": "INSIGHT_DELETED", "insight": None, "targetInsight": None, "box": box}],
    }
    assert await last_subject(world) == made["insight"]
    gone = {"id": made["tiles"][0], "box": box, "accessState": "INSIGHT_DELETED", "insight": None, "clickAction": "NONE"}
    gone |= {"targetInsight": None, "showCode": True, "rendering": None}
    assert await tiles(world, "dash_reader") == [{**gone, "title": None, "displayedTitle": None}]
    assert await tiles(world, "writer") == [{**gone, "title": "Confidential", "displayedTitle": "Confidential"}]
    assert (await world.client.get(before["rendering"]["url"])).status_code == 404
    assert await version(world, board) == edited, "nobody edited the dashboard"
    await do(world, "coder", "updateTile", tileId=made["tiles"][0], title="Free", expectedVersion=edited)
    assert await world.rows("SELECT (SELECT count(*) FROM notebook), (SELECT count(*) FROM export)") == [(1, 1)]


async def test_a_tile_that_opened_it_at_a_click_opens_nothing(world: World) -> None:
    made = await published(world)
    other = await world.publish(made["notebook"], world.ids["SALES dashboard"])
    click = {"clickAction": "OPEN_OTHER_INSIGHT", "targetInsightId": other["insight"]}
    await do(world, "coder", "updateTile", tileId=made["tiles"][0], **click)
    done = await do(world, "coder", FIELD, insightId=other["insight"])
    states = [(tile["id"], tile["accessState"], tile["targetInsight"]) for tile in done["affectedTiles"]]
    assert states == [(made["tiles"][0], "ACCESSIBLE", None), (other["tiles"][0], "INSIGHT_DELETED", None)]
    first = (await tiles(world, "analyst"))[0]
    assert (first["clickAction"], first["targetInsight"]) == ("OPEN_OTHER_INSIGHT", None)


async def test_whoever_may_edit_it_deletes_it(world: World) -> None:
    made = await published(world)
    given = {"insightId": made["insight"]}
    await check_refusals(world, FIELD, given, {**READERS, **NOBODY}, hidden="insightId", allowed=WRITERS)
    for who in WRITERS:
        await do(world, who, FIELD, insightId=(await world.publish(made["notebook"]))["insight"])


async def test_who_cannot_read_the_exports_does_not_see_it(world: World) -> None:
    given = {"insightId": (await published(world, authorized=False))["insight"]}
    hidden = {**dict.fromkeys(DASHBOARD_ONLY), **NOBODY, "analyst": WRITE, "auth_manager": WRITE}
    allowed = ["analyst_dash", "writer", "coder", "project_admin", "admin"]
    await check_refusals(world, FIELD, given, hidden, hidden="insightId", allowed=allowed)


async def test_under_the_policy_owner_or_moderator_others_insights_take_a_moderator(world: World) -> None:
    made = await published(world)
    mine = (await do(world, "dash_writer", "createInsight", notebookId=made["notebook"]))["insight"]["id"]
    await moderate(world)
    writers = dict.fromkeys(("dash_writer", "analyst_dash", "writer", "dash_coder"), MODERATE)
    readers = dict.fromkeys(READERS, MODERATE + WRITE)
    allowed = ["coder", "dash_moderator", "project_admin", "admin"]
    given = {"insightId": made["insight"]}
    await check_refusals(world, FIELD, given, {**NOBODY, **writers, **readers}, hidden="insightId", allowed=allowed)
    await do(world, "dash_writer", FIELD, insightId=mine)
    await do(world, "dash_moderator", FIELD, **given)


async def test_what_is_no_insight_is_not_found(world: World) -> None:
    made, other = await published(world), await elsewhere(world)
    cases = bad_ids("insightId", Kind.INSIGHT, other["insight"], made["notebook"], made["tiles"][0])
    await check_faults(world, "coder", FIELD, {"insightId": made["insight"]}, *cases)


async def test_deleting_it_and_editing_its_dashboards_at_once_never_fail_each_other(world: World) -> None:
    made, board = await published(world), world.ids["SALES dashboard"]
    for _ in range(3):
        box = {"left": 0, "top": 0, "width": 12, "height": 15}
        insight = (await world.publish(made["notebook"], board, board, board))["insight"]
        pinning: dict[str, object] = {"dashboardId": board, "insightId": insight, "box": box}
        publishing = {"notebookId": made["notebook"], "insightId": insight, "targets": [{"dashboardId": board, "box": box}]}
        calls: list[tuple[str, dict[str, object]]] = [("addInsightTile", pinning), (FIELD, {"insightId": insight})] * 2
        calls += [("publishNotebook", publishing), ("updateInsight", {"insightId": insight, "name": "New"})]
        answers = await asyncio.gather(*(ask(world, "admin", field, given) for field, given in calls))
        assert all("errors" not in answer for answer in answers), answers
        outcomes = [error["__typename"] for answer in answers for payload in answer["data"].values() for error in payload["errors"]]
        assert set(outcomes) == {"NotFound"}
        assert await world.rows("SELECT count(*) FROM insight") == [(1,)]
