"""`dashboard`: pages, tiles, and what a tile tells of an insight that its viewer may not see."""

from typing import Any, Final

import pytest

from tests.fixtures.world import SECRET
from tests.integration.queries.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

TILES: Final = """pages { tiles { id box { left top width height } title displayedTitle titleMode ... on InsightTile {
    accessState showCode clickAction insight { name } targetInsight { name } rendering { url } } } }"""


async def tiles(shop: Shop, who: str) -> dict[str, Any]:
    """Return the tiles of the dashboard of SALES, by the names of their notebooks."""
    found = await shop.one(who, "dashboard", TILES, shop.world.ids["SALES dashboard"])
    names = {id_: name for name, id_ in shop.tiles.items()}
    return {names[tile["id"]]: tile for page in found["pages"] for tile in page["tiles"]}


async def test_a_dashboard_tells_what_it_is(shop: Shop) -> None:
    selection = """id name description listed version project { key } owner { login } viewerCan { edit delete list }
        pages { index title displayedTitle visible gridColumns tiles { page { index } } } missingAuthorizations { name }"""
    found = await shop.one("writer", "dashboard", selection, shop.world.ids["SALES dashboard"])
    assert found == {
        "id": shop.world.ids["SALES dashboard"],
        "name": "Dashboard",
        "description": None,
        "listed": True,
        "version": 3,
        "project": {"key": "SALES"},
        "owner": {"login": "owner"},
        "viewerCan": {"edit": True, "delete": True, "list": True},
        "pages": [
            {
                "index": 0,
                "title": None,
                "displayedTitle": "Page 1",
                "visible": True,
                "gridColumns": 36,
                "tiles": [{"page": {"index": 0}}, {"page": {"index": 0}}],
            }
        ],
        "missingAuthorizations": [{"name": "closed"}],
    }


async def test_what_readers_would_not_see_is_told_to_editors_as_far_as_they_see_it(shop: Shop) -> None:
    told = {
        who: (await shop.one(who, "dashboard", "missingAuthorizations { name }", shop.world.ids["SALES dashboard"]))[
            "missingAuthorizations"
        ]
        for who in ("dash_reader", "analyst", "auth_manager", "dash_writer", "analyst_dash", "admin")
    }
    closed = [{"name": "closed"}]
    assert told == {
        "dash_reader": None, "analyst": None, "auth_manager": None, "dash_writer": [], "analyst_dash": closed, "admin": closed,
    }  # fmt: skip


async def test_a_tile_of_a_hidden_insight_keeps_its_box_and_says_why(shop: Shop) -> None:
    seen = await tiles(shop, "dash_reader")
    assert seen["closed"] == {
        "id": shop.tiles["closed"],
        "box": {"left": 12, "top": 0, "width": 12, "height": 15},
        "title": None,
        "displayedTitle": None,
        "titleMode": "ALWAYS",
        "accessState": "NOT_AUTHORIZED",
        "showCode": False,
        "clickAction": "NONE",
        "insight": None,
        "targetInsight": None,
        "rendering": None,
    }
    assert seen["open"]["accessState"] == "ACCESSIBLE"
    assert seen["open"]["displayedTitle"] == seen["open"]["insight"]["name"]
    everything = await tiles(shop, "analyst")
    assert everything["closed"]["accessState"] == "ACCESSIBLE"
    assert everything["closed"]["displayedTitle"].startswith("closed (")


@pytest.mark.asyncio(loop_scope="function")
async def test_the_title_of_a_hidden_tile_is_for_editors(own_shop: Shop) -> None:
    await own_shop.change("UPDATE tile SET title = 'Secret merger' WHERE id = :id", id=own_shop.tiles["closed"])
    titles = {
        who: [(await tiles(own_shop, who))["closed"][name] for name in ("title", "displayedTitle", "accessState")]
        for who in ("dash_reader", "dash_writer", "analyst")
    }
    assert titles == {
        "dash_reader": [None, None, "NOT_AUTHORIZED"],
        "dash_writer": ["Secret merger", "Secret merger", "NOT_AUTHORIZED"],
        "analyst": ["Secret merger", "Secret merger", "ACCESSIBLE"],
    }
    await own_shop.change("UPDATE project SET dashboard_write_policy = 'OWNER_OR_MODERATOR'")
    assert (await tiles(own_shop, "dash_writer"))["closed"]["title"] is None
    assert (await tiles(own_shop, "dash_moderator"))["closed"]["title"] == "Secret merger"


@pytest.mark.asyncio(loop_scope="function")
async def test_a_target_insight_is_null_to_who_may_not_see_it(own_shop: Shop) -> None:
    await own_shop.change(
        "UPDATE tile SET click_action = 'OPEN_OTHER_INSIGHT', target_insight_id = :target WHERE id = :id",
        target=own_shop.insights["closed"], id=own_shop.tiles["open"],
    )  # fmt: skip
    assert (await tiles(own_shop, "dash_reader"))["open"]["targetInsight"] is None
    assert (await tiles(own_shop, "analyst"))["open"]["targetInsight"]["name"].startswith("closed (")


@pytest.mark.asyncio(loop_scope="function")
async def test_a_tile_says_when_its_insight_notebook_or_exports_are_gone(own_shop: Shop) -> None:
    await own_shop.change("DELETE FROM export WHERE notebook_id = :id", id=own_shop.notebooks["open"])
    await own_shop.change("UPDATE tile SET insight_id = NULL WHERE id = :id", id=own_shop.tiles["closed"])
    gone = await tiles(own_shop, "analyst")
    assert {name: (tile["accessState"], tile["rendering"]) for name, tile in gone.items()} == {
        "open": ("EXPORT_DELETED", None),
        "closed": ("INSIGHT_DELETED", None),
    }
    assert gone["closed"]["insight"] is None
    await own_shop.change("UPDATE insight SET notebook_id = NULL WHERE id = :id", id=own_shop.insights["open"])
    seen = await tiles(own_shop, "analyst")
    assert (seen["open"]["accessState"], seen["open"]["rendering"]) == ("NOTEBOOK_DELETED", None)


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize("exposure", ["NEVER", "TILES", "ALWAYS"])
@pytest.mark.parametrize("show_code", [True, False])
async def test_a_tile_shows_code_if_author_and_authorization_let_it(own_shop: Shop, exposure: str, show_code: bool) -> None:  # noqa: FBT001
    await own_shop.change("UPDATE tile SET show_code = :shown", shown=show_code)
    await own_shop.world.authorize(own_shop.notebooks["open"], exposure)
    for who in ("dash_reader", "analyst"):
        selection = "pages { tiles { id ... on InsightTile { rendering { codeIncluded body url } } } }"
        found = await own_shop.one(who, "dashboard", selection, own_shop.world.ids["SALES dashboard"])
        [rendering] = [tile["rendering"] for tile in found["pages"][0]["tiles"] if tile["id"] == own_shop.tiles["open"]]
        shown = show_code and (who == "analyst" or exposure != "NEVER")
        assert rendering["codeIncluded"] is shown
        assert (SECRET in rendering["body"]) is shown
        assert (SECRET in (await own_shop.world.client.get(rendering["url"])).text) is shown


@pytest.mark.parametrize(("who", "able"), [("dash_reader", "---"), ("analyst", "---"), ("dash_writer", "YYY"), ("project_admin", "YYY")])
async def test_viewer_can_agrees_with_the_matrix(shop: Shop, who: str, able: str) -> None:
    found = await shop.one(who, "dashboard", "viewerCan { edit delete list }", shop.world.ids["SALES dashboard"])
    assert "".join("Y" if may else "-" for may in found["viewerCan"].values()) == able


@pytest.mark.asyncio(loop_scope="function")
async def test_an_edit_policy_of_owners_leaves_the_owner_editing_and_the_moderator_listing(own_shop: Shop) -> None:
    await own_shop.change("UPDATE project SET dashboard_write_policy = 'OWNER_OR_MODERATOR'")
    await own_shop.change("UPDATE dashboard SET owner_id = :id", id=own_shop.world.ids["dash_writer"])
    able = {
        who: (await own_shop.one(who, "dashboard", "viewerCan { edit list }", own_shop.world.ids["SALES dashboard"]))["viewerCan"]
        for who in ("dash_writer", "writer", "dash_moderator")
    }
    assert able == {
        "dash_writer": {"edit": True, "list": False},
        "writer": {"edit": False, "list": False},
        "dash_moderator": {"edit": True, "list": True},
    }
