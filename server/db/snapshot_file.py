"""A database of one moment as one SQLite file, taken while others write; whichever kind it was taken from."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from server.db.copying import Told, copy_rows
from server.db.migrate import upgrade
from server.db.session import Database


async def write_snapshot(database: Database, path: Path, told: Told = lambda _: None) -> None:
    """Write the file, without renderings. SQLite is copied by its online backup, PostgreSQL row by row in one transaction."""
    if database.is_sqlite:
        await asyncio.to_thread(_back_up, Path(database.engine.url.database or ""), path)
    copy = Database(f"sqlite:///{path}")
    try:
        if not database.is_sqlite:
            await upgrade(copy)
            async with database.snapshot() as source, copy.writing() as target:
                await copy_rows(source, target, told)
        async with copy.writing() as session:
            await session.execute(text("DELETE FROM rendering"))
    finally:
        await copy.close()
    await asyncio.to_thread(_settle, path)


def _back_up(source: Path, target: Path) -> None:
    """Copy all pages in one step: with a WAL nobody waits for it, and a copy in steps would begin anew with each commit of others."""
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)


def _settle(path: Path) -> None:
    """Leave one file, without a WAL beside it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()
        connection.execute("VACUUM")
    path.with_name(f"{path.name}.migration-lock").unlink(missing_ok=True)
