"""Commands run in this process: quicker than a process each, and whatever they change in it is put back."""

import logging
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from server.cli import app
from server.db.repositories.renderings import Renderings
from server.db.session import Database
from server.domain.rendering import RenderingRecord
from server.stores.folder import FolderStore
from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.backup.conftest import fill


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Run a command in a folder of the test, with no settings but those given by environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("NBINSIGHT_")]:
        monkeypatch.delenv(name)
    numbers, root = (signal.SIGTERM, signal.SIGINT), logging.getLogger()
    handlers, kept, level = [signal.getsignal(number) for number in numbers], root.handlers[:], root.level

    def run(*arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(app, list(arguments), env=environment, catch_exceptions=False)

    yield run
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)
    root.handlers, root.level = kept, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
async def folder(sqlite_url: str, tmp_path: Path) -> Path:
    """A data folder with something in every table."""
    data = tmp_path / "nbinsight-data"
    data.mkdir()
    world: World = await make_world(settings_for(sqlite_url, data, store_url=(data / "blobs").as_uri()))
    await fill(world)
    await end_world(world)
    (tmp_path / "nbinsight.db").rename(data / "nbinsight.db")
    return data


def rows_of(folder: Path, query: str) -> list[tuple[str, ...]]:
    """Ask the SQLite file of a data folder."""
    with closing(sqlite3.connect(folder / "nbinsight.db")) as connection:
        return list(connection.execute(query))


async def rendered(folder: Path, *pages: bytes, days_ago: int = 0) -> list[Path]:
    """Keep renderings with these bytes in a data folder, made so long ago; return their files."""
    database, store = Database(f"sqlite:///{folder / 'nbinsight.db'}"), FolderStore(folder / "blobs")
    renderings, digests = (
        Renderings(database, lambda: datetime.now(UTC) - timedelta(days=days_ago)),
        [await store.put(page) for page in pages],
    )
    for digest, page in zip(digests, pages, strict=True):
        await renderings.keep(RenderingRecord(digest[::-1], digest, len(page), ()))
    await database.close()
    return [folder / "blobs" / digest[:2] / digest[2:] for digest in digests]
