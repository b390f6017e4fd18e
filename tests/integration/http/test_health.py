"""`/healthz` and `/readyz`."""

import shutil
from pathlib import Path

from sqlalchemy import text

from tests.fixtures.world import World
from tests.integration.http.conftest import Start


async def test_a_server_that_runs_is_up_and_ready(world: World) -> None:
    up = await world.client.get("/healthz")
    assert (up.status_code, up.json()) == (200, {"status": "ok"})
    ready = await world.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "checks": {"database": "ok", "store": "ok", "migrations": "ok"}}
    for response in (up, ready):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in response.headers


async def test_a_server_stays_ready_when_a_newer_one_has_brought_the_database_up_to_date(world: World) -> None:
    async with world.application.parts.database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'of a newer release'"))
    ready = await world.client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["migrations"]) == (200, "ok")


async def test_a_database_behind_its_migrations_is_named(world: World) -> None:
    async with world.application.parts.database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0006'"))
    ready = await world.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["status"] == "not ready"
    assert ready.json()["checks"]["database"] == "ok"
    assert ready.json()["checks"]["migrations"] != "ok"
    assert (await world.client.get("/healthz")).status_code == 200


async def test_a_store_that_is_gone_is_named_and_nothing_of_its_place_is_told(start: Start, tmp_path: Path) -> None:
    blobs = tmp_path / "kept-elsewhere"
    world = await start(store_url=blobs.as_uri())
    assert (await world.client.get("/readyz")).status_code == 200
    shutil.rmtree(blobs)
    blobs.write_text("in the way")
    ready = await world.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["store"] != "ok"
    assert ready.json()["checks"]["database"] == "ok"
    assert "kept-elsewhere" not in ready.text
    blobs.unlink()
    blobs.mkdir()
    assert (await world.client.get("/healthz")).status_code == 200


async def test_the_bare_address_leads_to_graphql(world: World) -> None:
    response = await world.client.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/graphql")
