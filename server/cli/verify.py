"""`nbinsight verify`."""

import typer

from server.backup.verifying import verify
from server.cli.backups import EVERYWHERE, with_all_data
from server.cli.failures import CommandFailed
from server.cli.options import with_settings
from server.config import Settings

commands = typer.Typer(rich_markup_mode=None)


@commands.command("verify")
@with_settings(*EVERYWHERE)
def verify_command(settings: Settings) -> None:
    """Look through all rows and all notebooks' bytes, while the server runs; leave with 1 and a list if anything is wrong."""
    found = with_all_data(settings, lambda parts, step: verify(parts.database, parts.store, step))
    for fault in found.faults:
        typer.echo(fault)
    if found.faults:
        msg = f"{len(found.faults)} faults in {found.rows:,} rows and {found.blobs:,} notebooks."
        raise CommandFailed(msg)
    if found.orphans:
        typer.echo(f"No row names {found.orphans:,} blobs in the store, which is no fault: `nbinsight gc` removes them.")
    typer.echo(f"Nothing is wrong with {found.rows:,} rows and {found.blobs:,} notebooks.")
