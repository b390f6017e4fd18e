"""`nbinsight serve`: database, first administrator, demo, then the server."""

import os
import sys
from typing import Annotated

import typer

from server.auth.secret_key import secret_key
from server.cli.accounts import admin_token_file, ensure_administrator
from server.cli.databases import bring_up_to_date, with_parts
from server.cli.demonstrate import demonstrate
from server.cli.failures import USAGE, CommandFailed, opening
from server.cli.listening import address_of, bind, listen, run, stop_quietly_on_signals
from server.cli.options import ALL, with_settings
from server.config import LOOPBACK, Settings
from server.context import Parts
from server.domain.names import ADMINISTRATOR_LOGIN
from server.http.logs import set_up_logs
from server.tracing.opening import are_traces_wanted

commands = typer.Typer(rich_markup_mode=None)


@commands.command("serve")
@with_settings(*ALL)
def serve(
    settings: Settings,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Put a demo project there first; on this machine's own address only.")] = False,
) -> None:
    """Serve the API and GraphiQL.

    Each option is also an environment variable, named in brackets; an option beats its variable.
    """
    set_up_logs()
    stop_quietly_on_signals()
    _refuse_what_cannot_be(settings, demo=demo)
    with bind(settings) as bound:
        with opening():
            secret_key(settings)  # now that the port is ours: it may have to be made
        settings = settings.model_copy(update={"port": bound.getsockname()[1]})
        lines = with_parts(settings, lambda parts: _prepare(parts, demo=demo))
        listen(bound, settings)
        run(settings, bound, lambda: _tell(lines))


def _tell(lines: list[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _refuse_what_cannot_be(settings: Settings, *, demo: bool) -> None:
    with opening():
        are_traces_wanted(os.environ)
    if demo and settings.host not in LOOPBACK:
        msg = f"The demo's tokens are no secret, so --demo serves this machine alone: not on {settings.host}, but on 127.0.0.1."
        raise CommandFailed(msg, USAGE)
    if settings.queue_url is not None and settings.store.startswith("memory:"):
        msg = "With the store memory:// no worker would find what it is to render: use a store that both see."
        raise CommandFailed(msg, USAGE)
    if settings.workers > 1 and settings.store.startswith("memory:"):
        msg = "With the store memory:// each worker would have its own: use one worker, or a folder."
        raise CommandFailed(msg, USAGE)


async def _prepare(parts: Parts, *, demo: bool) -> list[str]:
    """Do what must be done once before anybody serves; return what to print when the server answers."""
    await bring_up_to_date(parts)
    secret = await ensure_administrator(parts)
    if secret is not None:
        file = admin_token_file(parts)
        typer.echo(f"First start: made the user {ADMINISTRATOR_LOGIN} and a token, also in {file}", err=True)
        if not demo:  # which prints it among those of its people
            typer.echo(f"token: {secret}", err=True)
    address = address_of(parts.settings)
    return [address, *(await demonstrate(parts, address, secret) if demo else [])]
