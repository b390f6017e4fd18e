"""`nbinsight verify`."""

import typer

from server.backup.verifying import verify
from server.cli.backups import EVERYWHERE, with_present_data
from server.cli.failures import CommandFailed
from server.cli.options import with_settings
from server.config import Settings
from server.domain.counts import counted

commands = typer.Typer(rich_markup_mode=None)


@commands.command("verify")
@with_settings(*EVERYWHERE)
def verify_command(settings: Settings) -> None:
    """Look through all rows and the bytes of all notebooks and renderings, while the server runs.

    Leaves with 1 and a list if anything is wrong. What the server puts right by itself is told, and is no fault.
    """
    found = with_present_data(settings, lambda parts, step: verify(parts.database, parts.store, step))
    for line in [*found.faults, *found.spoilt]:
        typer.echo(line)
    blobs, renderings = counted(found.blobs, "notebook blob"), counted(found.renderings, "rendering")
    looked_at = f"{counted(found.rows, 'row')}, {blobs} and {renderings}"
    if found.spoilt:
        spoilt = counted(len(found.spoilt), "rendering")
        typer.echo(f"Missing or damaged, which is no fault: {spoilt}. Whoever asks for one has it made again.")
    if found.orphans:
        typer.echo(f"No row names {counted(found.orphans, 'blob')} in the store, which is no fault: `nbinsight gc` removes such.")
    if found.faults:
        msg = f"{counted(len(found.faults), 'fault')} in {looked_at}."
        raise CommandFailed(msg)
    typer.echo(f"Nothing {'else ' if found.spoilt else ''}is wrong with {looked_at}.")
