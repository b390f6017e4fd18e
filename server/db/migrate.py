"""The schema's history: brings a database to the newest revision, says where one stands, writes the next migration.

Migrations lie in `alembic/` of a checkout and travel in wheels as `server/_alembic`; Alembic is set up here, without a file.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import AsyncFileLock
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from alembic import command
from server.db.postgresql import NO_HURRY
from server.db.session import Database

_SERVER: Final = Path(__file__).resolve().parents[1]
_ADVISORY_KEY: Final = 0x6E62_696E  # any number, the same in every process
_WAIT_FOR_OTHERS_SECONDS: Final = 600  # another process may be copying a large table
_WAIT_FOR_TABLES_SECONDS: Final = 10  # whoever waits to alter a table makes everybody queue behind: better give up and say so


class MigrationFailed(Exception):
    """The database is as it was; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class MigrationState:
    """Which revision a database has, which one this version of nbinsight needs, and whether it knows the former."""

    current: str | None
    head: str
    known: bool = True

    @property
    def is_current(self) -> bool:
        """Tell whether there is nothing to do."""
        return self.current == self.head

    @property
    def message(self) -> str:
        """Say in one sentence what is the case and what to do."""
        if self.is_current:
            return f"The database is at revision {self.head}, the newest."
        if not self.known:
            return f"The database is at revision {self.current}, which this nbinsight does not know: run the newer nbinsight it belongs to."
        found = "has no tables yet" if self.current is None else f"is at revision {self.current}"
        return f"The database {found}, nbinsight needs revision {self.head}: run `nbinsight db upgrade`."


def scripts_folder() -> Path:
    """Return where the migrations lie: inside an installed wheel, else beside `server/` in the checkout."""
    packaged = _SERVER / "_alembic"
    return packaged if packaged.is_dir() else _SERVER.parent / "alembic"


def head() -> str:
    """Return the newest revision that this version of nbinsight has."""
    return _scripts().get_current_head() or ""


async def check(database: Database) -> MigrationState:
    """Return where a database stands; waits for no writer. Raises what the driver raises."""
    async with database.reading() as session:
        connection = await session.connection()
        found = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    current = ", ".join(sorted(found)) or None  # ours have one: of several, none is known
    known = current is None or current in {script.revision for script in _scripts().walk_revisions()}
    return MigrationState(current, head(), known=known)


async def upgrade(database: Database) -> None:
    """Bring a database to the newest revision, all steps or none; processes that start together take turns.

    Raises MigrationFailed if a newer nbinsight made the database, and what filelock or the driver raise if the wait is too long.
    """
    async with _turn(database):
        state = await check(database)
        if not state.known:
            raise MigrationFailed(state.message)
        if not state.is_current:
            await run_alembic(database, lambda config: command.upgrade(config, "head"))


async def run_alembic(database: Database, work: Callable[[Config], None]) -> None:
    """Run a command of Alembic in one transaction, which nobody else can do meanwhile.

    Raises MigrationFailed if rows would be left that refer to nothing.
    """
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            await _migrate_sqlite(connection, work)
        else:
            await _migrate_postgresql(connection, work)


async def _migrate_sqlite(connection: AsyncConnection, work: Callable[[Config], None]) -> None:
    """Migrate with foreign keys off: SQLite alters a table by dropping the old copy, which would delete what hangs on its rows."""
    await connection.run_sync(_pragma, "foreign_keys=OFF")
    try:
        async with connection.begin():
            await connection.run_sync(_run, work)
            if broken := (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all():
                tables = ", ".join(sorted({str(row[0]) for row in broken}))
                msg = f"Migrating would leave {len(broken)} rows that refer to nothing, in {tables}. Nothing was changed."
                raise MigrationFailed(msg)
    finally:
        await connection.run_sync(_pragma, "foreign_keys=ON")


async def _migrate_postgresql(connection: AsyncConnection, work: Callable[[Config], None]) -> None:
    """Migrate under an advisory lock that ends with the transaction, so that no crash and no pooler can leave it behind."""
    async with connection.begin():
        await connection.execute(text(NO_HURRY))
        await _limit_waiting(connection, _WAIT_FOR_OTHERS_SECONDS)
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_KEY})
        await _limit_waiting(connection, _WAIT_FOR_TABLES_SECONDS)
        await connection.run_sync(_run, work)


async def _limit_waiting(connection: AsyncConnection, seconds: int) -> None:
    await connection.execute(text("SELECT set_config('lock_timeout', :limit, true)"), {"limit": f"{seconds}s"})


@asynccontextmanager
async def _turn(database: Database) -> AsyncGenerator[None]:
    """Let one process at a time migrate a SQLite file: its own lock would make the others fail after 30 s, a large table takes longer."""
    if not database.is_sqlite:
        yield
        return
    async with AsyncFileLock(f"{database.engine.url.database}.migration-lock", timeout=_WAIT_FOR_OTHERS_SECONDS):
        yield


def _pragma(connection: Connection, pragma: str) -> None:
    """Run a pragma outside of any transaction, where alone this one works; SQLAlchemy would begin one."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _run(connection: Connection, work: Callable[[Config], None]) -> None:
    config = _config()
    config.attributes["connection"] = connection
    work(config)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts_folder()).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


async def _write_revision(message: str) -> bool:
    """Write the migration from what all migrations make to what the models say; return False where they agree."""
    number = sum(1 for _ in _scripts().walk_revisions()) + 1
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        try:
            await upgrade(database)
            await run_alembic(database, lambda config: _autogenerate(config, message, f"{number:04}"))
        finally:
            await database.close()
    return any(scripts_folder().glob(f"versions/{number:04}_*.py"))


def _autogenerate(config: Config, message: str, revision: str) -> None:
    command.revision(config, message, autogenerate=True, rev_id=revision)


def main(arguments: Sequence[str]) -> int:
    """Run `revision MESSAGE`, which is what `make migration` calls; return the exit code."""
    match arguments:
        case ["revision", message]:
            if not asyncio.run(_write_revision(message)):
                sys.stdout.write("The migrations already say what the models say: nothing to write.\n")
            return 0
        case _:
            sys.stderr.write('usage: python -m server.db.migrate revision "What changes"\n')
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
