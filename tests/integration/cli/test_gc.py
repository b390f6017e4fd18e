"""`nbinsight gc`: what it prints, what it leaves with, and what it does not touch."""

import asyncio
import errno
import hashlib
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import Result

from server.cli import collect
from server.resolvers.collect_garbage import Collected
from server.stores.folder import FolderStore
from tests.fixtures.seaweedfs import Seaweed, bucket_url, seaweed
from tests.integration.cli.conftest import rendered, rows_of

__all__ = ["bucket_url", "seaweed"]

Invoke = Callable[..., Result]
ORPHANS = (b"bytes that nothing names", b"others")
NOTHING = "0 old renderings, 0 answers to retries, {files}"
STAYS = "What stays: 0 named blobs, {young} unnamed ones younger than {span}."


def orphans_in(root: Path, *, hours: float) -> list[Path]:
    """Put files there that were stored so long ago."""
    files: list[Path] = []
    for content in ORPHANS:
        digest = hashlib.sha256(content).hexdigest()
        file = root / digest[:2] / digest[2:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (time.time() - 3600 * hours,) * 2)
        files.append(file)
    return files


@pytest.fixture
def blobs(invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a store that is new, with temporary files of the test's own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert invoke("db", "upgrade").exit_code == 0
    return tmp_path / "nbinsight-data" / "blobs"


def test_it_says_what_it_removed_and_a_dry_run_removes_nothing(invoke: Invoke, blobs: Path, tmp_path: Path) -> None:
    files = orphans_in(blobs, hours=25)
    (tmp_path / "nbinsight-upload-x.ipynb").touch()
    os.utime(tmp_path / "nbinsight-upload-x.ipynb", (0, 0))
    what = f"2 blobs that nothing names (30 bytes), {NOTHING.format(files='1 temporary file')}"
    stays = STAYS.format(young=0, span="24h")
    done = invoke("gc", "--dry-run", "--unrelated")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"Would remove {what}; nothing was removed. {stays}\n"
    assert all(file.exists() for file in files)
    done = invoke("gc", "--unrelated")
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"Removed {what}. {stays}\n", "")
    assert not any(file.exists() for file in files)
    assert not (tmp_path / "nbinsight-upload-x.ipynb").exists()
    assert invoke("gc").stdout == f"Removed 0 blobs that nothing names (0 bytes), {NOTHING.format(files='0 temporary files')}. {stays}\n"


def test_temporary_files_that_cannot_be_removed_are_counted_and_the_rest_goes(
    invoke: Invoke, blobs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphans = orphans_in(blobs, hours=25)
    for name in ("restore-fixed", "restore-loose"):
        (tmp_path / f"nbinsight-{name}").mkdir()
        (tmp_path / f"nbinsight-{name}" / "database.sqlite").touch()
        os.utime(tmp_path / f"nbinsight-{name}", (0, 0))
    remove = shutil.rmtree

    def refuse(path: Path) -> None:
        if path.name == "nbinsight-restore-fixed":
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))
        remove(path)

    monkeypatch.setattr(shutil, "rmtree", refuse)
    done = invoke("gc", "--unrelated")
    assert (done.exit_code, done.stderr) == (0, "")
    stays = f"{STAYS.format(young=0, span='24h')} Not to be removed: 1 temporary file, look into {tmp_path}."
    assert done.stdout == f"Removed 2 blobs that nothing names (30 bytes), {NOTHING.format(files='1 temporary file')}. {stays}\n"
    assert not any(file.exists() for file in orphans)
    assert {path.name for path in tmp_path.glob("nbinsight-restore-*")} == {"nbinsight-restore-fixed"}


def contents_of(folder: Path) -> dict[str, list[tuple[str, ...]]]:
    """Return what each table of a data folder holds."""
    tables = rows_of(folder, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return {name: rows_of(folder, f"SELECT * FROM {name} ORDER BY rowid") for (name,) in tables}  # noqa: S608  names of ours


def blobs_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (folder / "blobs").glob("??/*")}


def test_exactly_what_a_dry_run_tells_of_is_removed_from_among_what_is_needed(
    folder: Path, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    needed = {*blobs_of(folder), *asyncio.run(rendered(folder, b"a page of today"))}
    old = asyncio.run(rendered(folder, b"an old page", b"another old page", days_ago=31))
    orphans = orphans_in(folder / "blobs", hours=25)
    for path in [*needed, *old]:
        os.utime(path, (time.time() - 25 * 3600,) * 2)
    young = hashlib.sha256(b"about to be named").hexdigest()
    asyncio.run(FolderStore(folder / "blobs").put(b"about to be named"))
    with closing(sqlite3.connect(folder / "nbinsight.db")) as connection:
        connection.execute("UPDATE idempotency_key SET created_at = '2020-01-01 00:00:00.000000' WHERE key IN ('Weekly', 'Third')")
        connection.commit()
    rows, blobs = contents_of(folder), blobs_of(folder)
    assert {len(table) for name, table in rows.items() if name in {"rendering", "idempotency_key"}} == {3}

    size = sum(len(blobs[path]) for path in [*old, *orphans])
    told = f"4 blobs that nothing names ({size} bytes), 2 old renderings, 2 answers to retries, 0 temporary files"
    stays = f"What stays: {len(needed)} named blobs, 1 unnamed one younger than 24h."
    done = invoke("gc", "--dry-run")
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"Would remove {told}; nothing was removed. {stays}\n", "")
    assert (contents_of(folder), blobs_of(folder)) == (rows, blobs)

    done = invoke("gc")
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"Removed {told}. {stays}\n", "")
    assert blobs_of(folder) == {path: content for path, content in blobs.items() if path not in {*old, *orphans}}
    left = contents_of(folder)
    pages, keys = rows_of(folder, "SELECT digest FROM rendering"), rows_of(folder, "SELECT key FROM idempotency_key")
    assert (pages, keys) == ([(hashlib.sha256(b"a page of today").hexdigest(),)], [("Été",)])
    assert {name: table for name, table in left.items() if name not in {"rendering", "idempotency_key"}} == {
        name: table for name, table in rows.items() if name not in {"rendering", "idempotency_key"}
    }
    assert invoke("gc").stdout == f"Removed 0 blobs that nothing names (0 bytes), {NOTHING.format(files='0 temporary files')}. {stays}\n"
    assert invoke("verify").stdout.startswith("No row names 1 blob in the store, which is no fault: `nbinsight gc` removes such.\n")
    assert (folder / "blobs" / young[:2] / young[2:]).exists()


def test_what_is_young_stays_as_long_as_one_says(invoke: Invoke, blobs: Path) -> None:
    files = orphans_in(blobs, hours=23)
    assert invoke("gc", "--unrelated").stdout.endswith(STAYS.format(young=2, span="24h") + "\n")
    assert all(file.exists() for file in files)
    assert invoke("gc", "--unrelated", "--older-than", "22h").stdout.startswith("Removed 2 blobs")
    assert not any(file.exists() for file in files)


def test_a_store_that_the_database_names_nothing_of_is_left_alone(invoke: Invoke, blobs: Path) -> None:
    files = orphans_in(blobs, hours=25)
    done = invoke("gc")
    assert (done.exit_code, done.stdout) == (1, "")
    assert re.fullmatch(
        r"nbinsight: The database sqlite:///\S+ names nothing that is in the store: do they belong together\? "
        r"Nothing was removed; if they do, add --unrelated\.\n",
        done.stderr,
    )
    assert all(file.exists() for file in files)


def test_a_database_of_another_version_is_not_looked_into(invoke: Invoke, tmp_path: Path) -> None:
    files = orphans_in(tmp_path / "nbinsight-data" / "blobs", hours=25)
    (tmp_path / "nbinsight-data" / "nbinsight.db").touch()
    done = invoke("gc", "--unrelated")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("nbinsight: The database has no tables yet")
    assert all(file.exists() for file in files)


@pytest.mark.parametrize("option", ["--older-than", "--renderings-older-than"])
def test_a_span_that_is_none_is_refused(invoke: Invoke, option: str) -> None:
    done = invoke("gc", option, "0h")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"nbinsight: {option} 0h: give a number from 1 to 999999 and d, h or m, such as 30d, 12h or 45m.\n"


@pytest.mark.usefixtures("seaweed")
def test_a_store_that_is_away_is_one_sentence(invoke: Invoke, blobs: Path, bucket_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not blobs.exists() or blobs.is_dir()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    done = invoke("gc", "--store-url", bucket_url)
    assert (done.exit_code, done.stdout) == (1, "")
    what = f"A file or the store cannot be used: The blob store {bucket_url} cannot be reached. What was removed until then is no loss"
    assert done.stderr == f"nbinsight: {what}: run it again.\n"


def test_a_bucket_is_collected_as_well(invoke: Invoke, blobs: Path, bucket_url: str, seaweed: Seaweed) -> None:
    assert blobs.parent.is_dir()
    assert seaweed.variables
    done = invoke("gc", "--store-url", bucket_url)
    nothing, stays = NOTHING.format(files="0 temporary files"), STAYS.format(young=0, span="24h")
    assert done.stdout == f"Removed 0 blobs that nothing names (0 bytes), {nothing}. {stays}\n"


def test_on_a_terminal_it_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(collect, "Console", lambda **given: Console(force_terminal=True, **given))
    with collect._progress() as tell:  # noqa: SLF001  what a terminal would show
        tell(Collected(blobs=300, kept=1700))
        tell(Collected(blobs=301, kept=1700))
        time.sleep(0.2)
    shown = capsys.readouterr().err
    assert "2,000 blobs looked at, 300 of them named by nothing" in shown
    assert "301" not in shown
