"""updateDashboardPage: title, place among the pages, whether readers are to be shown it."""

from itertools import product

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import Spoilt, bad_ids, check_faults, do, elsewhere, last_subject, version
from tests.integration.mutations.boards import add_page, check_editors, check_versions, make_board, shown_pages

FIELD = "updateDashboardPage"


async def test_what_is_given_changes_and_the_rest_stays(world: World) -> None:
    board = await make_board(world)
    changes: list[tuple[dict[str, object], str | None, bool]] = [
        ({"title": "  Overview "}, "Overview", True),
        ({"visible": False}, "Overview", False),
        ({"title": None}, None, False),
        ({"title": "Again", "visible": True}, "Again", True),
        ({"visible": None, "index": None}, "Again", True),
        ({"title": "   "}, None, True),
        ({}, None, True),
    ]
    for number, (change, title, visible) in enumerate(changes, start=2):
        made = await do(world, "dash_writer", FIELD, pageId=board.page, **change)
        page = {"id": board.page, "title": title, "displayedTitle": title or "Page 1", "index": 0, "visible": visible, "tiles": list[str]()}
        assert made == {"page": page, "dashboard": {"version": number, "pages": [{"id": board.page, "index": 0}]}}
    assert await last_subject(world) == board.id


async def test_a_page_moves_to_any_place_and_the_others_keep_their_order(world: World) -> None:
    board = await make_board(world)
    expected = [board.page, *[await add_page(world, board) for _ in range(3)]]
    for old, new in product(range(4), range(4)):
        page = expected.pop(old)
        expected.insert(new, page)
        made = await do(world, "writer", FIELD, pageId=page, index=new)
        assert made["page"]["index"] == new
        assert [page["id"] for page in await shown_pages(world, board)] == expected
    assert await version(world, board.id) == 1 + 3 + 16


async def test_only_editors_change_a_page(world: World) -> None:
    async def given_of(who: str) -> dict[str, object]:
        return {"pageId": (await make_board(world, who)).page, "title": "New"}

    await check_editors(world, FIELD, given_of, hidden="pageId")


async def test_a_stale_version_changes_nothing(world: World) -> None:
    board = await make_board(world)
    await add_page(world, board)
    await check_versions(world, FIELD, {"pageId": board.page, "index": 1, "visible": False}, board)


async def test_a_bad_input_changes_nothing(world: World) -> None:
    board, other = await make_board(world), await elsewhere(world)
    titles: list[Spoilt] = [({"title": title}, "InvalidInput", ["title"]) for title in ("x" * 201, "x" * 10_000, "a\0", "a\nb")]
    places: list[Spoilt] = [({"index": index}, "InvalidInput", ["index"]) for index in (-1, 1, 2**31 - 1, -(2**31))]
    ids = bad_ids("pageId", Kind.PAGE, other["page"], board.id)
    await check_faults(world, "writer", FIELD, {"pageId": board.page, "visible": False}, *titles, *places, *ids)
