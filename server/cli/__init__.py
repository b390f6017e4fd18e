"""The command line: `nbinsight`, one file per command."""

import os
from typing import Annotated

import typer

from server import __version__
from server.cli.loading import LoadedCommands

app = typer.Typer(
    name="nbinsight",
    cls=LoadedCommands,
    help="Publish frozen copies of Jupyter notebooks as insights and dashboards, by GraphQL.",
    epilog="Start with: nbinsight serve --demo",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # it would show variables, tokens among them
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _nbinsight(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)] = False,
) -> None:
    del version


def main() -> None:
    """Run the command that the shell asks for; files that it makes are for their owner alone."""
    os.umask(0o077)
    app()
