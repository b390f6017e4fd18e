"""`nbinsight db`: bring the database up to date, or say whether it is; and what other commands do before they use it."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, TypeVar

import typer
from filelock import Timeout
from sqlalchemy.exc import SQLAlchemyError

from server.app import close_parts, make_parts
from server.cli.failures import CommandFailed, opening, where_of
from server.cli.options import PLACES, with_settings
from server.config import Settings, without_secrets
from server.context import Parts
from server.db import migrate
from server.db.addresses import address_of, sqlite_file
from server.db.commits import CommitUnknown, NothingCommitted
from server.db.failures import DatabaseAway
from server.domain.errors import RateLimited
from server.domain.measures import UNMEASURED, Measures
from server.domain.traces import UNTRACED, Traces
from server.stores.opening import folder_of

_CONNECT_SECONDS: Final = 15
T = TypeVar("T")

commands = typer.Typer(help="Bring the database up to date, or say whether it is.", no_args_is_help=True, rich_markup_mode=None)


@commands.command("upgrade")
@with_settings(*PLACES)
def upgrade_command(settings: Settings) -> None:
    """Bring the database to the revision that this nbinsight needs; SQLite does so by itself at each start."""
    typer.echo(with_parts(settings, _upgraded))


@commands.command("check")
@with_settings(*PLACES)
def check_command(settings: Settings) -> None:
    """Leave with 0 if the database is up to date, else with 1 and what to do."""
    state = with_database(settings, lambda parts: migrate.check(parts.database))
    if not state.is_current:
        raise CommandFailed(state.message)
    typer.echo(state.message)


def with_parts(settings: Settings, work: Callable[[Parts], Awaitable[T]]) -> T:
    """Open database and store, make sure that the database answers, do the work, close; raises CommandFailed."""

    async def run() -> T:
        async with opened(settings) as parts:
            await reach(parts)
            with plainly():
                return await work(parts)

    return asyncio.run(run())


def with_database(settings: Settings, work: Callable[[Parts], Awaitable[T]]) -> T:
    """Look into a database that is there, and make nothing: no database, no data folder, no store. Raises CommandFailed."""
    require_database(settings)
    return with_parts(database_alone(settings), work)


def database_alone(settings: Settings) -> Settings:
    """Return settings of parts that are the database and nothing beside it."""
    return settings.model_copy(update={"store_url": "memory://", "queue_url": None, "redis_url": None})


def require_data(settings: Settings) -> None:
    """Raise CommandFailed where there is no database or no store yet, instead of making what would be found empty."""
    require_database(settings)
    if is_store_absent(settings):
        msg = f"There is no blob store at {without_secrets(settings.store)}, or its disk is not mounted: "
        msg += "--data-dir or --store-url says where it is."
        raise CommandFailed(msg)


def require_database(settings: Settings) -> None:
    """Raise CommandFailed where there is no database yet; PostgreSQL says so itself when it is asked."""
    if is_database_absent(settings):
        msg = f"There is no database at {without_secrets(settings.database)}: `nbinsight db upgrade` and the first `nbinsight serve` "
        msg += "make one, --data-dir or --database-url says where another is."
        raise CommandFailed(msg)


def is_database_absent(settings: Settings) -> bool:
    """Tell whether the database is a SQLite file that has yet to be made; raises CommandFailed for an address of none."""
    with opening():
        file = sqlite_file(address_of(settings.database))
        return file is not None and not file.exists()


def is_store_absent(settings: Settings) -> bool:
    """Tell whether the store is a folder that is not there, or empty, as where its disk is not mounted: a store never is.

    Raises CommandFailed for an address of none.
    """
    with opening():
        folder = folder_of(settings.store)
        return folder is not None and (not folder.exists() or (folder.is_dir() and not any(folder.iterdir())))


@contextmanager
def plainly(then: str = "") -> Generator[None]:
    """Turn what goes wrong with database and store during the work into CommandFailed; `then` says what has become of the work."""
    try:
        yield
    except CommitUnknown as error:
        raise CommandFailed(str(error)) from error
    except (SQLAlchemyError, sqlite3.Error, NothingCommitted, DatabaseAway) as error:  # the last is an OSError too
        cause = error.__cause__ if isinstance(error, NothingCommitted) else error
        msg = f"The database failed: {getattr(cause, 'orig', None) or cause}. {then}".rstrip()
        raise CommandFailed(msg) from error
    except RateLimited as error:
        msg = f"{error.message} {then}".rstrip()
        raise CommandFailed(msg) from error
    except OSError as error:
        msg = f"A file or the store cannot be used: {error}. {then}".rstrip()
        raise CommandFailed(msg) from error


@asynccontextmanager
async def opened(settings: Settings, measures: Measures = UNMEASURED, traces: Traces = UNTRACED) -> AsyncGenerator[Parts]:
    """Lend the parts; raises CommandFailed where they cannot be made."""
    with opening():
        parts = make_parts(settings, measures, traces)
    try:
        yield parts
    finally:
        await close_parts(parts)


async def reach(parts: Parts) -> None:
    """Ask the database for the smallest thing; raises CommandFailed."""
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await parts.database.check()
    except TimeoutError as error:
        msg = f"The database {where_of(parts)} gave no answer within {_CONNECT_SECONDS} s."
        raise CommandFailed(msg) from error
    except Exception as error:  # each driver raises its own: whatever it is, there is no database to work with
        cause = getattr(error, "orig", None) or error
        msg = f"The database {where_of(parts)} cannot be used: {cause}."
        raise CommandFailed(msg) from error


async def bring_up_to_date(parts: Parts) -> None:
    """Upgrade SQLite; ask for `nbinsight db upgrade` where the database is one that others share. Raises CommandFailed."""
    if parts.database.is_sqlite:
        await upgrade(parts)
    else:
        await require_current(parts)


async def require_current(parts: Parts) -> None:
    """Raise CommandFailed for a database of another version, and leave it so: it is only read, or its rows are not known."""
    state = await migrate.check(parts.database)
    if not state.is_current:
        raise CommandFailed(state.message)


async def upgrade(parts: Parts) -> None:
    """Run what migrations are missing; raises CommandFailed, and then nothing has changed."""
    try:
        await migrate.upgrade(parts.database)
    except migrate.MigrationFailed as error:
        raise CommandFailed(str(error)) from error
    except Timeout as error:
        msg = "Another process has been migrating the database for too long: look whether it hangs."
        raise CommandFailed(msg) from error
    except SQLAlchemyError as error:
        msg = f"Migrating {where_of(parts)} failed, and nothing has changed: {getattr(error, 'orig', None) or error}."
        raise CommandFailed(msg) from error


async def _upgraded(parts: Parts) -> str:
    await upgrade(parts)
    return (await migrate.check(parts.database)).message
