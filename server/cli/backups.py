"""What the commands about all data share: their parts, their failures as sentences."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from server.backup.manifest import BackupFailed
from server.backup.taking import Step
from server.cli.databases import plainly, require_data, with_parts
from server.cli.failures import CommandFailed
from server.cli.progress import progress
from server.config import Settings
from server.context import Parts
from server.db.migrate import MigrationFailed

EVERYWHERE: Final = ("data_dir", "database_url", "store_url")
"""Settings that say where the data is, bytes included."""

T = TypeVar("T")


def with_present_data(settings: Settings, work: Callable[[Parts, Step], Awaitable[T]]) -> T:
    """Do something with a database and a store that are there, and make none; raises CommandFailed."""
    require_data(settings)
    return with_all_data(settings, work)


def with_all_data(settings: Settings, work: Callable[[Parts, Step], Awaitable[T]]) -> T:
    """Do something with database and store and show how far it is; raises CommandFailed."""

    async def run(parts: Parts) -> T:
        try:
            with plainly("Nothing was written into a database."), progress() as step:
                return await work(parts, step)
        except (BackupFailed, MigrationFailed) as error:
            raise CommandFailed(str(error)) from error

    return with_parts(settings, run)
