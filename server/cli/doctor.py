"""`nbinsight doctor`: what the configuration comes to, and what is wrong with it."""

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from platform import python_version
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
from pydantic import SecretStr

from server import __version__
from server.auth.secret_key import find_secret_key
from server.cli.databases import (
    database_alone,
    is_database_absent,
    is_store_absent,
    opened,
    plainly,
    reach,
    with_database,
)
from server.cli.failures import USAGE, CommandFailed, opening
from server.cli.issuers import explained, look_at, read_token
from server.cli.options import ALL, environment_name, with_settings
from server.cli.reaching import look_at_queue, look_at_rates
from server.config import SECRETS, Settings, without_secrets
from server.context import Parts
from server.db import migrate
from server.db.addresses import address_of
from server.db.repositories import identities
from server.http.graphiql import BUNDLE, read_manifest
from server.render.scripts import find_script
from server.stores.opening import open_store
from server.tracing.opening import are_traces_wanted

_OWN_DISTRIBUTION: Final = "nbinsight"
_UNREADABLE: Final = "(cannot be read, not shown)"
_MADE: Final = "the first `nbinsight serve` makes it"
_FOR_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class _Finding:
    """What one check has found; `fault` None means that all is well."""

    what: str
    said: str
    fault: str | None = None


commands = typer.Typer(rich_markup_mode=None)


@commands.command("doctor")
@with_settings(*ALL)
def doctor(
    settings: Settings,
    context: typer.Context,
    token: Annotated[str | None, typer.Option(metavar="-", help="Say what the token read from stdin would be, and nothing else.")] = None,
) -> None:
    """Explain the configuration and look for faults.

    Leaves with 1 if there are any. With `--token -`, tell whose token it is, or why it is refused; nothing is changed.
    """
    if token is not None:
        _explain(settings, token)
        return
    typer.echo(f"nbinsight {__version__}, Python {python_version()}\n\nSettings, and where they come from:")
    width = max(map(len, ALL))
    for name in ALL:
        typer.echo(f"  {name:<{width}} {_shown(settings, name):<44} {_source_of(name, context)}")
    typer.echo("\nChecks:")
    findings = [_look_at_packages(), _look_at_bundle(settings), _look_at_scripts(), _look_at_traces()]
    findings += [*_look_at_issuers(settings), *_look_at_data(settings), *asyncio.run(_look_at_shared(settings))]
    for finding in findings:
        typer.echo(f"  {'ok   ' if finding.fault is None else 'WRONG'} {finding.what}: {finding.fault or finding.said}")
    faults = sum(finding.fault is not None for finding in findings)
    if faults:
        msg = f"{faults} of {len(findings)} checks found something wrong."
        raise CommandFailed(msg)


def _shown(settings: Settings, name: str) -> str:
    """Write a value, but no secret."""
    value = getattr(settings, name)
    match name, value:
        case ("data_dir", _):
            return str(settings.data_dir.resolve())
        case (_, SecretStr()):
            return "(given, not shown)"
        case ("database_url", _):
            return _place(settings.database, address_of)
        case ("store_url", _):
            return _place(settings.store, urlsplit)
        case ("issuers", _):
            return ", ".join(f"{issuer.name} ({without_secrets(issuer.issuer)})" for issuer in settings.issuers) or "-"
        case (_, None):
            return "-"
        case _:
            return without_secrets(str(value))


def _place(url: str, read: Callable[[str], object]) -> str:
    """Show an address, and nothing of what cannot be read as one: a password may stand anywhere in it."""
    try:
        read(url)
    except ValueError:
        return _UNREADABLE
    return without_secrets(url) if "://" in url else _UNREADABLE


def _source_of(name: str, context: typer.Context) -> str:
    variable = environment_name(name)
    if context.params.get(name) not in {None, ""}:
        return f"option --{name.replace('_', '-')}"
    if os.environ.get(variable):
        return variable
    return f"{variable}_FILE" if name in SECRETS and os.environ.get(f"{variable}_FILE") else "default"


def _look_at_packages() -> _Finding:
    others = sorted(set(packages_distributions().get("server", ())) - {_OWN_DISTRIBUTION})
    names = ", ".join(others)
    fault = (
        f"{names} installs a package `server` as well, which takes the place of ours: use an environment without it." if others else None
    )
    return _Finding("packages", "no other distribution installs a package `server`", fault)


def _look_at_bundle(settings: Settings) -> _Finding:
    if not settings.graphiql:
        return _Finding("GraphiQL", "switched off")
    missing = read_manifest(BUNDLE) is None
    return _Finding("GraphiQL", "built", "not built: run `python hatch_build.py` in the checkout." if missing else None)


def _look_at_scripts() -> _Finding:
    """Look for what charts, widgets and slides load; without it, the server shows them still."""
    missing = find_script("draw") is None
    fault = "not built, so that INTERACTIVE is STATIC and slides do not turn: run `python hatch_build.py` in the checkout."
    return _Finding("scripts of notebooks", "built", fault if missing else None)


def _look_at_traces() -> _Finding:
    try:
        wanted = are_traces_wanted(os.environ)
    except ValueError as error:
        return _Finding("traces", "", f"{error}")
    return _Finding("traces", "sent, as OTEL_EXPORTER_OTLP_… says" if wanted else "switched off")


def _explain(settings: Settings, token: str) -> None:
    """Write what a token would be; a token on the command line is refused, and never repeated."""
    if token != "-":  # noqa: S105  no token
        msg = "Everybody on this machine can read a command line: give the token on stdin, and `--token -`."
        raise CommandFailed(msg, USAGE)
    read = read_token()
    for line in with_database(settings, lambda parts: explained(parts, read)):
        typer.echo(line)


def _look_at_issuers(settings: Settings) -> list[_Finding]:
    async def look() -> list[_Finding]:
        return [_Finding(f"issuer {issuer.name}", *await look_at(issuer)) for issuer in settings.issuers]

    return asyncio.run(look())


def _look_at_data(settings: Settings) -> list[_Finding]:
    """Look into the data folder and what it points at; what the first start makes may be absent, which is no fault."""
    found = [_look_at_folder(settings), _look_at_key(settings), asyncio.run(_look_at_store(settings))]
    return [*found, *asyncio.run(_look_at_database(settings))]


def _absent(what: str, where: object) -> _Finding:
    return _Finding(what, f"{where} is not there yet: {_MADE}")


def _look_at_folder(settings: Settings) -> _Finding:
    folder = settings.data_dir.resolve()
    if not folder.exists():
        return _absent("data folder", folder)
    fault = None if os.access(folder, os.R_OK | os.W_OK | os.X_OK) else f"{folder} cannot be written by this user."
    return _Finding("data folder", str(folder), fault)


def _look_at_key(settings: Settings) -> _Finding:
    file = settings.data_dir / "secret-key"
    try:
        key = find_secret_key(settings)
        others = settings.secret_key is None and key is not None and file.stat().st_mode & _FOR_OTHERS
    except (OSError, ValueError) as error:
        return _Finding("secret key", "", f"{error}")
    if key is None:
        return _absent("secret key", file)
    fault = f"others than its owner may read {file}: `chmod 600 {file}`." if others else None
    return _Finding("secret key", "given" if settings.secret_key else str(file), fault)


async def _look_at_store(settings: Settings) -> _Finding:
    where = without_secrets(settings.store)
    try:
        if is_store_absent(settings):
            return _Finding("store", f"{where} is not there yet, or empty, as where a disk is not mounted: {_MADE}")
        with opening():
            store = open_store(settings.store)
    except CommandFailed as failure:
        return _Finding("store", "", failure.message)
    return await _checked("store", where, store.check)


async def _look_at_database(settings: Settings) -> list[_Finding]:
    try:
        if is_database_absent(settings):
            return [_absent("database", without_secrets(settings.database))]
        async with opened(database_alone(settings)) as parts:
            await reach(parts)
            with plainly():
                return [_Finding("database", "answers"), *await _look_at_tables(parts)]
    except CommandFailed as failure:
        return [_Finding("database", "", failure.message)]


async def _look_at_tables(parts: Parts) -> list[_Finding]:
    state = await migrate.check(parts.database)
    tables = _Finding("migrations", state.message, None if state.is_current else state.message)
    if not state.is_current:
        return [tables]
    async with parts.database.reading() as session:
        has_administrator = await identities.administrator_exists(session)
    fault = None if has_administrator else "nobody is ADMINISTRATOR: the next `nbinsight serve` makes the user admin."
    return [tables, _Finding("administrator", "there is one", fault)]


async def _look_at_shared(settings: Settings) -> list[_Finding]:
    """Look at what several processes share beside the data, as far as it is set."""
    found: list[_Finding] = []
    if settings.queue_url is not None:
        found.append(_Finding("queue", *await look_at_queue(settings, settings.queue_url)))
    if settings.redis_url is not None:
        found.append(_Finding("shared rates", *await look_at_rates(settings, settings.redis_url)))
    return found


async def _checked(what: str, said: str, check: Callable[[], Awaitable[None]]) -> _Finding:
    try:
        await check()
    except OSError as error:
        return _Finding(what, said, f"{error}.")
    return _Finding(what, said)
