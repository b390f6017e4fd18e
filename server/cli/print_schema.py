"""`nbinsight schema`."""

import typer

from server.schema.root import make_schema


def schema() -> None:
    """Print the GraphQL schema."""
    typer.echo(make_schema().as_str())
