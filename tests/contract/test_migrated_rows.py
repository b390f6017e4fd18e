"""What migrations make of the rows that are there already."""

# ruff: noqa: S608  statements put together from constants

from typing import Final

from sqlalchemy import text

from alembic import command
from server.db.migrate import run_alembic
from server.db.session import Database

AT: Final = "'2026-03-29 01:30:00+00:00'"
BEFORE: Final = (
    f"INSERT INTO user_account (id, login, display_name, active, created_at) VALUES ('u1', 'ada', 'Ada', true, {AT})",
    f"""INSERT INTO project (id, key, name, owner_id, dashboard_write_policy, allows_active_content, authorizes_all_objects,
        all_objects_code_exposure, created_at) VALUES ('p1', 'SALES', 'Sales', 'u1', 'ANY_WRITER', false, false, 'TILES', {AT})""",
    *(
        f"""INSERT INTO notebook (id, project_id, name, name_folded, digest, byte_size, cell_count, has_outputs, has_active_content,
        last_sequence, published, kernel_name, created_at, modified_at)
        VALUES ('{id_}', 'p1', '{id_}', '{id_}', '0', 1, 1, true, false, 0, {published}, 'python3', {AT}, {AT})"""
        for id_, published in (("n1", "true"), ("n2", "false"), ("n3", "true"))
    ),
    *(
        f"""INSERT INTO authorized_object (id, project_id, notebook_id, published, name_folded, mode, code_exposure, authorized_at)
        VALUES ('z{number}', 'p1', 'n{number}', {published}, 'n{number}', 'READ', 'TILES', {AT})"""
        for number, published in ((1, "true"), (2, "false"))
    ),
    *(
        f"""INSERT INTO insight (id, project_id, notebook_id, name, name_folded, owner_id, listed, mode, created_at, modified_at)
        VALUES ('i{number}', 'p1', {notebook}, 'a', 'a', 'u1', true, 'LATEST', {AT}, {AT})"""
        for number, notebook in ((1, "'n1'"), (2, "'n3'"), (3, "NULL"))
    ),
)


async def rows(database: Database, sql: str) -> list[tuple[object, ...]]:
    async with database.reading() as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def test_what_is_authorized_is_known_to_notebooks_and_insights_and_forgotten_again(unmigrated_database: Database) -> None:
    await run_alembic(unmigrated_database, lambda config: command.upgrade(config, "0001"))
    async with unmigrated_database.writing() as session:
        for statement in BEFORE:
            await session.execute(text(statement))
    await run_alembic(unmigrated_database, lambda config: command.upgrade(config, "0002"))
    assert await rows(unmigrated_database, "SELECT id, authorized FROM notebook ORDER BY id") == [("n1", 1), ("n2", 1), ("n3", 0)]
    assert await rows(unmigrated_database, "SELECT id, authorized FROM insight ORDER BY id") == [("i1", 1), ("i2", 0), ("i3", 0)]
    await run_alembic(unmigrated_database, lambda config: command.downgrade(config, "0001"))
    copied = await rows(unmigrated_database, "SELECT notebook_id, published, name_folded FROM authorized_object ORDER BY id")
    assert copied == [("n1", 1, "n1"), ("n2", 0, "n2")]
