"""Sessions on real databases: nothing is lost, readers do not wait, times keep their moment."""

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import DashboardRow, UserRow
from server.db.session import Database
from tests.integration.db import world as make

CHECKOUT = Path(__file__).parents[3]
TOGETHER, DEEDS = 20, 200
PROCESSES, DEEDS_EACH = 3, 20
EDIT = """
import asyncio, sys
from server.db.session import Database
from tests.integration.db.test_session import edit

async def main() -> None:
    database = Database(sys.argv[1])
    for _ in range(int(sys.argv[3])):
        await edit(database, sys.argv[2])
    await database.close()

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main())
"""


async def edit(database: Database, dashboard_id: str) -> None:
    """Read, lock, count up, write: what every edit of a dashboard does."""
    async with database.writing() as session:
        row = await session.get_one(DashboardRow, dashboard_id)
        await session.refresh(row, with_for_update=True)
        await asyncio.sleep(0)
        row.version += 1


async def stored_dashboard(database: Database) -> str:
    owner = make.user("ada")
    project = make.project(owner, "SALES")
    row = make.dashboard(project, "Sales")
    await make.store(database, owner, project, row)
    return row.id


async def version_of(database: Database, dashboard_id: str) -> int:
    async with database.reading() as session:
        return (await session.get_one(DashboardRow, dashboard_id)).version


async def test_deeds_done_together_lose_nothing(database: Database) -> None:
    key = await stored_dashboard(database)

    async def one_after_the_other() -> None:
        for _ in range(DEEDS // TOGETHER):
            await edit(database, key)

    await asyncio.gather(*(one_after_the_other() for _ in range(TOGETHER)))
    assert await version_of(database, key) == 1 + DEEDS


async def test_deeds_of_several_processes_lose_nothing(database: Database, database_url: str) -> None:
    key, pipe = await stored_dashboard(database), asyncio.subprocess.PIPE
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", EDIT, database_url, key, str(DEEDS_EACH), cwd=CHECKOUT, stdin=pipe, stdout=pipe, stderr=pipe
        )
        for _ in range(PROCESSES)
    ]
    for process in started:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    ended = await asyncio.gather(*(process.communicate(b"\n") for process in started))
    assert [(process.returncode, errors) for process, (_, errors) in zip(started, ended, strict=True)] == [(0, b"")] * PROCESSES
    assert await version_of(database, key) == 1 + PROCESSES * DEEDS_EACH


async def test_a_deed_that_raises_changes_nothing(database: Database) -> None:
    key = await stored_dashboard(database)

    async def change_ones_mind() -> None:
        async with database.writing() as session:
            (await session.get_one(DashboardRow, key)).version += 1
            await session.flush()
            msg = "changed my mind"
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="changed my mind"):
        await change_ones_mind()
    assert await version_of(database, key) == 1


async def test_a_deed_may_undo_a_part_of_itself(database: Database) -> None:
    async with database.writing() as session:
        session.add(make.user("ada"))
        await session.flush()
        async with session.begin_nested() as part:
            session.add(make.user("grace"))
            await session.flush()
            await part.rollback()
    async with database.reading() as session:
        assert list(await session.scalars(select(UserRow.login))) == ["ada"]


async def test_a_read_during_a_write_does_not_wait(database: Database) -> None:
    async with database.writing() as writer:
        writer.add(make.user("ada"))
        await writer.flush()
        async with asyncio.timeout(5), database.reading() as reader:  # SQLite would wait 30 s for a lock
            assert await reader.scalar(select(func.count()).select_from(UserRow)) == 0
    async with database.reading() as reader:
        assert await reader.scalar(select(func.count()).select_from(UserRow)) == 1


async def test_a_read_sees_one_state_of_sqlite_from_start_to_end(sqlite_database: Database) -> None:
    async with sqlite_database.reading() as reader:
        assert await reader.scalar(select(func.count()).select_from(UserRow)) == 0
        await make.store(sqlite_database, make.user("ada"))
        assert await reader.scalar(select(func.count()).select_from(UserRow)) == 0


async def test_pragmas_are_in_force_on_every_connection_of_the_pool(sqlite_database: Database) -> None:
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(sqlite_database.reading()) for _ in range(15)]
        for session in sessions:
            pragmas = [
                await session.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "cache_size")
            ]
            assert pragmas == ["wal", 2, 1, 30_000, -16_384]
        assert sqlite_database.engine.pool.status().endswith("Current Checked out connections: 15")


async def test_who_comes_next_gets_the_connection_that_was_used_last(database: Database) -> None:
    async def connection(session: AsyncSession) -> object:
        return (await (await session.connection()).get_raw_connection()).driver_connection

    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(database.reading()) for _ in range(3)]
        opened = [await connection(session) for session in sessions]
    assert len(set(map(id, opened))) == 3
    used = list[object]()
    for _ in range(4):
        async with database.reading() as session:
            used.append(await connection(session))
    assert used == opened[:1] * 4  # sessions are left in the reverse order


async def test_a_sqlite_file_and_its_folder_are_made_when_needed(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "nbinsight.db"
    database = Database(f"sqlite:///{path}")
    await database.check()
    await database.close()
    assert path.is_file()
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    away = Database(f"postgresql://ada@/nbinsight?host={tmp_path}")
    with pytest.raises(OSError, match="No such file"):
        await away.check()
    await away.close()


async def test_statements_are_logged_on_one_line_each_without_their_values(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    database = Database(database_url, log_sql=True)
    await make.store(database, make.user("a-login-nobody-may-see"))
    async with database.reading() as session:
        await session.scalar(select(UserRow.id).where(UserRow.login == "a-login-nobody-may-see"))
        await session.execute(text("WITH one AS (\n  SELECT 1\n)\nSELECT * FROM one"))
    await database.close()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[:2] for line in lines] == [["sql:", "INSERT"], ["sql:", "SELECT"], ["sql:", "WITH"]]
    assert lines[0].startswith("sql: INSERT INTO user_account (login, login_folded, display_name, active, created_at, id) VALUES (")
    assert lines[2] == "sql: WITH one AS ( SELECT 1 ) SELECT * FROM one"
    assert "nobody" not in "".join(lines)


async def test_nothing_is_logged_unless_asked_for(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    await database.check()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "time",
    [
        pytest.param(datetime(2026, 3, 29, 1, 30, 15, 123456, tzinfo=UTC), id="to the microsecond"),
        pytest.param(datetime(2026, 3, 29, 3, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))), id="from another zone"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), id="the first"),
        pytest.param(datetime(9999, 12, 31, tzinfo=UTC), id="the last"),
    ],
)
async def test_a_time_comes_back_as_the_same_moment_in_utc(database: Database, time: datetime) -> None:
    row = make.user("ada")
    row.created_at = time
    await make.store(database, row)
    async with database.reading() as session:
        read = (await session.scalars(select(UserRow.created_at))).one()
        assert await session.scalar(select(UserRow.login).where(UserRow.created_at == time)) == "ada"
    assert read == time
    assert read.tzinfo is UTC


async def test_a_time_without_zone_is_refused(database: Database) -> None:
    row = make.user("ada")
    row.created_at = datetime(2026, 1, 1)  # noqa: DTZ001  that is what is refused
    with pytest.raises(StatementError, match="a time without zone cannot be stored"):
        await make.store(database, row)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(UserRow)) == 0


async def test_what_a_failed_statement_says_holds_no_value(database: Database) -> None:
    """It goes into the log with its traceback, and values are what people have written."""
    with pytest.raises(DBAPIError, match="nowhere") as caught:
        async with database.reading() as session:
            await session.execute(text("SELECT 1 FROM nowhere WHERE text = :text"), {"text": "for readers alone"})
    assert "for readers alone" not in str(caught.value)
