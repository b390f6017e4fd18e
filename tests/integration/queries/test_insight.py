"""`insight`: one export of a notebook, or why it does not show."""

from typing import Final

import pytest

from tests.integration.queries.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

STATE: Final = "accessState selectionMode pinnedExport { id } displayedExport { id } notebook { name }"


async def test_an_insight_tells_what_it_is(shop: Shop) -> None:
    selection = f"""id project {{ key }} owner {{ login }} listed description {STATE} readerAccessible
        tiles {{ id }} dashboards {{ id }} viewerCan {{ edit delete selectExport createExport list }} name"""
    found = await shop.one("coder", "insight", selection, shop.insights["open"])
    assert found.pop("name").startswith("open (20")
    assert found == {
        "id": shop.insights["open"],
        "project": {"key": "SALES"},
        "owner": {"login": "coder"},
        "listed": False,
        "description": None,
        "accessState": "ACCESSIBLE",
        "selectionMode": "LATEST",
        "pinnedExport": None,
        "displayedExport": {"id": shop.exports["open again"]},
        "notebook": {"name": "open"},
        "readerAccessible": True,
        "tiles": [{"id": shop.tiles["open"]}],
        "dashboards": [{"id": shop.world.ids["SALES dashboard"]}],
        "viewerCan": {"edit": True, "delete": True, "selectExport": True, "createExport": True, "list": True},
    }


@pytest.mark.asyncio(loop_scope="function")
async def test_a_pinned_insight_shows_its_pin_whatever_is_published(own_shop: Shop) -> None:
    await own_shop.pin("open", own_shop.exports["open"])
    await own_shop.export("open")
    pinned = {"id": own_shop.exports["open"]}
    for who in ("dash_reader", "analyst"):
        found = await own_shop.one(who, "insight", STATE, own_shop.insights["open"])
        assert (found["selectionMode"], found["pinnedExport"], found["displayedExport"]) == ("PINNED", pinned, pinned)


async def test_whether_readers_see_it_is_told_to_editors_alone(shop: Shop) -> None:
    expected: dict[str, dict[str, bool | None]] = {
        "dash_reader": {"open": None},
        "analyst": {"open": None, "closed": None},
        "auth_manager": {"open": None, "closed": None},
        "dash_writer": {"open": True},
        "writer": {"open": True, "closed": False},
        "admin": {"open": True, "closed": False},
    }
    for who, insights in expected.items():
        for name, accessible in insights.items():
            assert await shop.one(who, "insight", "readerAccessible", shop.insights[name]) == {"readerAccessible": accessible}


@pytest.mark.parametrize(
    ("who", "able"),
    [("dash_reader", "-----"), ("analyst", "-----"), ("dash_writer", "YYY-Y"), ("writer", "YYY-Y"), ("coder", "YYYYY"), ("admin", "YYYYY")],
)
async def test_viewer_can_agrees_with_the_matrix(shop: Shop, who: str, able: str) -> None:
    found = await shop.one(who, "insight", "viewerCan { edit delete selectExport createExport list }", shop.insights["open"])
    assert "".join("Y" if may else "-" for may in found["viewerCan"].values()) == able


@pytest.mark.asyncio(loop_scope="function")
async def test_backlinks_hold_the_dashboards_that_one_finds_in_lists(own_shop: Shop) -> None:
    await own_shop.change("UPDATE dashboard SET listed = false")
    links = {
        who: await own_shop.one(who, "insight", "tiles { id } dashboards { id }", own_shop.insights["open"])
        for who in ("dash_reader", "analyst", "dash_writer", "writer")
    }
    nothing: dict[str, list[dict[str, str]]] = {"tiles": [], "dashboards": []}
    everything = {"tiles": [{"id": own_shop.tiles["open"]}], "dashboards": [{"id": own_shop.world.ids["SALES dashboard"]}]}
    assert links == {"dash_reader": nothing, "analyst": nothing, "dash_writer": everything, "writer": everything}


@pytest.mark.asyncio(loop_scope="function")
async def test_an_insight_whose_notebook_has_no_export_left_says_so(own_shop: Shop) -> None:
    await own_shop.change("DELETE FROM export WHERE notebook_id = :id", id=own_shop.notebooks["closed"])
    found = await own_shop.one("analyst", "insight", STATE, own_shop.insights["closed"])
    assert found == {
        "accessState": "EXPORT_DELETED",
        "selectionMode": "LATEST",
        "pinnedExport": None,
        "displayedExport": None,
        "notebook": {"name": "closed"},
    }


@pytest.mark.asyncio(loop_scope="function")
async def test_an_insight_whose_notebook_is_gone_says_so(own_shop: Shop) -> None:
    await own_shop.change("UPDATE insight SET notebook_id = NULL, authorized = false WHERE id = :id", id=own_shop.insights["open"])
    selection = f"{STATE} readerAccessible viewerCan {{ createExport }}"
    found = await own_shop.one("coder", "insight", selection, own_shop.insights["open"])
    assert found == {
        "accessState": "NOTEBOOK_DELETED",
        "selectionMode": "LATEST",
        "pinnedExport": None,
        "displayedExport": None,
        "notebook": None,
        "readerAccessible": False,
        "viewerCan": {"createExport": False},
    }
    assert await own_shop.one("dash_reader", "insight", "id", own_shop.insights["open"]) is None
    [tile] = (await own_shop.one("dash_reader", "node", "... on InsightTile { accessState insight { id } }", own_shop.tiles["open"]),)
    assert tile == {"accessState": "NOT_AUTHORIZED", "insight": None}
