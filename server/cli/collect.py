"""`nbinsight gc`: remove what nothing needs any more."""

import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Final

import typer
from rich.console import Console

from server.cli.databases import plainly, require_current, require_data, with_parts
from server.cli.failures import CommandFailed, where_of
from server.cli.options import PLACES, with_settings
from server.cli.spans import span_of
from server.config import Settings
from server.context import Parts
from server.domain.counts import counted
from server.resolvers.collect_garbage import Ages, Collected, Collector, StrangersError

_TOLD_EACH: Final = 100

commands = typer.Typer(rich_markup_mode=None)


@commands.command("gc")
@with_settings(*PLACES, "store_url")
def collect(
    settings: Settings,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")] = False,
    older_than: Annotated[str, typer.Option(metavar="SPAN", help="Age of blobs that nothing names, such as 24h.")] = "24h",
    renderings_older_than: Annotated[
        str, typer.Option(metavar="SPAN", help="Age of renderings, which are made again when asked for.")
    ] = "30d",
    unrelated: Annotated[bool, typer.Option("--unrelated", help="Also where the database names nothing that is in the store.")] = False,
) -> None:
    """Remove blobs that nothing names, old renderings, answers kept for retries, and temporary files of killed servers.

    Works while servers run. Leaves with 0 when it is done, with 1 where it could not be; what was removed until then is no loss.
    """
    ages = replace(Ages(), blobs=span_of(older_than, "--older-than"), renderings=span_of(renderings_older_than, "--renderings-older-than"))

    require_data(settings)

    async def work(parts: Parts) -> Collected:
        await require_current(parts)  # rows that are not known may name blobs
        collector = Collector(parts.database, parts.store, parts.clock, ages, dry_run=dry_run, strangers=unrelated)
        with plainly("What was removed until then is no loss: run it again."), _progress() as tell:
            try:
                return await collector.collect(tell)
            except StrangersError as error:
                msg = f"The database {where_of(parts)} names nothing that is in the store: do they belong together? "
                msg += "Nothing was removed; if they do, add --unrelated."
                raise CommandFailed(msg) from error

    typer.echo(_told(with_parts(settings, work), older_than, dry_run=dry_run))


@contextmanager
def _progress() -> Generator[Callable[[Collected], None]]:
    """Show on a terminal how many blobs have been looked at."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status("Looking at blobs …") as status:

        def tell(found: Collected) -> None:
            if found.seen % _TOLD_EACH == 0:
                status.update(f"{counted(found.seen, 'blob')} looked at, {found.blobs:,} of them named by nothing")

        yield tell


def _told(found: Collected, older_than: str, *, dry_run: bool) -> str:
    """Say what was removed, and what stays."""
    what = (
        f"{counted(found.blobs, 'blob')} that nothing names ({counted(found.size_bytes, 'byte')}), "
        f"{counted(found.renderings, 'old rendering')}, {counted(found.answers, 'answer to retries', 'answers to retries')}, "
        f"{counted(found.files, 'temporary file')}"
    )
    stays = f"What stays: {counted(found.kept, 'named blob')}, {counted(found.young, 'unnamed one')} younger than {older_than}."
    if found.stuck:
        stays += f" Not to be removed: {counted(found.stuck, 'temporary file')}, look into {tempfile.gettempdir()}."
    return f"Would remove {what}; nothing was removed. {stays}" if dry_run else f"Removed {what}. {stays}"
