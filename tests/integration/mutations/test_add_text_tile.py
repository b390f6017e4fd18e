"""addTextTile: a text in a box of the grid, shown as safe HTML."""

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import OFF_THE_GRID, Spoilt, bad_ids, check_faults, do, elsewhere, last_subject
from tests.integration.mutations.boards import add_page, add_text, box, check_editors, check_versions, layout, make_board

FIELD = "addTextTile"
HTML = "query($id: ID!) { node(id: $id) { __typename ... on TextTile { markdown html title displayedTitle titleMode page { id } } } }"


async def test_a_text_takes_the_first_free_slot_of_six_by_six_and_shows_no_title(world: World) -> None:
    board = await make_board(world)
    made = await do(world, "dash_writer", FIELD, dashboardId=board.id, markdown="# Words", expectedVersion=1)
    tile = made["tile"]
    assert (tile["markdown"], tile["title"], tile["titleMode"], tile["page"]) == ("# Words", None, "NEVER", {"id": board.page})
    assert (tile["box"], made["dashboard"]) == (box((0, 0, 6, 6)), {"version": 2})
    others = [await add_text(world, board) for _ in range(6)]
    places = {tile["id"]: (0, 0, 6, 6)} | {id_: (index % 6 * 6, index // 6 * 6, 6, 6) for index, id_ in enumerate(others, start=1)}
    assert await layout(world, board) == [places]
    assert await last_subject(world) == board.id


async def test_a_text_goes_where_it_is_told_to_and_looks_as_it_is_told_to(world: World) -> None:
    board = await make_board(world)
    covered, page = await add_text(world, board), await add_page(world, board)
    look = {"title": "Note", "titleMode": "ALWAYS"}
    tile = (await do(world, "writer", FIELD, dashboardId=board.id, markdown="", box=box((2, 1, 30, 2)), **look))["tile"]
    assert {key: tile[key] for key in look} == look
    elsewhere_ = (await do(world, "writer", FIELD, dashboardId=board.id, pageId=page, markdown="x"))["tile"]["id"]
    assert await layout(world, board) == [{tile["id"]: (2, 1, 30, 2), covered: (0, 3, 6, 6)}, {elsewhere_: (0, 0, 6, 6)}]


async def test_a_reader_sees_safe_html(world: World) -> None:
    board = await make_board(world)
    text = "# Sales\n\n<script>alert(1)</script>\n\n*up* by $x^2$ [more](javascript:alert(1)) <img src=x onerror=alert(1)>"
    tile = (await do(world, "writer", FIELD, dashboardId=board.id, markdown=text, title="Note"))["tile"]["id"]
    found = (await world.ok("dash_reader", HTML, id=tile))["node"]
    html = found.pop("html")
    assert found == {
        "__typename": "TextTile", "markdown": text, "title": "Note", "displayedTitle": "Note", "titleMode": "NEVER",
        "page": {"id": board.page},
    }  # fmt: skip
    assert "<em>up</em>" in html
    assert '<annotation encoding="application/x-tex">x^2</annotation>' in html
    assert not any(word in html for word in ("script", "alert", "onerror", "src="))
    assert (await world.ok("dash_reader", HTML, id=tile))["node"]["html"] == html
    assert (await world.ok("stranger", HTML, id=tile))["node"] is None


async def test_only_editors_add_texts(world: World) -> None:
    async def given_of(who: str) -> dict[str, object]:
        return {"dashboardId": (await make_board(world, who)).id, "markdown": "x"}

    await check_editors(world, FIELD, given_of, hidden="dashboardId")


async def test_a_stale_version_adds_nothing(world: World) -> None:
    board = await make_board(world)
    await check_versions(world, FIELD, {"dashboardId": board.id, "markdown": "x"}, board)


async def test_a_bad_input_adds_nothing(world: World) -> None:
    board, second, other = await make_board(world), await make_board(world), await elsewhere(world, seen_by=["writer"])
    spoilt: list[Spoilt] = [
        *(({"box": box_}, "InvalidInput", ["box"]) for box_ in OFF_THE_GRID),
        *(({"title": title}, "InvalidInput", ["title"]) for title in ("x" * 201, "x" * 10_000, "a\0", "a\nb")),
        *(({"markdown": text}, "InvalidInput", ["markdown"]) for text in ("x" * 100_001, "a\0", "a\x1bb", "a\x85b")),
        *(({"pageId": page}, "InvalidInput", ["pageId"]) for page in (second.page, other["page"])),
    ]
    ids = [*bad_ids("dashboardId", Kind.DASHBOARD, board.page), *bad_ids("pageId", Kind.PAGE, board.id)]
    await check_faults(world, "writer", FIELD, {"dashboardId": board.id, "markdown": "x"}, *spoilt, *ids)
    names = {"dashboardId": "dashboard", "pageId": "page"}
    hidden: list[Spoilt] = [({key: other[name]}, "NotFound", [key]) for key, name in names.items()]
    await check_faults(world, "coder", FIELD, {"dashboardId": board.id, "markdown": "x"}, *hidden)


async def test_the_longest_text_is_kept_as_it_is(world: World) -> None:
    board = await make_board(world)
    text = "word \r\n\t\u2603\U0001f600" * 10_000
    tile = (await do(world, "writer", FIELD, dashboardId=board.id, markdown=text))["tile"]
    assert len(text) == 100_000
    assert tile["markdown"] == text
