"""moveTile: on its page, to another page, to another dashboard of the project."""

import asyncio

from sqlalchemy import text

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import (
    OFF_THE_GRID,
    Spoilt,
    ask,
    bad_ids,
    check_faults,
    do,
    elsewhere,
    fault,
    forbidden,
    last_subject,
    moderate,
    version,
)
from tests.integration.mutations.boards import (
    MODERATE,
    READERS,
    WRITE,
    WRITERS,
    Board,
    add_page,
    add_text,
    box,
    check_editors,
    check_versions,
    layout,
    make_board,
)

FIELD = "moveTile"
DASHBOARD_ONLY = ("dash_writer", "dash_moderator", "dash_coder")


async def test_a_tile_moves_on_its_page_and_pushes_what_it_covers(world: World) -> None:
    board = await make_board(world)
    tile, right, below = [await add_text(world, board, place) for place in ((0, 0, 6, 6), (6, 0, 6, 6), (6, 6, 6, 6))]
    made = await do(world, "dash_writer", FIELD, tileId=tile, box=box((3, 1, 10, 2)), expectedVersion=4)
    moved = {"__typename": "TextTile", "id": tile, "box": box((3, 1, 10, 2)), "page": {"id": board.page}}
    assert made == {"tile": moved, "dashboard": {"id": board.id, "version": 5}, "sourceDashboard": {"id": board.id, "version": 5}}
    assert await layout(world, board) == [{tile: (3, 1, 10, 2), right: (6, 3, 6, 6), below: (6, 9, 6, 6)}]
    assert await last_subject(world) == board.id
    await do(world, "writer", FIELD, tileId=tile, box=box((3, 2, 10, 2)))
    assert (await layout(world, board))[0][tile] == (3, 2, 10, 2), "it is not in its own way"


async def test_without_a_box_it_takes_the_first_free_slot_of_its_size(world: World) -> None:
    board = await make_board(world)
    page = await add_page(world, board)
    first, tile, other = await add_text(world, board), await add_text(world, board, (0, 50, 20, 3)), await add_text(world, board, page=page)
    await do(world, "writer", FIELD, tileId=tile)
    assert (await layout(world, board))[0] == {first: (0, 0, 6, 6), tile: (6, 0, 20, 3)}
    await do(world, "writer", FIELD, tileId=tile)
    assert (await layout(world, board))[0] == {first: (0, 0, 6, 6), tile: (6, 0, 20, 3)}, "its own box counts as free"
    made = await do(world, "writer", FIELD, tileId=tile, pageId=page)
    assert made["tile"]["page"] == {"id": page}
    assert await layout(world, board) == [{first: (0, 0, 6, 6)}, {other: (0, 0, 6, 6), tile: (6, 0, 20, 3)}]


async def test_to_another_dashboard_it_moves_with_all_that_it_is_and_both_versions_grow(world: World) -> None:
    source, target = await make_board(world), await make_board(world, "coder")
    notebook = await world.save()
    await world.authorize(notebook)
    made = await world.publish(notebook, source.id, show_code=True)
    covered = await add_text(world, target)
    given = {"tileId": made["tiles"][0], "pageId": target.page, "box": box((0, 0, 36, 4)), "expectedVersion": 2, "targetExpectedVersion": 2}
    done = await do(world, "dash_writer", FIELD, **given)
    assert (done["dashboard"], done["sourceDashboard"]) == ({"id": target.id, "version": 3}, {"id": source.id, "version": 3})
    assert (await layout(world, source), await layout(world, target)) == ([{}], [{made["tiles"][0]: (0, 0, 36, 4), covered: (0, 4, 6, 6)}])
    query = "query($id: ID!) { node(id: $id) { ... on InsightTile { showCode insight { id dashboards { id } } } } }"
    insight = {"id": made["insight"], "dashboards": [{"id": target.id}]}
    assert (await world.ok("coder", query, id=made["tiles"][0]))["node"] == {"showCode": True, "insight": insight}
    assert await last_subject(world) == target.id


async def test_only_editors_of_both_dashboards_move_a_tile(world: World) -> None:
    async def given_of(who: str) -> dict[str, object]:
        board, target = await make_board(world, who), await make_board(world, who)
        return {"tileId": await add_text(world, board, who=who), "pageId": target.page}

    await check_editors(world, FIELD, given_of, hidden="tileId")
    mine, theirs = await make_board(world, "dash_writer"), await make_board(world, "project_admin")
    my_tile, their_tile = await add_text(world, mine, who="dash_writer"), await add_text(world, theirs, who="project_admin")
    assert await forbidden(world, "dash_writer", FIELD, tileId=my_tile, pageId=theirs.page) == MODERATE
    assert await forbidden(world, "dash_writer", FIELD, tileId=their_tile, pageId=mine.page) == MODERATE
    await do(world, "dash_writer", FIELD, tileId=my_tile, box=box((30, 30, 6, 6)))


async def test_a_hidden_insight_moves_on_its_dashboard_and_to_no_other(world: World) -> None:
    """Rules 12 and 21: who may not put an insight on a dashboard cannot do so by moving its tile there."""
    source, target = await make_board(world), await make_board(world, "dash_writer")
    page = await add_page(world, source)
    notebook = await world.save()
    tile = (await world.publish(notebook, source.id))["tiles"][0]
    for who in DASHBOARD_ONLY:
        await do(world, who, FIELD, tileId=tile, pageId=page, box=box((1, 1, 9, 9)))
        assert await forbidden(world, who, FIELD, tileId=tile, pageId=target.page) == ["READ_PROJECT_CONTENT"]
    for who in READERS:
        assert await forbidden(world, who, FIELD, tileId=tile, pageId=target.page) == WRITE
    await do(world, "analyst_dash", FIELD, tileId=tile, pageId=target.page)
    await world.authorize(notebook)
    await do(world, "dash_writer", FIELD, tileId=tile, pageId=source.page)
    await _delete_insights(world)
    await do(world, "dash_writer", FIELD, tileId=tile, pageId=target.page)


async def test_a_hidden_target_of_a_click_does_not_move_to_another_dashboard(world: World) -> None:
    source, target = await make_board(world), await make_board(world, "coder")
    opened, hidden = await world.save("Open"), await world.save("Hidden")
    await world.authorize(opened)
    tile = (await world.publish(opened, source.id))["tiles"][0]
    behind = (await world.publish(hidden))["insight"]
    await do(world, "coder", "updateTile", tileId=tile, clickAction="OPEN_OTHER_INSIGHT", targetInsightId=behind)
    await do(world, "dash_writer", FIELD, tileId=tile)
    kept = "SELECT click_action, target_insight_id FROM tile WHERE id = :id"
    assert await world.rows(kept, id=tile) == [("OPEN_OTHER_INSIGHT", behind)]
    await do(world, "dash_writer", FIELD, tileId=tile, pageId=target.page)
    assert await world.rows(kept, id=tile) == [("NONE", None)]


async def _delete_insights(world: World) -> None:
    async with world.application.parts.database.writing() as session:
        await session.execute(text("UPDATE tile SET insight_id = NULL"))
        await session.execute(text("DELETE FROM insight"))


async def test_a_stale_version_of_either_dashboard_moves_nothing(world: World) -> None:
    source, target = await make_board(world), await make_board(world)
    tile = await add_text(world, source)
    await check_versions(world, FIELD, {"tileId": tile, "box": box((0, 5, 6, 6))}, source)
    await check_versions(world, FIELD, {"tileId": tile, "box": box((0, 5, 6, 6))}, source, key="targetExpectedVersion")
    now = await version(world, source.id)
    for versions, stale in (((now - 1, 1), source), ((now, 2), target), ((now - 1, 2), source)):
        given = {"expectedVersion": versions[0], "targetExpectedVersion": versions[1]}
        error = await fault(world, "writer", FIELD, tileId=tile, pageId=target.page, **given)
        assert error["__typename"] == "VersionConflict"
        assert error["current"]["id"] == stale.id
        assert error["field"] == ["input", "expectedVersion" if stale is source else "targetExpectedVersion"]
    await do(world, "writer", FIELD, tileId=tile, pageId=target.page, expectedVersion=now, targetExpectedVersion=1)


async def test_a_bad_input_moves_nothing(world: World) -> None:
    board, other = await make_board(world), await elsewhere(world, seen_by=["writer"])
    tile = await add_text(world, board)
    spoilt: list[Spoilt] = [
        *(({"box": box_}, "InvalidInput", ["box"]) for box_ in OFF_THE_GRID),
        ({"pageId": other["page"]}, "InvalidInput", ["pageId"]),
        ({"tileId": other["tile"], "pageId": board.page}, "InvalidInput", ["pageId"]),
        *bad_ids("tileId", Kind.TILE, board.id),
        *bad_ids("pageId", Kind.PAGE, board.id),
    ]
    await check_faults(world, "writer", FIELD, {"tileId": tile}, *spoilt)
    hidden: list[Spoilt] = [({"pageId": other["page"]}, "NotFound", ["pageId"]), ({"tileId": other["tile"]}, "NotFound", ["tileId"])]
    await check_faults(world, "coder", FIELD, {"tileId": tile}, *hidden)


async def test_what_would_be_pushed_off_the_grid_stays_and_so_does_the_tile(world: World) -> None:
    board = await make_board(world)
    await add_text(world, board, (0, 99_990, 6, 10))
    tile = await add_text(world, board, (0, 0, 6, 6))
    over: Spoilt = ({"box": box((0, 99_985, 6, 6))}, "InvalidInput", ["box"])
    await check_faults(world, "writer", FIELD, {"tileId": tile}, over)
    full = await make_board(world)
    await add_text(world, full, (0, 0, 36, 100_000))
    await check_faults(world, "writer", FIELD, {"tileId": tile}, ({"pageId": full.page}, "InvalidInput", ["box"]))


async def test_tiles_moved_at_once_between_dashboards_get_in_nobodys_way(world: World) -> None:
    """Both directions at once: one order of locks, or two deeds would wait for each other."""
    boards = [await make_board(world) for _ in range(2)]
    tiles = [[await add_text(world, board) for _ in range(6)] for board in boards]
    there = [(tile, boards[1 - index].page) for index in range(2) for tile in tiles[index]]
    before = [await version(world, board.id) for board in boards]
    answers = await asyncio.gather(*(ask(world, "writer", FIELD, {"tileId": tile, "pageId": page}) for tile, page in there))
    assert [answer for answer in answers if "errors" in answer or answer["data"][FIELD]["errors"]] == []
    assert [await version(world, board.id) for board in boards] == [number + 12 for number in before]
    assert [set((await layout(world, board))[0]) for board in boards] == [set(tiles[1]), set(tiles[0])]


async def test_a_tile_wanted_in_two_places_at_once_ends_in_one_of_them(world: World) -> None:
    boards: list[Board] = [await make_board(world) for _ in range(3)]
    tile = await add_text(world, boards[0])
    answers = await asyncio.gather(*(ask(world, "writer", FIELD, {"tileId": tile, "pageId": board.page}) for board in boards[1:]))
    assert [answer for answer in answers if "errors" in answer or answer["data"][FIELD]["errors"]] == []
    held = [len((await layout(world, board))[0]) for board in boards]
    assert (held[0], sum(held)) == (0, 1)
    assert sum([await version(world, board.id) for board in boards]) == 2 + 1 + 1 + 4


async def test_a_tile_that_others_move_to_and_fro_can_still_be_edited(world: World) -> None:
    boards = [await make_board(world) for _ in range(2)]
    tile = await add_text(world, boards[0])
    edits: list[tuple[str, dict[str, object]]] = []
    for number in range(12):
        edits += [(FIELD, {"pageId": boards[number % 2].page}), ("updateTile", {"title": f"{number}"})]
    answers = await asyncio.gather(*(ask(world, "writer", field, {"tileId": tile, **given}) for field, given in edits))
    assert [answer for answer in answers if "errors" in answer] == []
    assert [payload["errors"] for answer in answers for payload in answer["data"].values()] == [[]] * 24


async def test_a_moderated_project_lets_writers_move_on_their_own(world: World) -> None:
    board = await make_board(world, "dash_writer")
    tile = await add_text(world, board, who="dash_writer")
    await moderate(world)
    for who in WRITERS:
        if who != "dash_writer":
            assert await forbidden(world, who, FIELD, tileId=tile) == MODERATE
    await do(world, "dash_writer", FIELD, tileId=tile)
