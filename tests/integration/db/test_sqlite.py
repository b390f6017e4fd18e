"""SQLite's connections: one hop to their thread a statement, one snapshot a read, nothing left open by whoever leaves."""

import asyncio
import logging

import pytest
from sqlalchemy import text

from server.db.session import Database

COUNT = text("SELECT count(*) FROM user_account")
ADD = "INSERT INTO user_account (id, login, login_folded, display_name, active, created_at) VALUES (:id, :id, :id, :id, true, '2030-01-01')"
SLOW = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) FROM n")


async def add(database: Database, id_: str) -> None:
    async with database.writing() as session:
        await session.execute(text(ADD), {"id": id_})


async def test_a_read_crosses_to_its_thread_once_a_statement_and_once_at_its_end(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await sqlite_database.check()  # connects
    with caplog.at_level(logging.DEBUG, logger="aiosqlite"):
        async with sqlite_database.reading() as session:
            await session.execute(COUNT)
            await session.execute(COUNT)
    assert len([record for record in caplog.records if record.message.startswith("executing")]) == 3


async def test_the_statements_of_a_read_see_one_state(sqlite_database: Database) -> None:
    await add(sqlite_database, "a")
    async with sqlite_database.reading() as session:
        first = await session.scalar(COUNT)
        await add(sqlite_database, "b")
        second = await session.scalar(COUNT)
    async with sqlite_database.reading() as session:
        third = await session.scalar(COUNT)
    assert (first, second, third) == (1, 1, 2)


async def test_whoever_leaves_in_the_middle_leaves_no_transaction_open(sqlite_database: Database) -> None:
    async def read() -> None:
        async with sqlite_database.reading() as session:
            await session.execute(SLOW)

    for _ in range(3):
        reading = asyncio.create_task(read())
        await asyncio.sleep(0.05)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    await add(sqlite_database, "a")
    async with asyncio.TaskGroup() as group:
        counted = [group.create_task(_count(sqlite_database)) for _ in range(8)]
    assert [task.result() for task in counted] == [1] * 8


async def _count(database: Database) -> int | None:
    async with database.reading() as session:
        count: int | None = await session.scalar(COUNT)
    return count


async def test_a_statement_at_fault_says_so_and_the_connection_goes_on(sqlite_database: Database) -> None:
    async with sqlite_database.reading() as session:
        with pytest.raises(Exception, match="no such table"):
            await session.execute(text("SELECT 1 FROM nothing_of_that_name"))
    assert await _count(sqlite_database) == 0


async def test_many_rows_at_once_are_written_and_counted(sqlite_database: Database) -> None:
    async with sqlite_database.writing() as session:
        result = await session.execute(text(ADD), [{"id": str(number)} for number in range(50)])
        assert result.rowcount == 50  # type: ignore[attr-defined]
    assert await _count(sqlite_database) == 50
