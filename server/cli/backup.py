"""`nbinsight backup TARGET`."""

from pathlib import Path
from typing import Annotated

import typer

from server.backup.taking import take
from server.cli.backups import EVERYWHERE, with_present_data
from server.cli.options import with_settings
from server.config import Settings
from server.domain.counts import counted

commands = typer.Typer(rich_markup_mode=None)


@commands.command("backup")
@with_settings(*EVERYWHERE)
def backup(settings: Settings, target: Annotated[Path, typer.Argument(metavar="TARGET", help="A folder that is not there yet.")]) -> None:
    """Copy the database and all notebooks into a folder, while the server runs.

    Renderings are left out, as they can be made again, and so is the secret key.
    """
    made = with_present_data(settings, lambda parts, step: take(parts.database, parts.store, target.absolute(), parts.clock(), step))
    rows, blobs = counted(sum(made.rows.values()), "row"), counted(made.blobs, "notebook blob")
    typer.echo(f"Backed up {rows} and {blobs} ({counted(made.blob_bytes, 'byte')}) into {target}.")
