"""`Export.cells`: pages that agree with the fragment, and hold no more than it."""

from typing import Any

import pytest

from tests.fixtures import make
from tests.integration.queries.shop import Shop

CELL = "nodes { index cellId type tags executionCount source html }"
PAGE = "edges { cursor node { index } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount"

NOTEBOOK = make.notebook(
    make.markdown("# Words"),
    make.code("secret = 1", make.stream("1\n"), count=7),
    make.code("gone", metadata={"tags": ["remove-cell"]}),
    make.code("quiet()", make.stream("loud\n"), count=None, metadata={"tags": ["hide-input"]}),
    make.raw("as it is"),
)


async def exported(shop: Shop, notebook: make.Node) -> str:
    """Freeze a notebook that dashboard readers may see."""
    await shop.world.save("open", notebook=notebook)
    return await shop.export("open")


async def cells(shop: Shop, who: str, export: str, arguments: str = "", selection: str = CELL) -> Any:  # noqa: ANN401  any JSON
    return (await shop.one(who, "export", f"cells{arguments and f'({arguments})'} {{ {selection} }}", export))["cells"]


async def test_cells_tell_what_they_are(own_shop: Shop) -> None:
    export = await exported(own_shop, NOTEBOOK)
    found = (await cells(own_shop, "analyst", export, "showCode: true"))["nodes"]
    assert [(cell["index"], cell["type"], cell["tags"], cell["executionCount"], cell["source"]) for cell in found] == [
        (0, "MARKDOWN", [], None, "# Words"),
        (1, "CODE", [], 7, "secret = 1"),
        (3, "CODE", ["hide-input"], None, None),
        (4, "RAW", [], None, "as it is"),
    ]
    assert [cell["cellId"] for cell in found] == ["id-0", "id-1", "id-3", "id-4"]


@pytest.mark.parametrize(("who", "show_code"), [("analyst", "true"), ("analyst", "false"), ("dash_reader", "false")])
async def test_pages_of_cells_are_the_fragment_piece_by_piece(own_shop: Shop, who: str, show_code: str) -> None:
    export = await exported(own_shop, NOTEBOOK)
    seen: list[str] = []
    after = "null"
    while after:
        page = await cells(own_shop, who, export, f"showCode: {show_code}, first: 1, after: {after}", f"{CELL} {PAGE}")
        assert page["totalCount"] == 4
        assert page["pageInfo"]["hasPreviousPage"] is (after != "null")
        seen += [cell["html"] for cell in page["nodes"]]
        after = f'"{page["pageInfo"]["endCursor"]}"' if page["pageInfo"]["hasNextPage"] else ""
    fragment = (await own_shop.one(who, "export", f"rendering(showCode: {show_code}) {{ fragment }}", export))["rendering"]["fragment"]
    assert len(seen) == 4
    assert "\n".join(html for html in seen if html) == fragment


async def test_code_that_is_hidden_is_in_no_cell(own_shop: Shop) -> None:
    export = await exported(own_shop, NOTEBOOK)
    found = (await cells(own_shop, "dash_reader", export))["nodes"]
    assert [cell["source"] for cell in found] == ["# Words", None, None, "as it is"]
    assert "secret" not in str(found)
    assert "quiet" not in str(found)


async def test_who_may_not_see_code_cannot_ask_for_its_cells(own_shop: Shop) -> None:
    query = "query($id: ID!) { export(id: $id) { sequence cells(showCode: true) { totalCount } } }"
    answer = await own_shop.world.run("dash_reader", query, id=own_shop.exports["open"])
    assert answer["data"]["export"] == {"sequence": 1, "cells": None}
    [error] = answer["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("FORBIDDEN", ["export", "cells"])


@pytest.mark.parametrize("after", ["YWZ0ZXI6eA", "YWZ0ZXI6LTE", "x", "YWZ0ZXI6MTIzNDU2Nzg5MDEyMw"])
@pytest.mark.asyncio(loop_scope="session")
async def test_a_forged_cursor_is_refused(shop: Shop, after: str) -> None:
    query = "query($id: ID!, $after: String) { export(id: $id) { cells(after: $after) { totalCount } } }"
    answer = await shop.world.run("analyst", query, id=shop.exports["open"], after=after)
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_behind_the_end_is_empty(shop: Shop) -> None:
    page = await cells(shop, "analyst", shop.exports["open"], 'after: "YWZ0ZXI6OTk5"', PAGE)
    assert (page["edges"], page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]) == ([], False, None)


async def test_one_page_of_many_draws_only_its_own_cells(own_shop: Shop) -> None:
    """A cell that brings the renderer down is not in the way of the others."""
    bomb = make.markdown("\\begin{a}" * 60_000)
    export = await exported(own_shop, make.notebook(*[make.markdown(f"cell {index}") for index in range(30)], bomb))
    page = await cells(own_shop, "analyst", export, "first: 5", f"{CELL} {PAGE}")
    assert [cell["source"] for cell in page["nodes"]] == [f"cell {index}" for index in range(5)]
    assert page["totalCount"] == 31
