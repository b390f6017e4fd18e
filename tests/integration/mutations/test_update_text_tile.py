"""updateTile of a text tile: its text, its title; it has no code and opens nothing."""

from tests.fixtures.world import World
from tests.integration.mutations.asking import Spoilt, check_faults, do
from tests.integration.mutations.boards import add_text, check_editors, make_board

FIELD = "updateTile"
TEXT = "query($id: ID!) { node(id: $id) { ... on TextTile { markdown html } } }"


async def test_the_text_changes_and_the_rest_stays(world: World) -> None:
    tile = await add_text(world, await make_board(world))
    await do(world, "writer", FIELD, tileId=tile, title="Note", titleMode="ALWAYS")
    made = await do(world, "dash_writer", FIELD, tileId=tile, markdown="**New**", expectedVersion=3)
    assert made == {"tile": {"id": tile, "title": "Note", "titleMode": "ALWAYS", "markdown": "**New**"}, "dashboard": {"version": 4}}
    assert (await world.ok("dash_reader", TEXT, id=tile))["node"] == {"markdown": "**New**", "html": "<p><strong>New</strong></p>\n"}
    for same in ({"markdown": None}, {"showCode": False, "clickAction": "NONE"}, {}):
        assert (await do(world, "writer", FIELD, tileId=tile, **same))["tile"]["markdown"] == "**New**"
    assert (await do(world, "writer", FIELD, tileId=tile, markdown=""))["tile"]["markdown"] == ""
    assert (await world.ok("dash_reader", TEXT, id=tile))["node"] == {"markdown": "", "html": ""}


async def test_only_editors_change_the_text(world: World) -> None:
    async def given_of(who: str) -> dict[str, object]:
        return {"tileId": await add_text(world, await make_board(world, who), who=who), "markdown": "New"}

    await check_editors(world, FIELD, given_of, hidden="tileId")


async def test_what_a_tile_does_not_have_cannot_be_changed(world: World) -> None:
    board = await make_board(world)
    text = await add_text(world, board)
    made = await world.publish(await world.save(), board.id)
    mine: list[Spoilt] = [
        ({"showCode": True}, "InvalidInput", ["showCode"]),
        ({"clickAction": "OPEN_INSIGHT"}, "InvalidInput", ["clickAction"]),
        ({"clickAction": "OPEN_OTHER_INSIGHT", "targetInsightId": made["insight"]}, "InvalidInput", ["clickAction"]),
        ({"targetInsightId": made["insight"]}, "InvalidInput", ["targetInsightId"]),
        *(({"markdown": words}, "InvalidInput", ["markdown"]) for words in ("x" * 100_001, "a\0", "a\x1bb")),
    ]
    await check_faults(world, "writer", FIELD, {"tileId": text, "title": "New"}, *mine)
    await check_faults(world, "writer", FIELD, {"tileId": made["tiles"][0]}, ({"markdown": "Words"}, "InvalidInput", ["markdown"]))
