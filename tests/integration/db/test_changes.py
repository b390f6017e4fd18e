"""Whether a database has changed, on SQLite and on PostgreSQL."""

from pathlib import Path

from sqlalchemy import text

from server.db.session import Database

GRANT = """INSERT INTO user_account (id, login, login_folded, display_name, active, created_at)
    VALUES (:id, :id, :id, :id, true, '2030-01-01 00:00:00+00:00')"""


async def grant(database: Database, id_: str) -> None:
    async with database.writing() as session:
        await session.execute(text(GRANT), {"id": id_})


async def test_the_state_stays_while_nothing_is_written(database: Database) -> None:
    first = await database.changes.state()
    async with database.reading() as session:
        await session.execute(text("SELECT count(*) FROM user_account"))
    assert first is not None
    assert await database.changes.state() == first


async def test_each_commit_of_anybody_gives_another_state(database: Database, database_url: str) -> None:
    states = {await database.changes.state()}
    await grant(database, "one")
    states.add(await database.changes.state())
    other = Database(database_url)  # as another process has it
    await grant(other, "two")
    states.add(await database.changes.state())
    await other.close()
    assert None not in states
    assert len(states) == 3


async def test_a_transaction_that_is_open_changes_nothing_until_it_ends(database: Database) -> None:
    before = await database.changes.state()
    async with database.writing() as session:
        await session.execute(text(GRANT), {"id": "one"})
        during = await database.changes.state()
        assert during == before
    assert await database.changes.state() != during


async def test_a_file_that_is_not_there_has_no_state(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/none.db")
    assert await database.changes.state() is None
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240  a look at an empty folder
    await database.close()
