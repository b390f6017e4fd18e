"""`nbinsight migrate-data` where it is killed, where it is pointed to the wrong place, and where its target's password is."""

import asyncio
import signal
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import insert, select, text
from typer.testing import Result

from alembic import command
from server.backup import restoring
from server.db.copying import copy_rows
from server.db.migrate import run_alembic, upgrade
from server.db.models import NotebookRow
from server.db.session import Database
from server.domain.ids import Kind, new_id
from server.stores.folder import FolderStore
from tests.fixtures.running import run, start
from tests.integration.backup.conftest import held
from tests.integration.cli.conftest import rows_of

Invoke = Callable[..., Result]
MORE: Final = 300
"""Notebooks: copying them takes longer than noticing that the first are there."""
SECONDS: Final = 60
WAITING: Final = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST('export' AS regclass)"


@contextmanager
def opened(url: str) -> Generator[tuple[asyncio.Runner, Database]]:
    """Lend a database beside the command, with a loop that may wait."""
    database = Database(url)
    with asyncio.Runner() as runner:
        try:
            yield runner, database
        finally:
            runner.run(database.close())


async def add_notebooks(folder: Path) -> None:
    """Save many more, each with bytes of its own."""
    store, database = FolderStore(folder / "blobs"), Database(f"sqlite:///{folder / 'nbinsight.db'}")
    async with database.writing() as session:
        table = NotebookRow.metadata.tables["notebook"]
        [row] = (await session.execute(select(table).where(table.c.name == "Third"))).mappings()
        for number in range(MORE):
            content = b"%d" % number
            own = {"id": new_id(Kind.NOTEBOOK), "name": f"More {number}", "name_folded": f"more {number}", "published": False}
            own |= {"digest": await store.put(content, durable=False), "byte_size": len(content), "authorized": False, "last_sequence": 0}
            await session.execute(insert(table), dict(row) | own)
    await database.close()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def blobs_in(folder: Path) -> dict[str, tuple[int, int]]:
    """Return which file and of what time lies under each digest."""
    return {path.parent.name + path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.glob("??/*")}


@pytest.mark.parametrize("stage", ["bytes", "rows"])
def test_a_command_that_was_killed_goes_on_when_it_is_run_again(
    folder: Path, tmp_path: Path, unmigrated_postgresql_url: str, stage: str
) -> None:
    asyncio.run(add_notebooks(folder))
    arguments = ("migrate-data", "--to-store", (tmp_path / "new").as_uri())
    given = {"NBINSIGHT_TARGET_DATABASE_URL": unmigrated_postgresql_url}
    with opened(unmigrated_postgresql_url) as (runner, target):

        async def count(query: str) -> int:
            async with target.reading() as session:
                return int(await session.scalar(text(query)) or 0)

        async def killed_among_its_rows() -> int:
            await upgrade(target)
            async with target.engine.begin() as connection:
                await connection.execute(text("LOCK TABLE export IN EXCLUSIVE MODE"))
                process = await asyncio.to_thread(start, *arguments, cwd=tmp_path, **given)
                async with asyncio.timeout(SECONDS):
                    while not await count(WAITING):  # noqa: ASYNC110  nothing tells it
                        await asyncio.sleep(0.02)
                return process.stop(signal.SIGKILL)

        if stage == "bytes":
            process = start(*arguments, cwd=tmp_path, **given)
            wait_until(lambda: bool(blobs_in(tmp_path / "new")))
            assert process.stop(signal.SIGKILL) == -signal.SIGKILL
            assert runner.run(count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) == 0
            assert 0 < len(blobs_in(tmp_path / "new")) < MORE
        else:
            assert runner.run(killed_among_its_rows()) == -signal.SIGKILL
            assert {content.rows for content in runner.run(held(target)).values()} == {0}
        copied = blobs_in(tmp_path / "new")
        done = run(*arguments, cwd=tmp_path, **given)
        assert (done.returncode, done.stderr) == (0, "")
        assert blobs_in(tmp_path / "new").items() >= copied.items(), "what was copied is not copied again"
        with opened(f"sqlite:///{folder / 'nbinsight.db'}") as (other, source):
            assert runner.run(held(target)) == other.run(held(source))
    there = {"NBINSIGHT_DATABASE_URL": unmigrated_postgresql_url, "NBINSIGHT_STORE_URL": (tmp_path / "new").as_uri()}
    verified = run("verify", cwd=tmp_path, **there)
    assert (verified.returncode, verified.stderr) == (0, "")
    assert f" {MORE + 4} notebook blobs and 0 renderings.\n" in verified.stdout


async def with_a_row(database: Database) -> None:
    await upgrade(database)
    async with database.writing() as session:
        await session.execute(
            text("INSERT INTO user_group (id, name, created_at) VALUES (:id, 'theirs', '2030-01-01 00:00:00')"), {"id": new_id(Kind.GROUP)}
        )


async def with_tables_of_others(database: Database) -> None:
    async with database.writing() as session:
        await session.execute(text("CREATE TABLE orders (id INTEGER PRIMARY KEY)"))


async def of_another_revision(database: Database) -> None:
    await run_alembic(database, lambda config: command.upgrade(config, "0005"))


NOT_EMPTY: Final = "The database to write into is not empty: "


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (with_a_row, f"{NOT_EMPTY}name another one, or another data folder."),
        (of_another_revision, f"{NOT_EMPTY}name another one, or another data folder."),
        (with_tables_of_others, f"{NOT_EMPTY}it has a table orders, which is not of nbinsight. Name another one."),
    ],
)
@pytest.mark.parametrize("how", ["migrate-data", "restore"])
def test_a_database_that_is_not_empty_is_refused_and_nothing_is_written(
    folder: Path, invoke: Invoke, tmp_path: Path, spoil: Callable[[Database], object], message: str, how: str
) -> None:
    file = tmp_path / "theirs.db"
    with opened(f"sqlite:///{file}") as (runner, database):
        runner.run(spoil(database))  # type: ignore[arg-type]  # each is a coroutine
    before, source = dump_of(file), dump_of(folder / "nbinsight.db")
    if how == "migrate-data":
        done = invoke("migrate-data", "--to", f"sqlite:///{file}", "--to-store", (tmp_path / "new").as_uri())
    else:
        assert invoke("backup", "kept").exit_code == 0
        done = invoke("restore", "kept", "--database-url", f"sqlite:///{file}", "--store-url", (tmp_path / "new").as_uri())
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"nbinsight: {message}\n")
    assert (dump_of(file), dump_of(folder / "nbinsight.db")) == (before, source)
    assert blobs_in(tmp_path / "new") == {}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_that_is_written_to_meanwhile_is_not_moved(
    folder: Path, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, kind: str
) -> None:
    source, target = f"sqlite:///{folder / 'nbinsight.db'}", f"sqlite:///{tmp_path / 'new.db'}"
    store = ("--to-store", (tmp_path / "new").as_uri())
    given = {"NBINSIGHT_TARGET_DATABASE_URL": target}
    if kind == "postgresql":
        moved = str(request.getfixturevalue("unmigrated_postgresql_url"))
        assert invoke("migrate-data", "--to", moved, *store).exit_code == 0
        source, given = moved, given | {"NBINSIGHT_DATABASE_URL": moved, "NBINSIGHT_STORE_URL": (tmp_path / "new").as_uri()}
        given |= {"NBINSIGHT_DATABASE_POOL_SIZE": "1", "NBINSIGHT_DATABASE_POOL_OVERFLOW": "0"}

    async def copy_beside_a_server(*arguments: Any) -> None:  # noqa: ANN401  as they come
        await copy_rows(*arguments)
        database = Database(source)
        async with database.writing() as session:
            await session.execute(text("UPDATE notebook SET name = 'Renamed', name_folded = 'renamed' WHERE name = 'Third'"))
            await session.execute(text("UPDATE project SET name = 'Renamed'"))
        await database.close()

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "copy_rows", copy_beside_a_server)
        done = invoke("migrate-data", *store, **given)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "nbinsight: Somebody has written to the old database meanwhile (notebook, project), so nothing was kept in the new one. "
        "Stop all servers, then run this again.\n"
    )
    with opened(target) as (runner, database):
        assert {content.rows for content in runner.run(held(database)).values()} == {0}
    done = invoke("migrate-data", *store, **given)
    assert (done.exit_code, done.stderr) == (0, "")
    with opened(target) as (runner, database), opened(source) as (other, origin):
        assert runner.run(held(database)) == other.run(held(origin))


def dump_of(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def test_the_target_is_read_from_the_environment_or_a_file_and_the_option_beats_both(folder: Path, invoke: Invoke, tmp_path: Path) -> None:
    urls = {name: f"sqlite:///{tmp_path / name / 'nbinsight.db'}" for name in ("option", "variable", "file")}
    (tmp_path / "target").write_text(f"{urls['file']}\n", encoding="utf-8")
    given = {"NBINSIGHT_TARGET_DATABASE_URL_FILE": str(tmp_path / "target")}
    store = ("--to-store", (tmp_path / "new").as_uri())
    assert invoke("migrate-data", *store, **given).exit_code == 0
    assert [name for name in urls if (tmp_path / name).exists()] == ["file"]
    given["NBINSIGHT_TARGET_DATABASE_URL"] = urls["variable"]
    assert invoke("migrate-data", *store, **given).exit_code == 0
    assert [name for name in urls if (tmp_path / name).exists()] == ["variable", "file"]
    assert invoke("migrate-data", "--to", urls["option"], *store, **given).exit_code == 0
    named = "SELECT name FROM notebook ORDER BY name"
    assert {tuple(rows_of(tmp_path / name, named)) for name in urls} == {tuple(rows_of(folder, named))}


@pytest.mark.parametrize("given", [{}, {"NBINSIGHT_TARGET_DATABASE_URL": ""}])
def test_without_a_target_nothing_is_moved(folder: Path, invoke: Invoke, tmp_path: Path, given: dict[str, str]) -> None:
    before = dump_of(folder / "nbinsight.db")
    done = invoke("migrate-data", "--to-store", (tmp_path / "new").as_uri(), **given)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("nbinsight: Name the database to write into: NBINSIGHT_TARGET_DATABASE_URL, or ")
    assert dump_of(folder / "nbinsight.db") == before
    assert not (tmp_path / "new").exists()


def test_a_target_file_that_is_empty_is_refused(folder: Path, invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "target").touch()
    before = dump_of(folder / "nbinsight.db")
    done = invoke("migrate-data", "--to-store", (tmp_path / "new").as_uri(), NBINSIGHT_TARGET_DATABASE_URL_FILE="target")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "nbinsight: A file that holds a setting cannot be read: [Errno 61] It is empty: 'target'.\n"
    assert (dump_of(folder / "nbinsight.db"), (tmp_path / "new").exists()) == (before, False)
