"""addDashboardPage: an empty page, the last one or in between."""

import asyncio

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import Spoilt, ask, bad_ids, check_faults, do, elsewhere, last_subject
from tests.integration.mutations.boards import check_editors, check_versions, make_board, shown_pages

FIELD = "addDashboardPage"


async def test_a_page_goes_to_the_end_or_where_it_is_told_to(world: World) -> None:
    board = await make_board(world)
    made = await do(world, "dash_writer", FIELD, dashboardId=board.id, title="  Last ", expectedVersion=1)
    page = {"title": "Last", "displayedTitle": "Last", "index": 1, "visible": True, "tiles": []}
    assert {key: value for key, value in made["page"].items() if key != "id"} == page
    assert made["dashboard"] == {"version": 2, "pages": [{"id": board.page, "index": 0}, {"id": made["page"]["id"], "index": 1}]}
    for title, index in (("First", 0), ("Third", 2), ("End", 4)):
        assert (await do(world, "writer", FIELD, dashboardId=board.id, title=title, index=index))["page"]["index"] == index
    assert [page["title"] for page in await shown_pages(world, board)] == ["First", None, "Third", "Last", "End"]
    assert await last_subject(world) == board.id


async def test_a_page_without_title_is_called_by_its_number(world: World) -> None:
    board = await make_board(world)
    for number, blank in enumerate((None, "", "  "), start=2):
        page = (await do(world, "writer", FIELD, dashboardId=board.id, title=blank))["page"]
        assert (page["title"], page["displayedTitle"]) == (None, f"Page {number}")


async def test_only_editors_add_pages(world: World) -> None:
    async def given_of(who: str) -> dict[str, object]:
        return {"dashboardId": (await make_board(world, who)).id}

    await check_editors(world, FIELD, given_of, hidden="dashboardId")


async def test_a_stale_version_adds_nothing(world: World) -> None:
    board = await make_board(world)
    await check_versions(world, FIELD, {"dashboardId": board.id}, board)


async def test_a_bad_input_adds_nothing(world: World) -> None:
    board, other = await make_board(world), await elsewhere(world)
    titles: list[Spoilt] = [({"title": title}, "InvalidInput", ["title"]) for title in ("x" * 201, "x" * 10_000, "a\0", "a\nb")]
    places: list[Spoilt] = [({"index": index}, "InvalidInput", ["index"]) for index in (-1, 2, 2**31 - 1, -(2**31))]
    ids = bad_ids("dashboardId", Kind.DASHBOARD, other["dashboard"], board.page)
    await check_faults(world, "writer", FIELD, {"dashboardId": board.id}, *titles, *places, *ids)


async def test_pages_added_at_once_all_find_a_place(world: World) -> None:
    board = await make_board(world)
    answers = await asyncio.gather(*(ask(world, "writer", FIELD, {"dashboardId": board.id, "index": 0}) for _ in range(8)))
    assert sorted(answer["data"][FIELD]["dashboard"]["version"] for answer in answers) == list(range(2, 10))
    assert len(await shown_pages(world, board)) == 9
