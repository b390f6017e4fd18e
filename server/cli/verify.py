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
    """Look through all rows and the bytes of all notebooks and renderings, while the server runs.

    Leaves with 1 and a list if anything is wrong. What the server puts right by itself is told, and is no fault.
    """
    found = with_all_data(settings, lambda parts, step: verify(parts.database, parts.store, step))
    for line in [*found.faults, *found.spoilt]:
        typer.echo(line)
    looked_at = f"{found.rows:,} rows, {found.blobs:,} notebooks and {found.renderings:,} renderings"
    if found.spoilt:
        typer.echo(f"{len(found.spoilt):,} renderings are missing or damaged, which is no fault: whoever asks for one has it made again.")
    if found.orphans:
        typer.echo(f"No row names {found.orphans:,} blobs in the store, which is no fault: `nbinsight gc` removes them.")
    if found.faults:
        msg = f"{len(found.faults)} faults in {looked_at}."
        raise CommandFailed(msg)
    typer.echo(f"Nothing {'else ' if found.spoilt else ''}is wrong with {looked_at}.")
