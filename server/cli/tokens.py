"""`nbinsight token create`, `token list` and `token revoke`."""

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from server.cli.accounts import issue_token, revoke_token
from server.cli.databases import bring_up_to_date, require_current, with_database, with_parts
from server.cli.failures import CommandFailed
from server.cli.options import PLACES, with_settings
from server.cli.spans import span_of
from server.config import Settings
from server.context import Parts
from server.db.models import AccessTokenRow, UserRow
from server.db.repositories import identities
from server.domain.errors import InvalidInput
from server.domain.grants import TokenScope
from server.domain.names import check_name

commands = typer.Typer(help="Make, list and revoke access tokens.", no_args_is_help=True, rich_markup_mode=None)


@commands.callback()
def token() -> None:
    """Make, list and revoke access tokens."""


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
    lives_for = None if expires_in is None else span_of(expires_in, "--expires-in")
    try:
        checked_name = check_name(name, [])
    except InvalidInput as error:
        raise CommandFailed(error.message) from error

    async def work(parts: Parts) -> str:
        await bring_up_to_date(parts)
        async with parts.database.writing() as session:
            user = await _find(session, login)
            if not user.active:
                msg = f"The user {login} is not active: a token would not work."
                raise CommandFailed(msg)
            return await issue_token(parts, session, user, name=checked_name, scope=scope, lives_for=lives_for)

    typer.echo(with_parts(settings, work))


@commands.command("list")
@with_settings(*PLACES)
def list_(settings: Settings, login: Annotated[str, typer.Argument(metavar="LOGIN", help="Whose tokens.")]) -> None:
    """List the access tokens of a user that work, oldest first: id, scope, name, end, last use. Times are in UTC."""

    async def work(parts: Parts) -> list[AccessTokenRow]:
        await require_current(parts)
        async with parts.database.reading() as session:
            user = await _find(session, login)
            return (await identities.list_tokens(session, [user.id], parts.clock())).get(user.id, [])

    for row in with_database(settings, work):
        used = "never used" if row.last_used_at is None else f"used {_shown(row.last_used_at)}"
        ends = "does not end" if row.expires_at is None else f"ends {_shown(row.expires_at)}"
        typer.echo(f"{row.id}  {row.scope.value:<5}  {row.name}, {ends}, {used}")


@commands.command("revoke")
@with_settings(*PLACES)
def revoke(
    settings: Settings,
    token_id: Annotated[str, typer.Argument(metavar="ID", help="The token's id, as `token list` shows it, not its secret.")],
) -> None:
    """Revoke an access token: it ends with its next request. Works while the server runs."""

    async def work(parts: Parts) -> AccessTokenRow | None:
        await bring_up_to_date(parts)
        async with parts.database.writing() as session:
            return await revoke_token(parts, session, token_id)

    row = with_parts(settings, work)
    if row is None:
        msg = "There is no access token of that id: `nbinsight token list LOGIN` shows those of a user."
        raise CommandFailed(msg)
    typer.echo(f"Revoked the access token {row.name}.")


async def _find(session: AsyncSession, login: str) -> UserRow:
    user = await identities.find_user(session, login)
    if user is None:
        msg = f"There is no user {login}: `nbinsight user add {login}` makes one."
        raise CommandFailed(msg)
    return user


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
