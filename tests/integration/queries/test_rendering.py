"""`rendering`: nothing is rendered before its bytes are asked for; what fails nulls itself alone."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from typing_extensions import override

from server.db.repositories.renderings import Renderings
from server.domain.rendering import RenderingRecord
from server.render.renderer import Renderer, RenderLimits
from tests.fixtures import make
from tests.integration.http.serving import client_of, signed_in
from tests.integration.queries.shop import Shop

LAZY = "rendering { url urlExpiresAt format mediaType codeIncluded profile }"


async def renderings(shop: Shop) -> int:
    [[count]] = await shop.world.rows("SELECT count(*) FROM rendering")
    return int(count)


async def one_is_kept(shop: Shop) -> None:
    """Wait for the one rendering to be kept, soon after it was handed out."""
    async with asyncio.timeout(20):
        while await renderings(shop) != 1:  # noqa: ASYNC110  the database tells nobody
            await asyncio.sleep(0.01)


async def test_an_address_and_what_is_known_beforehand_render_nothing(own_shop: Shop) -> None:
    found = (await own_shop.one("analyst", "export", LAZY, own_shop.exports["open"]))["rendering"]
    assert found["url"].startswith("/content/")
    assert datetime.fromisoformat(found["urlExpiresAt"]) > datetime.now(UTC)
    on_tiles = f"pages {{ tiles {{ ... on InsightTile {{ {LAZY} }} }} }}"
    await own_shop.one("analyst", "dashboard", on_tiles, own_shop.world.ids["SALES dashboard"])
    assert await renderings(own_shop) == 0
    await own_shop.one("analyst", "export", "rendering { body }", own_shop.exports["open"])
    await one_is_kept(own_shop)


class CountedRecords(Renderings):
    """Counts what is rendered."""

    made = 0

    @override
    async def keep(self, record: RenderingRecord) -> None:
        self.made += 1
        await super().keep(record)


async def test_what_many_ask_for_at_once_is_rendered_once(own_shop: Shop) -> None:
    parts = own_shop.world.application.parts
    records = CountedRecords(parts.database, parts.clock)
    limits = RenderLimits(timeout_seconds=30, memory_bytes=2**31, workers=2, queue=8)
    renderer = Renderer(parts.store, records, limits)
    client = client_of(own_shop.world, renderer=renderer)
    query = """query($id: ID!) { export(id: $id) { a: rendering { body } b: rendering(theme: DARK) { body }
        c: rendering { fragment etag notices { code } } } }"""
    body = {"query": query, "variables": {"id": own_shop.exports["open"]}}
    for _ in range(2):
        asked = [client.post("/graphql", json=body, headers=signed_in(own_shop.world, who)) for who in ("analyst", "dash_reader") * 2]
        found = [response.json()["data"]["export"] for response in await asyncio.gather(*asked)]
        assert all(one == found[0] for one in found)
    assert found[0]["c"]["fragment"] in found[0]["a"]["body"]
    assert found[0]["a"]["body"] != found[0]["b"]["body"]
    await one_is_kept(own_shop)
    assert records.made == 1
    await renderer.close()


async def test_a_tile_that_cannot_be_rendered_leaves_its_neighbours(own_shop: Shop) -> None:
    """Take the bytes of one export away; nothing else loses anything."""
    world = own_shop.world
    await world.save("closed", notebook=make.notebook(make.code("2")))
    await own_shop.export("closed")
    await own_shop.change("UPDATE export SET digest = :digest WHERE notebook_id = :id", digest="0" * 64, id=own_shop.notebooks["closed"])
    query = """query($id: ID!) { dashboard(id: $id) { name pages { tiles { id ... on InsightTile {
        rendering { url body fragment byteSize etag notices { code } } } } } } }"""
    answer = await world.run("analyst", query, id=world.ids["SALES dashboard"])
    tiles = {tile["id"]: tile["rendering"] for tile in answer["data"]["dashboard"]["pages"][0]["tiles"]}
    broken = tiles[own_shop.tiles["closed"]]
    assert broken.pop("url").startswith("/content/")
    assert broken == {"body": None, "fragment": None, "byteSize": None, "etag": None, "notices": None}
    assert "Results" in tiles[own_shop.tiles["open"]]["body"]
    assert sorted(error["path"][-1] for error in answer["errors"]) == ["body", "byteSize", "etag", "fragment", "notices"]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"RENDER_FAILED"}
    assert "0" * 64 not in str(answer["errors"])


async def test_an_export_stays_as_it_was_frozen(own_shop: Shop) -> None:
    before = await own_shop.one("dash_reader", "export", "rendering { body etag }", own_shop.exports["open"])
    changed = make.notebook(make.markdown("# Changed"))
    await own_shop.world.save("open", notebook=changed)
    await own_shop.export("open")
    assert await own_shop.one("dash_reader", "export", "rendering { body etag }", own_shop.exports["open"]) == before
    assert (await own_shop.one("dash_reader", "insight", "displayedExport { sequence }", own_shop.insights["open"])) == {
        "displayedExport": {"sequence": 3}
    }


@pytest.mark.parametrize("format_", ["HTML", "SLIDES", "MARKDOWN", "SCRIPT", "IPYNB"])
async def test_renaming_a_notebook_changes_nothing_of_its_exports(own_shop: Shop, format_: str) -> None:
    async def look() -> tuple[object, bytes, object]:
        selection = f"rendering(format: {format_}) {{ body etag byteSize url }}"
        found = (await own_shop.one("dash_reader", "export", selection, own_shop.exports["open"]))["rendering"]
        content = await own_shop.world.client.get(found.pop("url"))
        return found, content.content, (content.headers["etag"], content.headers["content-disposition"])

    before = await look()
    await own_shop.change("UPDATE notebook SET name = 'renamed', name_folded = 'renamed' WHERE id = :id", id=own_shop.notebooks["open"])
    assert await look() == before
    assert "open." in str(before[2])
    [[name]] = await own_shop.world.rows("SELECT notebook_name FROM export WHERE id = :id", id=await own_shop.export("open"))
    assert name == "renamed", "a new export has the new name"


async def test_missing_bytes_of_a_rendering_are_made_again(own_shop: Shop) -> None:
    first = await own_shop.one("analyst", "export", "rendering { body }", own_shop.exports["open"])
    async with own_shop.world.application.parts.database.writing() as session:
        await session.execute(text("UPDATE rendering SET digest = :digest"), {"digest": "0" * 64})
    assert await own_shop.one("analyst", "export", "rendering { body }", own_shop.exports["open"]) == first
