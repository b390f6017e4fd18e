"""A store whose folder goes away and comes back: what is in memory is shown meanwhile, and nothing need be restarted."""

from pathlib import Path
from typing import Final

import pytest

from tests.fixtures.world import World
from tests.integration.http.conftest import Start

ADDRESS: Final = "query($id: ID!) { export(id: $id) { rendering { url } } }"
SAVE: Final = """mutation($content: String!) { saveNotebook(input: {projectKey: "SALES", name: "New", content: $content}) {
    notebook { id } errors { code } } }"""
EMPTY: Final = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.fixture
async def world(start: Start, tmp_path: Path) -> World:
    return await start(store_url=(tmp_path / "blobs").as_uri())


async def test_a_store_that_is_away_is_named_and_what_is_kept_is_shown_until_it_is_back(world: World, tmp_path: Path) -> None:
    ids = await world.publish(await world.save(), world.ids["SALES dashboard"])
    url = (await world.ok("analyst", ADDRESS, id=ids["export"]))["export"]["rendering"]["url"]
    shown = await world.client.get(url)
    before = await world.state()
    (tmp_path / "blobs").rename(tmp_path / "away")
    ready = await world.client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "ok")
    assert ready.json()["checks"]["store"].endswith("the log says more")
    assert "blobs" not in ready.text
    assert (await world.client.get(url)).content == shown.content
    [error] = (await world.run("coder", SAVE, content=EMPTY))["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert await world.state() == before
    (tmp_path / "away").rename(tmp_path / "blobs")
    assert (await world.client.get("/readyz")).status_code == 200
    assert (await world.ok("coder", SAVE, content=EMPTY))["saveNotebook"]["notebook"]["id"] != ids["export"]
