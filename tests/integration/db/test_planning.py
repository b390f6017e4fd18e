"""PostgreSQL's connections: they plan for indexes, unless somebody wished for something else."""

import pytest
from sqlalchemy import text

from server.db.session import Database

PLANNED = text("SELECT name, setting FROM pg_settings WHERE name IN ('random_page_cost', 'max_parallel_workers_per_gather')")


async def planned(url: str) -> dict[str, str]:
    """Connect anew and tell what the planner goes by, after a transaction was undone."""
    database = Database(url)
    try:
        async with database.reading() as session:
            await session.execute(PLANNED)
            await session.rollback()
            return {row.name: row.setting for row in await session.execute(PLANNED)}
    finally:
        await database.close()


async def test_connections_plan_for_indexes_and_for_one_process(postgresql_url: str) -> None:
    assert await planned(postgresql_url) == {"random_page_cost": "1.1", "max_parallel_workers_per_gather": "0"}


@pytest.mark.parametrize(
    ("name", "value", "other"),
    [
        ("random_page_cost", "4", {"max_parallel_workers_per_gather": "0"}),
        ("max_parallel_workers_per_gather", "1", {"random_page_cost": "1.1"}),
    ],
)
async def test_what_somebody_set_for_the_database_stays(
    postgresql_url: str, postgresql_database: Database, name: str, value: str, other: dict[str, str]
) -> None:
    async with postgresql_database.writing() as session:
        own = await session.scalar(text("SELECT current_database()"))
        await session.execute(text(f'ALTER DATABASE "{own}" SET {name} = {value}'))
    assert await planned(postgresql_url) == {name: value, **other}
