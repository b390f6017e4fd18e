"""removeTile. Rule 27: the insight stays."""

import asyncio

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import ask, bad_ids, check_faults, do, elsewhere, last_subject, version
from tests.integration.mutations.boards import add_text, check_editors, check_versions, layout, make_board

FIELD = "removeTile"


async def test_the_tile_goes_and_its_insight_and_the_other_tiles_stay(world: World) -> None:
    board = await make_board(world)
    above, below = await add_text(world, board, (0, 0, 12, 4)), await add_text(world, board, (0, 20, 12, 4))
    made = await world.publish(await world.save(), board.id)
    done = await do(world, "dash_writer", FIELD, tileId=made["tiles"][0], expectedVersion=4)
    dashboard = {"version": 5, "pages": [{"tiles": [{"id": above}, {"id": below}]}]}
    assert done == {"removedTileId": made["tiles"][0], "dashboard": dashboard}
    assert await layout(world, board) == [{above: (0, 0, 12, 4), below: (0, 20, 12, 4)}]
    found = await world.ok("coder", "query($id: ID!) { insight(id: $id) { accessState tiles { id } } }", id=made["insight"])
    assert found["insight"] == {"accessState": "ACCESSIBLE", "tiles": []}
    assert await last_subject(world) == board.id


async def test_a_tile_whose_insight_is_hidden_can_be_removed_by_an_editor(world: World) -> None:
    board = await make_board(world)
    made = await world.publish(await world.save(), board.id)
    await do(world, "dash_writer", FIELD, tileId=made["tiles"][0])
    assert await layout(world, board) == [{}]


async def test_only_editors_remove_tiles(world: World) -> None:
    async def given_of(who: str) -> dict[str, object]:
        return {"tileId": await add_text(world, await make_board(world, who), who=who)}

    await check_editors(world, FIELD, given_of, hidden="tileId")


async def test_a_stale_version_removes_nothing(world: World) -> None:
    board = await make_board(world)
    await check_versions(world, FIELD, {"tileId": await add_text(world, board)}, board)


async def test_what_is_no_tile_is_not_found(world: World) -> None:
    board, other = await make_board(world), await elsewhere(world)
    await check_faults(world, "writer", FIELD, {}, *bad_ids("tileId", Kind.TILE, other["tile"], board.page))


async def test_of_many_who_remove_it_at_once_one_does(world: World) -> None:
    board = await make_board(world)
    tile = await add_text(world, board)
    answers = await asyncio.gather(*(ask(world, "writer", FIELD, {"tileId": tile}) for _ in range(8)))
    assert [answer for answer in answers if "errors" in answer] == []
    assert sorted(repr(answer["data"][FIELD]["removedTileId"]) for answer in answers) == sorted([repr(tile), *["None"] * 7])
    assert await version(world, board.id) == 3
