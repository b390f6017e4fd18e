"""`nbinsight token create`."""

import re
from datetime import timedelta
from typing import Annotated, Final

import typer

from server.cli.accounts import issue_token
from server.cli.databases import bring_up_to_date, with_parts
from server.cli.failures import USAGE, CommandFailed
from server.cli.options import PLACES, with_settings
from server.config import Settings
from server.context import Parts
from server.db.repositories import identities
from server.domain.errors import InvalidInput
from server.domain.grants import TokenScope
from server.domain.names import check_name

_UNITS: Final = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_SPAN: Final = re.compile(r"([1-9][0-9]{0,5})([dhm])")

commands = typer.Typer(help="Make access tokens.", no_args_is_help=True, rich_markup_mode=None)


@commands.callback()
def token() -> None:
    """Make access tokens."""


@commands.command("create")
@with_settings(*PLACES)
def create(
    settings: Settings,
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="Whose token it is.")],
    *,
    scope: Annotated[TokenScope, typer.Option(help="What it may be used for.")] = TokenScope.READ,
    name: Annotated[str, typer.Option(metavar="NAME", help="What it is for.")] = "shell",
    expires_in: Annotated[str | None, typer.Option(metavar="SPAN", help="Such as 30d, 12h or 45m; absent: it does not end.")] = None,
) -> None:
    """Make an access token and print it, once: it is stored nowhere. Works while the server runs."""
    lives_for = None if expires_in is None else span_of(expires_in)
    try:
        checked_name = check_name(name, [])
    except InvalidInput as error:
        raise CommandFailed(error.message) from error

    async def work(parts: Parts) -> str:
        await bring_up_to_date(parts)
        async with parts.database.writing() as session:
            user = await identities.find_user(session, login)
            if user is None:
                msg = f"There is no user {login}: `nbinsight user add {login}` makes one."
                raise CommandFailed(msg)
            if not user.active:
                msg = f"The user {login} is not active: a token would not work."
                raise CommandFailed(msg)
            return await issue_token(parts, session, user, name=checked_name, scope=scope, lives_for=lives_for)

    typer.echo(with_parts(settings, work))


def span_of(text: str) -> timedelta:
    """Read `30d`, `12h` or `45m`; raises CommandFailed."""
    match = _SPAN.fullmatch(text)
    if match is None:
        msg = f"--expires-in {text}: give a number from 1 to 999999 and d, h or m, such as 30d, 12h or 45m."
        raise CommandFailed(msg, USAGE)
    return int(match[1]) * _UNITS[match[2]]
