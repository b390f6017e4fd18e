"""The real server with its demo in a real browser: GraphiQL publishes, and what tiles show is drawn without a script or another host."""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sites import Seen, Site
from tests.browser.test_graphiql import open_example, open_page, run
from tests.fixtures.running import Running, serving

TILES: Final = """{ project(key: "DEMO") { dashboards(first: 1) { nodes { pages { tiles {
    displayedTitle ... on InsightTile { rendering { url } } } } } } } }"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of its own, with the demo."""
    with serving("--demo", cwd=tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def demo(server: Running) -> Site:
    """The demo as its administrator sees it."""
    return Site(server.address.removesuffix("/graphql"), server.token, "admin", is_stub=False)


def tile_address(server: Running, demo: Site, title: str) -> str:
    """Return the address of what a tile of the first dashboard shows."""
    [dashboard] = server.data(TILES, demo.token)["project"]["dashboards"]["nodes"]
    [tile] = [tile for tile in dashboard["pages"][0]["tiles"] if tile["displayedTitle"] == title]
    return f"{demo.url}{tile['rendering']['url']}"


def test_a_tile_is_drawn_with_its_style_and_pictures_and_nothing_from_elsewhere(
    page: Page, seen: Seen, server: Running, demo: Site
) -> None:
    page.goto(tile_address(server, demo, "Sales, newest week"))
    expect(page.get_by_role("heading", name="Weekly sales")).to_be_visible()
    expect(page.locator("table.dataframe").first).to_be_visible()
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)"), "every picture is drawn"
    assert page.evaluate("document.images.length") >= 2
    assert page.evaluate("getComputedStyle(document.querySelector('table.dataframe')).borderCollapse") == "collapse", "the sheet is used"
    assert seen.foreign(demo.url) == []
    assert seen.complaints == []


def test_a_newcomer_publishes_in_graphiql_and_the_tile_follows(page: Page, seen: Seen, server: Running, demo: Site) -> None:
    open_page(page, demo, token=demo.token)
    open_example(page, "PublishNotebook")
    expect(page.locator("section[aria-label='Variables'] .graphiql-editor:not(.hidden) .view-lines")).not_to_contain_text("{{")
    run(page)
    expect(page.get_by_label("Result Window")).to_contain_text("Published from GraphiQL")
    assert seen.foreign(demo.url) == []
    page.goto(tile_address(server, demo, "Published from GraphiQL"))
    expect(page.get_by_role("main")).not_to_be_empty()
    assert seen.foreign(demo.url) == []
