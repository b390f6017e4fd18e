"""Migrations: they make what the models say, go up and down, on both databases, whoever else starts at the same moment."""

import ast
import asyncio
import shutil
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from filelock import FileLock
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from alembic import command
from server.db import migrate
from server.db.migrate import MigrationFailed, MigrationState, check, head, main, run_alembic, scripts_folder, upgrade
from server.db.models import Model, UserRow
from server.db.session import Database
from tests.integration.db import world as make

CHECKOUT = Path(__file__).parents[2]
VERSIONS = sorted((CHECKOUT / "alembic" / "versions").glob("*.py"))
TOGETHER = 4
UPGRADE = """
import asyncio, sys
from server.db.migrate import upgrade
from server.db.session import Database

async def main() -> None:
    database = Database(sys.argv[1])
    await upgrade(database)
    await database.close()

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main())
"""

T = TypeVar("T")
Schema = dict[str, dict[str, Any]]


def schema_of(connection: Connection) -> Schema:
    """Describe every table but Alembic's own as the database describes it: types, defaults, every constraint by name."""
    inspector = inspect(connection)

    def described(table: str) -> dict[str, Any]:
        columns = {
            column["name"]: (column["type"].compile(connection.dialect), column["nullable"], column["default"])
            for column in inspector.get_columns(table)
        }
        constraints = [
            inspector.get_pk_constraint(table),
            *inspector.get_unique_constraints(table),
            *inspector.get_check_constraints(table),
            *inspector.get_foreign_keys(table),
            *inspector.get_indexes(table),
        ]
        return {**columns, **{str(constraint["name"]): constraint for constraint in constraints}}

    return {table: described(table) for table in inspector.get_table_names() if table != "alembic_version"}


async def read(database: Database, look: Callable[[Connection], T]) -> T:
    async with database.reading() as session:
        return await (await session.connection()).run_sync(look)


def table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def revisions(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(text("SELECT version_num FROM alembic_version")))


async def set_revision(database: Database, revision: str) -> None:
    async with database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


async def take_turn(database: Database) -> AsyncExitStack:
    """Hold what another process holds while it migrates; closing lets go."""
    stack = AsyncExitStack()
    if database.is_sqlite:
        stack.enter_context(FileLock(f"{database.engine.url.database}.migration-lock"))
    else:
        connection = await stack.enter_async_context(database.engine.begin())
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": 0x6E62696E})
    return stack


async def test_migrations_make_what_the_models_say(unmigrated_database: Database) -> None:
    await upgrade(unmigrated_database)
    migrated = await read(unmigrated_database, schema_of)
    await run_alembic(unmigrated_database, lambda config: command.downgrade(config, "base"))
    async with unmigrated_database.engine.begin() as connection:
        await connection.run_sync(Model.metadata.create_all)
    assert migrated == await read(unmigrated_database, schema_of)


async def test_alembic_finds_nothing_to_migrate(database: Database) -> None:
    differences = await read(database, lambda connection: compare_metadata(MigrationContext.configure(connection), Model.metadata))
    assert differences == []


async def test_a_difference_would_be_found(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("DROP INDEX ix_tile_page_id"))
    differences = await read(database, lambda connection: compare_metadata(MigrationContext.configure(connection), Model.metadata))
    assert [difference[0] for difference in differences] == ["add_index"]


async def test_going_up_down_and_up_again_makes_the_same_tables(unmigrated_database: Database) -> None:
    await upgrade(unmigrated_database)
    first = await read(unmigrated_database, schema_of)
    assert set(first) == set(Model.metadata.tables)
    await run_alembic(unmigrated_database, lambda config: command.downgrade(config, "base"))
    assert await read(unmigrated_database, table_names) == {"alembic_version"}
    assert await revisions(unmigrated_database) == []
    await upgrade(unmigrated_database)
    assert await read(unmigrated_database, schema_of) == first


async def test_every_step_can_be_taken_back_and_again(unmigrated_database: Database) -> None:
    for _ in VERSIONS:
        before = await read(unmigrated_database, schema_of)
        await run_alembic(unmigrated_database, lambda config: command.upgrade(config, "+1"))
        after = await read(unmigrated_database, schema_of)
        await run_alembic(unmigrated_database, lambda config: command.downgrade(config, "-1"))
        assert await read(unmigrated_database, schema_of) == before
        await run_alembic(unmigrated_database, lambda config: command.upgrade(config, "+1"))
        assert await read(unmigrated_database, schema_of) == after
    assert (await check(unmigrated_database)).is_current


async def test_processes_that_start_together_on_an_empty_database_all_succeed(unmigrated_database: Database, unmigrated_url: str) -> None:
    pipe = asyncio.subprocess.PIPE
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", UPGRADE, unmigrated_url, cwd=CHECKOUT, stdin=pipe, stdout=pipe, stderr=pipe
        )
        for _ in range(TOGETHER)
    ]
    for process in started:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    ended = await asyncio.gather(*(process.communicate(b"\n") for process in started))
    assert [(process.returncode, errors) for process, (_, errors) in zip(started, ended, strict=True)] == [(0, b"")] * TOGETHER
    assert await revisions(unmigrated_database) == [head()]
    assert await read(unmigrated_database, table_names) == {*Model.metadata.tables, "alembic_version"}


async def test_upgrading_a_current_database_changes_nothing(database: Database) -> None:
    await make.store(database, make.user("ada"))
    await upgrade(database)
    assert await revisions(database) == [head()]
    async with database.reading() as session:
        assert await session.scalar(sa.select(sa.func.count()).select_from(UserRow)) == 1


async def test_a_database_without_tables_is_told_to_upgrade(unmigrated_database: Database) -> None:
    state = await check(unmigrated_database)
    assert state == MigrationState(None, head())
    assert not state.is_current
    assert state.message == f"The database has no tables yet, nbinsight needs revision {head()}: run `nbinsight db upgrade`."


async def test_a_current_database_says_so(database: Database) -> None:
    state = await check(database)
    assert state == MigrationState(head(), head())
    assert state.is_current
    assert state.message == f"The database is at revision {head()}, the newest."


def test_an_old_database_is_told_to_upgrade() -> None:
    state = MigrationState("0001", "0002")
    assert not state.is_current
    assert state.message == "The database is at revision 0001, nbinsight needs revision 0002: run `nbinsight db upgrade`."


async def test_a_newer_database_is_left_as_it_is(database: Database) -> None:
    await set_revision(database, "9999")
    message = "The database is at revision 9999, which this nbinsight does not know: run the newer nbinsight it belongs to."
    assert (await check(database)).message == message
    with pytest.raises(MigrationFailed) as refused:
        await upgrade(database)
    assert str(refused.value) == message
    assert await revisions(database) == ["9999"]


async def test_a_check_waits_for_no_writer(database: Database) -> None:
    async with database.writing() as session:
        session.add(make.user("ada"))
        await session.flush()
        async with asyncio.timeout(5):
            assert (await check(database)).is_current


async def test_twins_from_before_they_were_refused_both_stay(unmigrated_database: Database) -> None:
    """Nobody can rename a login: an upgrade that fails on one would be the end."""
    await run_alembic(unmigrated_database, lambda config: command.upgrade(config, "0003"))
    add_user = "INSERT INTO user_account (id, login, display_name, active, created_at) VALUES (:id, :login, :id, true, '2030-01-01')"
    async with unmigrated_database.writing() as session:
        for id_, login in (("1", "ALICE"), ("2", "Alice"), ("3", "alice"), ("4", "BOB"), ("5", "Bob")):
            await session.execute(text(add_user), {"id": id_, "login": login})
    await upgrade(unmigrated_database)
    async with unmigrated_database.reading() as session:
        rows = [tuple(row) for row in await session.execute(text("SELECT login, login_folded FROM user_account ORDER BY id"))]
    assert rows == [("ALICE", "ALICE"), ("Alice", "Alice"), ("alice", "alice"), ("BOB", "bob"), ("Bob", "Bob")]
    for login in ("aLICE", "bOB"):
        with pytest.raises(IntegrityError):
            await make.store(unmigrated_database, make.user(login))


async def test_a_migration_that_fails_leaves_nothing_behind(database: Database) -> None:
    def fail(config: Config) -> None:
        connection = config.attributes["connection"]
        connection.execute(text("CREATE TABLE half_done (id INTEGER)"))
        connection.execute(text("DELETE FROM alembic_version"))
        msg = "the power failed"
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="the power failed"):
        await run_alembic(database, fail)
    assert "half_done" not in await read(database, table_names)
    assert await revisions(database) == [head()]


async def test_altering_a_table_keeps_what_hangs_on_its_rows(database: Database) -> None:
    ada = make.user("ada")
    await make.store(database, ada, make.token(ada))

    def alter(config: Config) -> None:
        operations = Operations(MigrationContext.configure(config.attributes["connection"]))
        with operations.batch_alter_table("user_account", recreate="always" if database.is_sqlite else "never") as batch:
            batch.add_column(sa.Column("colour", sa.String(20)))

    await run_alembic(database, alter)
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM access_token")) == 1
    with pytest.raises(IntegrityError):
        await make.store(database, make.token(make.user("nobody"), "1" * 64))


async def test_exports_made_before_names_were_frozen_have_that_of_their_notebook(database: Database) -> None:
    owner = make.user("owner")
    place = make.project(owner, "SALES")
    source = make.notebook(place, "Weekly")
    await make.store(database, owner, place, source, make.export(source, 1))
    await run_alembic(database, lambda config: command.downgrade(config, "0004"))
    await upgrade(database)
    async with database.reading() as session:
        assert (await session.execute(text("SELECT notebook_name FROM export"))).all() == [("Weekly",)]


async def test_rows_that_would_refer_to_nothing_undo_a_migration_of_sqlite(sqlite_database: Database) -> None:
    ada = make.user("ada")
    await make.store(sqlite_database, ada, make.token(ada))

    def orphan(config: Config) -> None:
        config.attributes["connection"].execute(text("DELETE FROM user_account"))

    with pytest.raises(
        MigrationFailed, match=r"^Migrating would leave 1 rows that refer to nothing, in access_token. Nothing was changed.$"
    ):
        await run_alembic(sqlite_database, orphan)
    async with sqlite_database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM user_account")) == 1
        assert await session.scalar(text("PRAGMA foreign_keys")) == 1


async def test_a_migration_of_postgresql_gives_up_on_a_table_in_use(postgresql_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "_WAIT_FOR_TABLES_SECONDS", 1)
    async with postgresql_database.writing() as session:
        session.add(make.user("ada"))
        await session.flush()
        with pytest.raises(DBAPIError, match="lock timeout"):
            await run_alembic(postgresql_database, lambda config: command.downgrade(config, "base"))
    assert await revisions(postgresql_database) == [head()]


async def test_an_upgrade_waits_for_the_process_that_migrates(unmigrated_database: Database) -> None:
    turn = await take_turn(unmigrated_database)
    upgrading = asyncio.create_task(upgrade(unmigrated_database))
    done, _ = await asyncio.wait([upgrading], timeout=0.5)
    assert done == set()
    await turn.aclose()
    await upgrading
    assert (await check(unmigrated_database)).is_current


def test_revisions_are_one_line_numbered_from_1() -> None:
    assert [path.name[:5] for path in VERSIONS] == [f"{number:04}_" for number in range(1, len(VERSIONS) + 1)]
    constants = [_constants(path) for path in VERSIONS]
    assert [module["revision"] for module in constants] == [path.name[:4] for path in VERSIONS]
    assert constants[0]["down_revision"] is None
    assert all(later["down_revision"] == earlier["revision"] for earlier, later in pairwise(constants))
    assert head() == constants[-1]["revision"]


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_needs_no_code_that_may_change(path: Path) -> None:
    assert "server" not in path.read_text(encoding="utf-8").replace("server_default", "")


def _constants(path: Path) -> dict[str, Any]:
    assigned = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.Assign)]
    named = [(node.targets[0], node.value) for node in assigned]
    return {name.id: value.value for name, value in named if isinstance(name, ast.Name) and isinstance(value, ast.Constant)}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the checkout, to change models in."""
    folder = tmp_path / "100% copied"
    for part in ("server", "alembic"):
        shutil.copytree(CHECKOUT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "_graphiql", "_interactive"))
    return folder


async def run(folder: Path, *arguments: str) -> tuple[int | None, str, str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=folder, stdout=pipe, stderr=pipe)
    output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


async def test_a_new_column_gets_its_migration_written(copy: Path) -> None:
    models = copy / "server" / "db" / "models" / "projects.py"
    source = models.read_text(encoding="utf-8")
    key = "    key: Mapped[str] = mapped_column(String(64), unique=True)\n"
    assert source.count(key) == 1
    models.write_text(source.replace(key, f"{key}    closed_at: Mapped[datetime | None] = mapped_column(default=None)\n"), encoding="utf-8")
    code, _, errors = await run(copy, "-m", "server.db.migrate", "revision", "Close projects")
    assert (code, errors) == (0, "")
    number = f"{len(VERSIONS) + 1:04}"
    written = (copy / "alembic" / "versions" / f"{number}_close_projects.py").read_text(encoding="utf-8")
    assert written.startswith('"""Close projects."""\n')
    assert "batch_op.add_column(sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))" in written
    assert "batch_op.drop_column('closed_at')" in written
    assert "server" not in written
    code, output, errors = await run(copy, "-m", "server.db.migrate", "revision", "Close projects again")
    assert (code, output, errors) == (0, "The migrations already say what the models say: nothing to write.\n", "")
    assert len(list((copy / "alembic" / "versions").glob("*.py"))) == len(VERSIONS) + 1


async def test_an_installed_wheel_brings_its_migrations(copy: Path, tmp_path: Path) -> None:
    (copy / "alembic").rename(copy / "server" / "_alembic")
    code, _, errors = await run(copy, "-c", UPGRADE.replace("sys.stdin.readline()", ""), f"sqlite:///{tmp_path / 'wheel.db'}")
    assert (code, errors) == (0, "")
    database = Database(f"sqlite:///{tmp_path / 'wheel.db'}")
    state = await check(database)
    await database.close()
    assert state.is_current


def test_the_checkout_brings_its_migrations() -> None:
    assert scripts_folder() == CHECKOUT / "alembic"


def test_an_unknown_command_is_answered_by_how_to_call_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upgrade"]) == 2
    assert capsys.readouterr().err == 'usage: python -m server.db.migrate revision "What changes"\n'


def test_writing_a_migration_without_a_change_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["revision", "Nothing"]) == 0
    assert capsys.readouterr().out == "The migrations already say what the models say: nothing to write.\n"
    assert sorted((CHECKOUT / "alembic" / "versions").glob("*.py")) == VERSIONS
