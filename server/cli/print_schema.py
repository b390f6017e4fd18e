"""`nbinsight schema`."""

from typing import Annotated

import typer

from server.schema.root import make_schema
from server.schema.sdl import federation_sdl, plain_sdl

commands = typer.Typer(rich_markup_mode=None)


@commands.command("schema")
def schema(
    federation: Annotated[bool, typer.Option("--federation", help="As `_service` answers it to gateways.")] = False,
) -> None:
    """Print the GraphQL schema."""
    made = make_schema()
    typer.echo(federation_sdl(made) if federation else plain_sdl(made))
