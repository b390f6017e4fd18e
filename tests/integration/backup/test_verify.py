"""`verify` names each row and each blob with which something is wrong, and nothing else."""

import asyncio
from collections.abc import Callable
from typing import Final

import pytest
from sqlalchemy import text
from typing_extensions import override

from server.backup import blobs as blobs_of
from server.backup import verifying
from server.backup.verifying import verify
from server.db.migrate import run_alembic
from server.stores.folder import FolderStore
from tests.fixtures.world import World
from tests.integration.backup.conftest import silent
from tests.integration.mutations.asking import address

SPOILT: Final = (
    ("UPDATE notebook SET published = NOT published WHERE name = 'Third'", "notebook {}: `published` is not what exports say"),
    ("UPDATE notebook SET last_sequence = 0 WHERE name = 'Third'", "notebook {}: an export has a higher number than the last"),
    ("UPDATE notebook SET name_folded = 'x' WHERE name = 'Third'", "notebook {}: it is not found by its name"),
    (
        "DELETE FROM authorized_object WHERE notebook_id IN (SELECT id FROM notebook WHERE name = 'Third')",
        "notebook {}: `authorized` is not what authorizations say",
    ),
)

SPOILT_BYTES: Final[tuple[tuple[Callable[[bytes], bytes] | None, str], ...]] = (
    (lambda content: b"#" + content[1:], "damaged"),
    (lambda content: content[:-1], "damaged"),
    (lambda content: content[:0], "damaged"),
    (None, "missing"),
)
SECONDS: Final = 20
"""However busy the machine is, a rendering is kept within so long."""


async def faults_of(world: World) -> list[str]:
    parts = world.application.parts
    return (await verify(parts.database, parts.store, silent)).faults


@pytest.mark.parametrize(("statement", "fault"), SPOILT)
async def test_a_copy_that_is_not_true_is_named(full: World, statement: str, fault: str) -> None:
    assert await faults_of(full) == []
    async with full.application.parts.database.writing() as session:
        await session.execute(text(statement))
    [[notebook]] = await full.rows("SELECT id FROM notebook WHERE name = 'Third'")
    assert await faults_of(full) == [fault.format(notebook)]


async def test_a_row_that_names_what_can_be_no_blob_is_named(full: World) -> None:
    database = full.application.parts.database
    async with database.writing() as session:
        await session.execute(text("UPDATE notebook SET digest = '../../name' WHERE name = 'Third'"))
    fault = "column digest of table notebook holds in 1 row what is no digest of 64 hex digits"
    assert await faults_of(full) == [fault if database.is_sqlite else "blob ../../name: no blob can have that name"]


async def test_values_that_cannot_be_in_their_columns_are_named_on_sqlite(full: World) -> None:
    database = full.application.parts.database
    if not database.is_sqlite:
        return  # it takes none
    async with database.writing() as session:
        await session.execute(text("PRAGMA ignore_check_constraints=ON"))
        await session.execute(text("UPDATE notebook SET digest = CAST(digest AS BLOB), cell_count = 'x' WHERE name <> 'Third'"))
        await session.execute(text("UPDATE tile SET kind = 'x'"))
        await session.execute(text("PRAGMA ignore_check_constraints=OFF"))
    assert sorted(await faults_of(full)) == [
        "column cell_count of table notebook holds in 2 rows what is no whole number",
        "column digest of table notebook holds in 2 rows what is no digest of 64 hex digits",
        "column kind of table tile holds in 3 rows what is no word that this nbinsight knows",
    ]


@pytest.mark.parametrize(("spoil", "fault"), SPOILT_BYTES)
async def test_a_blob_that_is_not_right_is_named(
    full: World, blobs: FolderStore, spoil: Callable[[bytes], bytes] | None, fault: str
) -> None:
    [[digest]] = await full.rows("SELECT digest FROM notebook WHERE name = 'Third'")
    async with blobs.local_file(digest) as path:
        content = path.read_bytes()
    if spoil is None:
        await blobs.delete(digest)
    else:
        path.write_bytes(spoil(content))
    assert await faults_of(full) == [f"blob {digest}: {fault}"]
    await blobs.put(content)
    assert await faults_of(full) == []


async def rendered(world: World) -> str:
    """Let a rendering be made of an export; return its digest."""
    [[export]] = await world.rows("SELECT id FROM export WHERE notebook_name = 'Third'")
    assert (await world.client.get(await address(world, "analyst", export))).status_code == 200
    async with asyncio.timeout(SECONDS):  # a rendering is answered before it is kept
        while not (rows := await world.rows("SELECT digest FROM rendering")):  # noqa: ASYNC110  nothing tells it
            await asyncio.sleep(0.02)
    [[digest]] = rows
    return str(digest)


@pytest.mark.parametrize(("spoil", "said"), SPOILT_BYTES)
async def test_a_rendering_that_is_not_right_is_named_and_no_fault(
    full: World, blobs: FolderStore, spoil: Callable[[bytes], bytes] | None, said: str
) -> None:
    parts, digest = full.application.parts, await rendered(full)
    async with blobs.local_file(digest) as path:
        content = path.read_bytes()
    if spoil is None:
        await blobs.delete(digest)
    else:
        path.write_bytes(spoil(content))
    found = await verify(parts.database, parts.store, silent)
    assert (found.faults, found.spoilt, found.renderings) == ([], [f"rendering {digest}: {said}"], 1)
    await blobs.put(content)
    found = await verify(parts.database, parts.store, silent)
    assert (found.faults, found.spoilt, found.renderings) == ([], [], 1)


async def test_a_rendering_that_was_forgotten_meanwhile_is_not_named(full: World, blobs: FolderStore) -> None:
    parts, digest = full.application.parts, await rendered(full)
    await blobs.delete(digest)

    async def forget() -> None:
        async with parts.database.writing() as session:
            await session.execute(text("DELETE FROM rendering"))

    class Forgetful(FolderStore):
        """A store beside which the collector comes while it is looked into."""

        @override
        async def has(self, digest: str) -> bool:
            await forget()
            return await super().has(digest)

    store = Forgetful(blobs._root)  # noqa: SLF001  the same folder
    found = await verify(parts.database, store, silent)
    assert (found.faults, found.spoilt, found.renderings) == ([], [], 1)


@pytest.mark.parametrize(
    ("table", "digest", "fault"), [("export", "source", "blob"), ("notebook", "source", "blob"), ("rendering", "page", "rendering")]
)
async def test_a_size_that_is_not_the_blobs_is_a_fault(full: World, blobs: FolderStore, table: str, digest: str, fault: str) -> None:
    """A notebook and its export name the same bytes: each row is looked at."""
    page = await rendered(full)
    [[source]] = await full.rows("SELECT digest FROM notebook WHERE name = 'Third'")
    named = {"source": str(source), "page": page}[digest]
    async with blobs.local_file(named) as path:
        size = path.stat().st_size
    async with full.application.parts.database.writing() as session:
        await session.execute(text(f"UPDATE {table} SET byte_size = 1 WHERE digest = :digest"), {"digest": named})  # noqa: S608  one of ours
    assert await faults_of(full) == [f"{fault} {named}: {size} bytes, its row says 1"]


async def test_how_far_it_is_is_told_for_notebooks_and_renderings(full: World) -> None:
    parts, steps, done = full.application.parts, list[tuple[str, int]](), list[int]()
    await rendered(full)

    def step(what: str, total: int) -> Callable[[int], None]:
        steps.append((what, total))
        return done.append

    found = await verify(parts.database, parts.store, step)
    assert steps == [("blobs", found.blobs), ("renderings", 1)]
    assert sum(done) == found.blobs + 1


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_each_blob_is_looked_at_once_however_many_are_looked_up_together(
    full: World, blobs: FolderStore, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "BATCH", size)
    monkeypatch.setattr(blobs_of, "BATCH", size)
    rows = await full.rows("SELECT digest FROM notebook UNION SELECT digest FROM export")
    digests = sorted(str(digest) for (digest,) in rows)
    assert len(digests) > size
    await blobs.delete(*digests)
    orphans = [await blobs.put(f"nobody's {number}".encode()) for number in range(4)]
    parts, done = full.application.parts, list[int]()
    found = await verify(parts.database, parts.store, lambda *_: done.append)
    assert (found.faults, found.orphans) == ([f"blob {digest}: missing" for digest in digests], len(orphans))
    assert sum(done) == found.blobs == len(digests)


async def test_blobs_that_no_row_names_are_counted_and_no_fault(full: World, blobs: FolderStore) -> None:
    parts = full.application.parts
    assert (await verify(parts.database, parts.store, silent)).orphans == 0
    await blobs.put(b"nobody's")
    await blobs.put(b"nobody's either")
    found = await verify(parts.database, parts.store, silent)
    assert (found.orphans, found.faults) == (2, [])


async def test_a_row_that_refers_to_nothing_is_named_on_sqlite(full: World) -> None:
    database = full.application.parts.database
    if not database.is_sqlite:
        return  # nobody can make one
    async with database.engine.connect() as connection:
        await connection.run_sync(lambda sync: sync.connection.cursor().execute("PRAGMA foreign_keys=OFF"))
        await connection.execute(text("DELETE FROM user_group"))
        await connection.commit()
        await connection.run_sync(lambda sync: sync.connection.cursor().execute("PRAGMA foreign_keys=ON"))
    faults = await faults_of(full)
    assert sorted(fault.partition(",")[0] for fault in faults) == ["global_grant", "group_member", "project_grant"]
    assert all(fault.endswith("refers to a row of user_group that is not there") for fault in faults)


async def test_a_database_of_another_revision_is_not_looked_through(full: World) -> None:
    from alembic import command  # noqa: PLC0415

    parts = full.application.parts
    await run_alembic(parts.database, lambda config: command.downgrade(config, "-1"))
    [fault] = await faults_of(full)
    assert fault.endswith("run `nbinsight db upgrade`.")
