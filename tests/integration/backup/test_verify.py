"""`verify` names each row and each blob with which something is wrong, and nothing else."""

from collections.abc import Callable
from typing import Final

import pytest
from sqlalchemy import text

from server.backup.verifying import verify
from server.db.migrate import run_alembic
from server.stores.folder import FolderStore
from tests.fixtures.world import World
from tests.integration.backup.conftest import silent

SPOILT: Final = (
    ("UPDATE notebook SET published = NOT published WHERE name = 'Third'", "notebook {}: `published` is not what exports say"),
    ("UPDATE notebook SET last_sequence = 0 WHERE name = 'Third'", "notebook {}: an export has a higher number than the last"),
    ("UPDATE notebook SET name_folded = 'x' WHERE name = 'Third'", "notebook {}: it is not found by its name"),
    (
        "DELETE FROM authorized_object WHERE notebook_id IN (SELECT id FROM notebook WHERE name = 'Third')",
        "notebook {}: `authorized` is not what authorizations say",
    ),
)


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


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda content: b"#" + content[1:], "damaged"),
        (lambda content: content[:-1], "damaged"),
        (lambda content: content[:0], "damaged"),
        (None, "missing"),
    ],
)
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


async def test_blobs_that_no_row_names_are_counted_and_no_fault(full: World, blobs: FolderStore) -> None:
    parts = full.application.parts
    assert (await verify(parts.database, parts.store, silent)).orphans == 0
    await blobs.put(b"nobody's")
    await blobs.put(b"nobody's either")
    found = await verify(parts.database, parts.store, silent)
    assert (found.orphans, found.faults) == (2, [])


async def test_a_size_that_is_not_the_blobs_is_named(full: World) -> None:
    async with full.application.parts.database.writing() as session:
        await session.execute(text("UPDATE export SET byte_size = 1 WHERE notebook_name = 'Third'"))
    [[digest, size]] = await full.rows("SELECT digest, byte_size FROM notebook WHERE name = 'Third'")
    assert await faults_of(full) == [f"blob {digest}: {size} bytes, its row says 1"]


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
