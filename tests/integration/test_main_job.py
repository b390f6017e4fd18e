"""The whole main job over HTTP: save, publish, see, publish again, pin, unpin."""

import pytest

from tests.fixtures import make
from tests.fixtures.world import SECRET, World

TILES = """query($id: ID!) { dashboard(id: $id) { version pages { tiles { ... on InsightTile {
    accessState displayedTitle rendering { url codeIncluded body } insight { displayedExport { sequence } } } } } } }"""
SELECT = """mutation($insight: ID!, $mode: ExportSelectionMode!, $export: ID) {
    selectExport(input: {insightId: $insight, mode: $mode, exportId: $export}) {
        insight { displayedExport { sequence } } errors { message } } }"""


async def shown(world: World, who: str = "analyst") -> list[dict[str, object]]:
    data = await world.ok(who, TILES, id=world.ids["SALES dashboard"])
    tiles: list[dict[str, object]] = data["dashboard"]["pages"][0]["tiles"]
    return tiles


async def test_a_tile_follows_what_is_published_and_goes_back_to_what_is_pinned(world: World) -> None:
    notebook = await world.save(notebook=make.notebook(make.code(f"{SECRET} = 1", make.stream("first week\n"))))
    first = await world.publish(notebook, world.ids["SALES dashboard"])
    [tile] = await shown(world)
    assert "first week" in str(tile["rendering"])
    assert SECRET not in str(tile["rendering"])

    await world.save(notebook=make.notebook(make.code(f"{SECRET} = 2", make.stream("second week\n"))))
    [tile] = await shown(world)
    assert "first week" in str(tile["rendering"]), "saving alone changes nothing that is shown"
    second = await world.publish(notebook)
    assert second["export"] != first["export"]
    [tile] = await shown(world)
    assert "second week" in str(tile["rendering"])

    await world.ok("analyst_dash", SELECT, insight=first["insight"], mode="PINNED", export=first["export"])
    [tile] = await shown(world)
    assert "first week" in str(tile["rendering"])
    data = await world.ok("writer", SELECT, insight=first["insight"], mode="LATEST")
    assert data["selectExport"]["insight"]["displayedExport"] == {"sequence": 2}
    [tile] = await shown(world)
    assert "second week" in str(tile["rendering"])


@pytest.mark.parametrize("show_code", [True, False])
async def test_a_tile_shows_its_code_only_if_its_author_says_so(world: World, show_code: bool) -> None:  # noqa: FBT001  a parameter
    notebook = await world.save()
    await world.publish(notebook, world.ids["SALES dashboard"], show_code=show_code)
    [tile] = await shown(world)
    rendering = tile["rendering"]
    assert isinstance(rendering, dict)
    assert rendering["codeIncluded"] is show_code
    assert (SECRET in rendering["body"]) is show_code
    served = await world.client.get(rendering["url"])
    assert served.status_code == 200
    assert (SECRET in served.text) is show_code
    assert "shown 6" in served.text
