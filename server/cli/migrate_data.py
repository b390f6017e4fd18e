"""`nbinsight migrate-data --to-store STORE_URL`, with the database in `NBINSIGHT_TARGET_DATABASE_URL` or `--to DATABASE_URL`."""

from typing import Annotated

import typer

from server.backup.misfits import require_fitting
from server.backup.restoring import require_empty, transfer
from server.backup.taking import Step
from server.cli.backups import EVERYWHERE, with_present_data
from server.cli.databases import opened, reach, require_current
from server.cli.failures import CommandFailed, read_target_url
from server.cli.options import with_settings
from server.config import Settings
from server.context import Parts
from server.domain.counts import counted

commands = typer.Typer(rich_markup_mode=None)


@commands.command("migrate-data")
@with_settings(*EVERYWHERE)
def migrate_data(
    settings: Settings,
    *,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="DATABASE_URL", help="The empty database to write into. [NBINSIGHT_TARGET_DATABASE_URL, or …_FILE]"),
    ] = None,
    to_store: Annotated[str, typer.Option("--to-store", metavar="STORE_URL", help="The store to write into.")],
) -> None:
    """Copy database and notebooks to others, of another kind or elsewhere: SQLite and a folder to PostgreSQL, say.

    Stop the servers first: a database that is written to meanwhile is not moved. Stopped in the middle, it goes on when run again. The
    source stays as it is. Everybody on this machine can read a command line: an address with a password belongs into the variable, or
    its file.
    """
    target_url = read_target_url(to)
    if target_url == settings.database:
        msg = "The database to write into is the one to read from."
        raise CommandFailed(msg)

    async def move(parts: Parts, step: Step) -> int:
        await require_current(parts)
        async with opened(settings.model_copy(update={"database_url": target_url, "store_url": to_store})) as target:
            await reach(target)
            await require_empty(target.database)
            await require_fitting(parts.database)
            return await transfer(parts.database, parts.store, target.database, target.store, step, others_write=True)

    rows = with_present_data(settings, move)
    typer.echo(f"Copied {counted(rows, 'row')} and the notebook blobs, and compared them. Now start servers with the new addresses.")
