"""Garbage collection: what nothing needs goes, what somebody needs or is about to need stays (R3)."""

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.event import listen, remove
from typing_extensions import override

from server.db.columns import Digest
from server.db.models import Model
from server.db.repositories import blobs
from server.db.session import Database
from server.resolvers.collect_garbage import Collected, Collector, StrangersError, hold_blob
from server.stores.memory import MemoryStore
from server.stores.port import BlobStore, StoredBlob
from tests.fixtures import make
from tests.fixtures.seaweedfs import bucket_url, seaweed
from tests.fixtures.world import World, end_world, make_world, settings_for

__all__ = ["bucket_url", "seaweed"]

DAY = timedelta(days=1)
ORPHAN = b"bytes that nothing names"
SHOW = "query($id: ID!) { export(id: $id) { rendering(format: HTML, showCode: false) { body } } }"
DELETE = "mutation($id: ID!) { deleteExport(input: {exportId: $id, unpin: true}) { errors { message } } }"
DELETE_INSIGHT = "mutation($id: ID!) { deleteInsight(input: {insightId: $id}) { errors { message } } }"
EXPORT = """mutation($id: ID!) { createExport(input: {notebookId: $id, idempotencyKey: "once"}) { export { id } errors { message } } }"""
SAVE = """mutation($content: String!) { saveNotebook(input: {projectKey: "SALES", name: "Weekly", content: $content}) {
    notebook { id } errors { message field } } }"""


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def collector(world: World, *, later: timedelta = timedelta(), dry_run: bool = False) -> Collector:
    """Return one that runs so much later."""
    parts = world.application.parts
    return Collector(parts.database, parts.store, lambda: datetime.now(UTC) + later, dry_run=dry_run)


async def held(world: World) -> set[str]:
    return {blob.digest async for blob in world.application.parts.store.walk()}


async def named(world: World) -> set[str]:
    rows = await world.rows("SELECT digest FROM notebook UNION SELECT digest FROM export UNION SELECT digest FROM rendering")
    return {row[0] for row in rows}


async def rendered(world: World, export_id: str) -> None:
    """Ask for a rendering, and wait until it is kept: whoever asks has it before."""
    assert "shown 6" in str(await world.ok("writer", SHOW, id=export_id))
    async with asyncio.timeout(60):
        while not await world.rows("SELECT key FROM rendering"):  # noqa: ASYNC110  the database tells nobody
            await asyncio.sleep(0.02)


@pytest.fixture(params=["memory", "folder", "bucket"])
async def stored_world(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    """A world over each database and each store in turn."""
    urls: dict[str, Callable[[], str]] = {
        "memory": lambda: "memory://",
        "folder": (tmp_path / "blobs").as_uri,
        "bucket": lambda: str(request.getfixturevalue("bucket_url")),
    }
    made = await make_world(settings_for(database_url, tmp_path, store_url=urls[request.param]()))
    yield made
    await end_world(made)


@pytest.fixture
async def forgetful_world(database_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    """A world whose server keeps no rendering in memory."""
    made = await make_world(settings_for(database_url, tmp_path, render_kept_bytes=0))
    yield made
    await end_world(made)


def test_every_column_of_a_digest_names_a_blob_or_is_known_not_to() -> None:
    columns = {str(column) for table in Model.metadata.tables.values() for column in table.columns if column.type is Digest}
    assert columns - {str(column.property.columns[0]) for column in blobs.NAMING} == {
        "access_token.digest",
        "idempotency_key.input_digest",
        "rendering.key",
    }


async def test_what_no_row_names_goes_when_it_is_old_enough_and_nothing_else_does(stored_world: World) -> None:
    world, store = stored_world, stored_world.application.parts.store
    notebook = await world.save()
    made = await world.publish(notebook)
    await rendered(world, made["export"])
    await world.save(notebook=make.notebook(make.code("the next state")))
    needed = await named(world)
    assert len(needed) == 3
    await store.put(ORPHAN)
    assert await collector(world).collect() == Collected(kept=3, young=1)
    assert await collector(world, later=23 * DAY / 24).collect() == Collected(kept=3, young=1)
    what = Collected(blobs=1, size_bytes=len(ORPHAN), kept=3)
    assert await collector(world, later=1.1 * DAY, dry_run=True).collect() == what
    assert await held(world) == needed | {digest_of(ORPHAN)}
    assert await collector(world, later=1.1 * DAY).collect() == what
    assert await held(world) == needed
    assert await collector(world, later=1.1 * DAY).collect() == Collected(kept=3)
    assert "shown 6" in str(await world.ok("writer", SHOW, id=made["export"]))


async def test_the_bytes_of_a_deleted_export_go_unless_another_row_has_the_same(world: World) -> None:
    store = world.application.parts.store
    notebook = await world.save()
    [first, second] = [await world.publish(notebook) for _ in range(2)]
    [(digest,)] = await world.rows("SELECT DISTINCT digest FROM export")
    await world.save(notebook=make.notebook(make.code("the next state")))
    for made in (first, second):
        assert (await collector(world, later=2 * DAY).collect()).blobs == 0
        assert await store.has(digest)
        await world.ok("coder", DELETE_INSIGHT, id=made["insight"])
        await world.ok("coder", DELETE, id=made["export"])
    assert (await collector(world, later=2 * DAY).collect()).blobs == 1
    assert not await store.has(digest)


async def test_old_renderings_are_forgotten_with_their_bytes_and_made_again_when_they_are_asked_for(forgetful_world: World) -> None:
    world = forgetful_world
    made = await world.publish(await world.save())
    await rendered(world, made["export"])
    before = await held(world)
    assert len(before) == 2
    assert (await collector(world, later=29 * DAY).collect()) == Collected(kept=2)
    dry = await collector(world, later=31 * DAY, dry_run=True).collect()
    assert (dry.renderings, dry.blobs, dry.kept) == (1, 1, 1)
    assert await held(world) == before
    assert len(await world.rows("SELECT key FROM rendering")) == 1
    assert await collector(world, later=31 * DAY).collect() == dry
    assert await world.rows("SELECT key FROM rendering") == []
    assert len(await held(world)) == 1
    await rendered(world, made["export"])
    assert await held(world) == before


async def test_answers_to_retries_go_after_a_week(world: World) -> None:
    notebook = await world.save()
    await world.ok("coder", EXPORT, id=notebook)
    assert (await collector(world, later=6 * DAY).collect()).answers == 0
    assert (await collector(world, later=8 * DAY, dry_run=True).collect()).answers == 1
    assert len(await world.rows("SELECT * FROM idempotency_key")) == 1
    assert (await collector(world, later=8 * DAY).collect()).answers == 1
    assert await world.rows("SELECT * FROM idempotency_key") == []


async def test_temporary_files_of_killed_servers_go_and_those_of_others_stay(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, young = time.time() - 90_000, time.time() - 80_000

    def left() -> set[str]:
        return {path.name for path in tmp_path.glob("nbinsight-*")}

    (tmp_path / "nbinsight-blob-old").mkdir()
    (tmp_path / "nbinsight-blob-old" / "digest").touch()
    for name, age in (("upload-old.ipynb", old), ("upload-young.ipynb", young), ("notes", old)):
        (tmp_path / f"nbinsight-{name}").touch()
        os.utime(tmp_path / f"nbinsight-{name}", (age, age))
    os.utime(tmp_path / "nbinsight-blob-old", (old, old))
    before = left()
    assert (await collector(world, dry_run=True).collect()).files == 2
    assert left() == before
    assert (await collector(world).collect()).files == 2
    assert left() == {"nbinsight-upload-young.ipynb", "nbinsight-notes"}


async def test_a_store_that_the_database_knows_nothing_of_is_left_alone(world: World) -> None:
    store = world.application.parts.store
    await store.put(ORPHAN)
    await collector(world).collect()  # nothing would go
    for _ in range(2):
        for dry_run in (False, True):
            with pytest.raises(StrangersError):
                await collector(world, later=2 * DAY, dry_run=dry_run).collect()
        assert await store.has(digest_of(ORPHAN))
        await world.save()
        await store.delete(*(await named(world)))
    await store.put(ORPHAN)
    assert (await replace(collector(world, later=2 * DAY), strangers=True).collect()).blobs == 1


def listed_last(store: BlobStore, digest: str) -> MemoryStore:
    """Return the same store, whose listing ends with a blob."""

    class Sorted(MemoryStore):
        @override
        async def walk(self) -> AsyncGenerator[StoredBlob]:
            for blob in sorted([blob async for blob in store.walk()], key=lambda blob: blob.digest == digest):
                yield blob

        @override
        async def delete(self, *digests: str) -> None:
            await store.delete(*digests)

    return Sorted()


async def test_one_name_among_many_orphans_is_enough_wherever_it_is_listed(world: World) -> None:
    store = world.application.parts.store
    for number in range(150):
        await store.put(f"orphan {number}".encode())
    with pytest.raises(StrangersError):
        await collector(world, later=2 * DAY).collect()
    assert len(await held(world)) == 150
    await world.save()
    [digest] = await named(world)
    related = replace(collector(world, later=2 * DAY), store=listed_last(store, digest))
    found = await related.collect()
    assert (found.blobs, found.kept) == (150, 1)
    assert await held(world) == {digest}


async def test_names_are_looked_up_a_hundred_at_a_time_and_never_listed(world: World) -> None:
    parts = world.application.parts
    await world.save()
    for number in range(250):
        await parts.store.put(f"orphan {number}".encode())
    asked = list[int]()

    def note(connection: Connection, cursor: object, statement: str, parameters: Sequence[object], *rest: object) -> None:
        del connection, cursor, rest
        if "rendering.digest" in statement:
            asked.append(statement.count("notebook.digest IN") and len(parameters))

    listen(parts.database.engine.sync_engine, "before_cursor_execute", note)
    assert (await replace(collector(world, later=2 * DAY), strangers=True).collect()).blobs == 250
    remove(parts.database.engine.sync_engine, "before_cursor_execute", note)
    assert sorted(asked) == [3 * count + 1 for count in (50, 51, 100, 100, 100, 100)]


async def test_a_save_of_old_bytes_that_go_meanwhile_is_refused_and_works_when_it_is_repeated(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = world.application.parts
    await world.save("Other", notebook=make.notebook(make.code("1")))
    content = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    await parts.store.put(content.encode())
    put_file = type(parts.store).put_file

    async def put_and_lose(store: BlobStore, path: Path) -> str:
        digest = await put_file(store, path)
        assert (await collector(world, later=2 * DAY).collect()).blobs == 1
        return digest

    state = await world.state()
    with monkeypatch.context() as patch:
        patch.setattr(type(parts.store), "put_file", put_and_lose)
        answer = await world.run("coder", SAVE, content=content)
    message = "The same bytes were being removed from the store, as nothing named them any more: send them again."
    assert answer == {"data": {"saveNotebook": {"notebook": None, "errors": [{"message": message, "field": ["input", "content"]}]}}}
    assert await world.state() == state
    await world.ok("coder", SAVE, content=content)
    assert await named(world) <= await held(world)


async def test_of_a_save_and_a_removal_one_waits_for_the_other(database: Database) -> None:
    since, digests = datetime.now(UTC), [digest_of(ORPHAN), digest_of(b"another")]
    inside = asyncio.Event()
    done: list[str] = []

    async def take() -> set[str]:
        async with database.writing() as session:
            return await blobs.take_unnamed(session, digests, since)

    async def take_and_wait() -> None:
        async with database.writing() as session:
            assert await blobs.take_unnamed(session, digests, since) == set(digests)
            inside.set()
            await asyncio.sleep(0.3)
            done.append("removed")

    if not database.is_sqlite:
        async with database.writing() as session:
            await blobs.hold(session, digests[0])
            assert await take() == {digests[1]}, "what is held is left alone, and not waited for"
        assert await take() == set(digests)
    removing = asyncio.create_task(take_and_wait())
    await inside.wait()
    async with database.writing() as session:
        await blobs.hold(session, digests[0])
        done.append("held")
    await removing
    assert done == ["removed", "held"]


async def test_two_who_save_the_same_bytes_do_not_wait_for_each_other(postgresql_database: Database) -> None:
    async with postgresql_database.writing() as first, postgresql_database.writing() as second, asyncio.timeout(10):
        await blobs.hold(first, digest_of(ORPHAN))
        await blobs.hold(second, digest_of(ORPHAN))


async def test_whoever_holds_a_blob_is_told_whether_it_is_there(world: World) -> None:
    parts = world.application.parts
    await parts.store.put(ORPHAN)
    async with parts.database.writing() as session:
        assert await hold_blob(session, parts.store, digest_of(ORPHAN))
        assert not await hold_blob(session, parts.store, digest_of(b"another"))
