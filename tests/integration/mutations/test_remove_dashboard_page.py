"""removeDashboardPage: its tiles go with it, the insights stay, and a dashboard always has a page."""

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import bad_ids, check_faults, do, elsewhere, last_subject
from tests.integration.mutations.boards import add_page, add_text, check_editors, check_versions, layout, make_board, shown_pages

FIELD = "removeDashboardPage"


async def test_the_page_and_its_tiles_go_and_those_behind_it_move_up(world: World) -> None:
    board = await make_board(world)
    second, third = await add_page(world, board, title="Second"), await add_page(world, board, title="Third")
    made = await world.publish(await world.save(), board.id)
    kept = await add_text(world, board, page=third)
    done = await do(world, "dash_writer", FIELD, pageId=board.page, expectedVersion=5)
    assert done["removedPageId"] == board.page
    assert [page["id"] for page in await shown_pages(world, board)] == [second, third]
    assert await layout(world, board) == [{}, {kept: (0, 0, 6, 6)}]
    found = await world.ok("coder", "query($id: ID!) { insight(id: $id) { accessState tiles { id } } }", id=made["insight"])
    assert found["insight"] == {"accessState": "ACCESSIBLE", "tiles": []}
    assert await last_subject(world) == board.id
    await do(world, "writer", FIELD, pageId=third)
    assert [page["title"] for page in await shown_pages(world, board)] == ["Second"]


async def test_the_last_one_leaves_an_empty_page(world: World) -> None:
    board = await make_board(world)
    await do(world, "writer", "updateDashboardPage", pageId=board.page, title="Old", visible=False)
    await add_text(world, board)
    dashboard = (await do(world, "writer", FIELD, pageId=board.page))["dashboard"]
    [page] = dashboard["pages"]
    assert (dashboard["version"], page.pop("id") != board.page) == (4, True)
    assert page == {"index": 0, "title": None, "visible": True, "tiles": []}
    assert (await do(world, "writer", "addTextTile", dashboardId=board.id, markdown="x"))["dashboard"] == {"version": 5}


async def test_only_editors_remove_a_page(world: World) -> None:
    async def given_of(who: str) -> dict[str, object]:
        return {"pageId": (await make_board(world, who)).page}

    await check_editors(world, FIELD, given_of, hidden="pageId")


async def test_a_stale_version_removes_nothing(world: World) -> None:
    board = await make_board(world)
    await check_versions(world, FIELD, {"pageId": board.page}, board)


async def test_what_is_no_page_is_not_found(world: World) -> None:
    board, other = await make_board(world), await elsewhere(world)
    await check_faults(world, "writer", FIELD, {}, *bad_ids("pageId", Kind.PAGE, other["page"], board.id))
