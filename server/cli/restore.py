"""`nbinsight restore SOURCE`."""

from pathlib import Path
from typing import Annotated

import typer

from server.backup.restoring import restore
from server.cli.backups import EVERYWHERE, with_all_data
from server.cli.options import with_settings
from server.config import Settings
from server.domain.counts import counted

commands = typer.Typer(rich_markup_mode=None)


@commands.command("restore")
@with_settings(*EVERYWHERE)
def restore_command(
    settings: Settings, source: Annotated[Path, typer.Argument(metavar="SOURCE", help="What `nbinsight backup` has made.")]
) -> None:
    """Bring a backup into an empty database and a store, of the kind it was taken from or another, and up to date."""
    made = with_all_data(settings, lambda parts, step: restore(source.absolute(), parts.database, parts.store, step))
    rows, blobs = counted(sum(made.rows.values()), "row"), counted(made.blobs, "notebook blob")
    typer.echo(f"Restored {rows} and {blobs}, as of {made.made_at}.")
