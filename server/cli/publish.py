"""`nbinsight publish`: notebook files to a server, from a shell or a CI job."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import httpx2
import typer

from server.cli.client.client import Client
from server.cli.failures import USAGE, CommandFailed
from server.cli.publishing import Outcome, Report, Wanted, publish_file

_API: Final = "/graphql"

commands = typer.Typer(add_completion=False, rich_markup_mode=None)

_Paths = Annotated[list[Path], typer.Argument(metavar="PATH", exists=True, dir_okay=False, help="Notebook files.")]


@commands.command("publish")
def publish(
    paths: _Paths,
    *,
    project: Annotated[str, typer.Option(metavar="KEY", help="The project's key.")],
    dashboard: Annotated[str | None, typer.Option(metavar="ID", help="Put a tile there, unless it shows the insight already.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the addresses alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    if_changed: Annotated[bool, typer.Option("--if-changed", help="Publish only what differs from its newest export.")] = False,
) -> None:
    """Save notebook files under their names and publish them; NBINSIGHT_URL says where, NBINSIGHT_TOKEN as whom."""
    try:
        reports = _run(paths, Wanted(project, dashboard, if_changed), quiet=quiet, as_json=as_json)
    except CommandFailed as failure:
        typer.echo(f"nbinsight: {failure.message}", err=True)
        raise typer.Exit(failure.exit_code) from failure
    if as_json:
        typer.echo(json.dumps({"notebooks": [asdict(report) for report in reports]}, indent=2, ensure_ascii=False))
    if any(report.outcome is Outcome.FAILED for report in reports):
        raise typer.Exit(1)


def _run(paths: list[Path], wanted: Wanted, *, quiet: bool, as_json: bool) -> list[Report]:
    """Publish each and tell of it at once; raises CommandFailed before anything is sent."""
    if quiet and as_json:
        msg = "--quiet and --json exclude each other: give one."
        raise CommandFailed(msg, USAGE)
    _check_names(paths)
    reports: list[Report] = []
    with closing(Client(_address(), _token())) as client:
        for report in _each(client, paths, wanted):
            reports.append(report)
            _tell(report, quiet=quiet, as_json=as_json)
    return reports


def _each(client: Client, paths: list[Path], wanted: Wanted) -> Iterator[Report]:
    run = secrets.token_hex(16)
    for number, path in enumerate(paths):
        yield publish_file(client, path, wanted, idempotency_key=f"{run}-{number}")


def _tell(report: Report, *, quiet: bool, as_json: bool) -> None:
    for message in [*report.errors, *(() if quiet or as_json else report.warnings)]:
        typer.echo(f"nbinsight: {report.path}: {message}", err=True)
    if as_json or report.outcome is Outcome.FAILED:
        return
    if report.outcome is Outcome.PUBLISHED:
        typer.echo(report.url if quiet else f"{report.insight}: {report.url}")
    elif not quiet:
        typer.echo(f"{report.name}: unchanged")


def _check_names(paths: list[Path]) -> None:
    names: dict[str, Path] = {}
    for path in paths:
        if path.suffix != ".ipynb":
            msg = f"{path} is no notebook file: its name must end with .ipynb."
            raise CommandFailed(msg, USAGE)
        if (other := names.setdefault(path.stem, path)) is not path:
            msg = f"{other} and {path} would both be saved as {path.stem}: rename one, or publish one."
            raise CommandFailed(msg, USAGE)


def _address() -> str:
    """Return the API's address, from the server's or its own."""
    said = _setting("NBINSIGHT_URL", "such as http://127.0.0.1:8000")
    try:
        url = httpx2.URL(said)
        valid = url.scheme in {"http", "https"} and url.host != "" and url.userinfo == b""
    except httpx2.InvalidURL:
        valid = False
    if not valid:
        msg = "NBINSIGHT_URL: give the server's address, such as http://127.0.0.1:8000, without a name or password in it."
        raise CommandFailed(msg, USAGE)
    bare = said.partition("#")[0].partition("?")[0].rstrip("/")
    return bare if bare.endswith(_API) else bare + _API


def _token() -> str:
    said = _setting("NBINSIGHT_TOKEN", "a token of scope WRITE, which `nbinsight token create LOGIN --scope WRITE` makes")
    if not (said.isascii() and said.isprintable()) or " " in said:
        msg = "NBINSIGHT_TOKEN holds characters that no token has."
        raise CommandFailed(msg, USAGE)
    return said


def _setting(name: str, meaning: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        msg = f"{name} is not set: give {meaning}."
        raise CommandFailed(msg, USAGE)
    return value
