"""deleteDashboard: its pages and tiles go with it, the insights on it stay."""

import asyncio

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import ask, bad_ids, check_faults, do, elsewhere, last_subject
from tests.integration.mutations.boards import Board, add_page, add_text, check_editors, check_versions, make_board

FIELD = "deleteDashboard"
FOUND = """query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Insight { tiles { id } dashboards { id } accessState } } }"""


async def test_pages_and_tiles_go_and_insights_stay(world: World) -> None:
    board, kept = await make_board(world), await make_board(world)
    other_page = await add_page(world, board)
    notebook = await world.save()
    made = await world.publish(notebook, board.id, kept.id)
    text = await add_text(world, board, page=other_page)
    assert await do(world, "dash_writer", FIELD, dashboardId=board.id, expectedVersion=4) == {"deletedDashboardId": board.id}
    gone = [board.id, board.page, other_page, text, made["tiles"][0]]
    found = (await world.ok("admin", FOUND, ids=[*gone, kept.id, made["insight"], made["export"]]))["nodes"]
    insight = {"id": made["insight"], "tiles": [{"id": made["tiles"][1]}], "dashboards": [{"id": kept.id}], "accessState": "ACCESSIBLE"}
    assert found == [None] * 5 + [{"id": kept.id}, insight, {"id": made["export"]}]
    assert await last_subject(world) == board.id
    assert await world.rows("SELECT id FROM tile WHERE page_id IN (:one, :two)", one=board.page, two=other_page) == []


async def test_a_projects_last_dashboard_may_go(world: World) -> None:
    await do(world, "admin", FIELD, dashboardId=world.ids["SALES dashboard"])
    listed = await world.ok("admin", 'query { project(key: "SALES") { dashboards { totalCount } } }')
    assert listed["project"]["dashboards"] == {"totalCount": 0}


async def test_only_editors_delete_it(world: World) -> None:
    async def given_of(who: str) -> dict[str, object]:
        return {"dashboardId": (await make_board(world, who)).id}

    await check_editors(world, FIELD, given_of, hidden="dashboardId")


async def test_a_stale_version_deletes_nothing(world: World) -> None:
    board = await make_board(world)
    await check_versions(world, FIELD, {"dashboardId": board.id}, board)


async def test_what_is_no_dashboard_is_not_found(world: World) -> None:
    other = await elsewhere(world)
    board = await make_board(world)
    await check_faults(world, "writer", FIELD, {}, *bad_ids("dashboardId", Kind.DASHBOARD, other["dashboard"], board.page))


async def test_edits_while_it_is_deleted_are_done_before_or_find_nothing(world: World) -> None:
    boards = [await make_board(world) for _ in range(4)]
    tiles = [await add_text(world, board) for board in boards]

    def edits(board: Board, tile: str) -> list[tuple[str, dict[str, object]]]:
        return [
            ("addTextTile", {"dashboardId": board.id, "markdown": "x"}),
            ("updateTile", {"tileId": tile, "title": "x"}),
            (FIELD, {"dashboardId": board.id}),
            ("removeTile", {"tileId": tile}),
            ("addDashboardPage", {"dashboardId": board.id}),
            ("updateDashboardPage", {"pageId": board.page, "title": "x"}),
        ]

    asked = [edit for board, tile in zip(boards, tiles, strict=True) for edit in edits(board, tile)]
    answers = await asyncio.gather(*(ask(world, "writer", field, given) for field, given in asked))
    errors = [error for answer in answers for error in answer.get("errors", ())]
    assert {error["extensions"]["code"] for error in errors} <= {"BAD_USER_INPUT"}, "done, and gone before its answer was read"
    faults = [fault["__typename"] for answer in answers for payload in answer["data"].values() for fault in payload["errors"]]
    assert set(faults) <= {"NotFound"}
    assert all(answer["data"][FIELD]["errors"] == [] for answer in answers if FIELD in answer["data"])
