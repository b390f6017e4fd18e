"""Several clients edit one dashboard at once: what was told ok is there, and the version counts exactly that."""

import asyncio
from random import Random
from typing import Any, Final

import pytest

from server.domain.grid import Box
from tests.fixtures.boxes import overlapping
from tests.fixtures.world import World
from tests.integration.mutations.asking import ask, version
from tests.integration.mutations.boards import Board, add_page, add_text, box, layout, make_board, shown_pages

CLIENTS, EDITS = 6, 8
MADE: Final = {
    **dict.fromkeys(("addTextTile", "copyTile", "updateTile"), "tile { id } dashboard { id }"),
    **dict.fromkeys(("addDashboardPage", "updateDashboardPage"), "page { id } dashboard { id }"),
    "moveTile": "tile { id } dashboard { id } sourceDashboard { id }",
    "updateDashboard": "dashboard { id }",
}
Told = list[tuple[str, dict[str, Any]]]


async def edit(world: World, board: Board, other: Board, random: Random, told: Told, *, careful: bool) -> None:
    """Edit at random; a careful client sends the version that it has read."""
    tiles = [tile for page in await layout(world, board) for tile in page]
    for number in range(EDITS):
        place = box((random.randrange(30), random.randrange(20), 6, random.randrange(1, 9)))
        tile = random.choice(tiles)
        choices: list[tuple[str, dict[str, object]]] = [
            ("addTextTile", {"dashboardId": board.id, "markdown": "x", "box": place}),
            ("addTextTile", {"dashboardId": board.id, "markdown": "x"}),
            ("moveTile", {"tileId": tile, "box": place}),
            ("moveTile", {"tileId": tile, "pageId": other.page}),
            ("moveTile", {"tileId": tile, "pageId": board.page}),
            ("copyTile", {"tileId": tile, "pageId": board.page}),
            ("updateTile", {"tileId": tile, "title": f"{number}"}),
            ("addDashboardPage", {"dashboardId": board.id, "index": 0}),
            ("updateDashboardPage", {"pageId": board.page, "index": 0}),
            ("updateDashboard", {"dashboardId": board.id, "description": f"{number}"}),
        ]
        field, given = random.choice(choices)
        if careful and field not in {"moveTile", "updateTile"}:  # of these the dashboard is not known
            given["expectedVersion"] = await version(world, board.id)
        type_ = field[0].upper() + field[1:] + "Input"
        query = f"mutation($input: {type_}!) {{ {field}(input: $input) {{ {MADE[field]} errors {{ __typename }} }} }}"
        answer = await world.run("writer", query, input=given)
        assert "errors" not in answer, answer
        payload = answer["data"][field]
        if payload["errors"]:
            assert payload["errors"] == [{"__typename": "VersionConflict"}]
        else:
            told.append((field, payload))


@pytest.mark.parametrize("careful", [False, True])
async def test_edits_told_ok_are_there_and_counted(world: World, careful: bool) -> None:  # noqa: FBT001  a parameter of the test
    board, other = await make_board(world), await make_board(world)
    told: Told = []
    for _ in range(2 * CLIENTS):
        await add_text(world, board)
    randoms = [Random(seed) for seed in range(CLIENTS)]  # noqa: S311  no secret
    await asyncio.gather(*(edit(world, board, other, random, told, careful=careful) for random in randoms))
    made = {payload["tile"]["id"] for field, payload in told if field in {"addTextTile", "copyTile"}}
    pages = [await layout(world, one) for one in (board, other)]
    there = [tile for page in [*pages[0], *pages[1]] for tile in page]
    assert len(there) == len(set(there)) == len(made) + 2 * CLIENTS
    assert made <= set(there)
    added = {payload["page"]["id"] for field, payload in told if field == "addDashboardPage"}
    assert {page["id"] for page in await shown_pages(world, board)} == {board.page, *added}
    versions = [await version(world, one.id) for one in (board, other)]
    edits = [sum(one.id in edited(payload) for _, payload in told) for one in (board, other)]
    assert versions == [1 + 2 * CLIENTS + edits[0], 1 + edits[1]]
    for page in [*pages[0], *pages[1]]:
        assert overlapping(Box(*place) for place in page.values()) == []


def edited(payload: dict[str, Any]) -> set[str]:
    """Return the dashboards that an edit told ok has changed."""
    return {payload[key]["id"] for key in ("dashboard", "sourceDashboard") if key in payload}


async def test_a_page_is_added_moved_and_removed_by_many(world: World) -> None:
    board = await make_board(world)
    pages = [await add_page(world, board) for _ in range(4)]
    deeds: list[tuple[str, dict[str, object]]] = [
        *[("addDashboardPage", {"dashboardId": board.id, "index": 0})] * 3,
    ]
    for page in pages:
        deeds += [("updateDashboardPage", {"pageId": page, "index": 0}), ("removeDashboardPage", {"pageId": page})]
    deeds.append(("removeDashboardPage", {"pageId": board.page}))
    Random(7).shuffle(deeds)  # noqa: S311  no secret
    answers = await asyncio.gather(*(ask(world, "writer", field, given) for field, given in deeds))
    payloads = [payload for answer in answers for payload in answer["data"].values()]
    ok = [payload for payload in payloads if not payload["errors"]]
    assert {error["__typename"] for payload in payloads for error in payload["errors"]} <= {"NotFound", "InvalidInput"}
    assert await version(world, board.id) == 1 + 4 + len(ok)
    assert len(await shown_pages(world, board)) >= 1
