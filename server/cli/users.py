"""`nbinsight user add`."""

from typing import Annotated

import typer

from server.cli.accounts import add_user
from server.cli.databases import bring_up_to_date, with_parts
from server.cli.failures import CommandFailed
from server.cli.options import PLACES, with_settings
from server.config import Settings
from server.context import Parts
from server.db.addresses import address_of, shown_address
from server.db.repositories import identities
from server.domain.errors import InvalidInput
from server.domain.grants import GlobalPermission
from server.domain.names import check_login, check_name, login_taken

commands = typer.Typer(help="Make people who may sign in.", no_args_is_help=True, rich_markup_mode=None)


@commands.callback()
def user() -> None:
    """Make people who may sign in."""


@commands.command("add")
@with_settings(*PLACES)
def add(
    settings: Settings,
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="Letters, digits or any of . _ @ + -")],
    *,
    global_permission: Annotated[
        list[GlobalPermission] | None, typer.Option(help="What they hold on the whole instance; may be repeated.")
    ] = None,
    display_name: Annotated[str | None, typer.Option(metavar="NAME", help="The name to show; absent: the login.")] = None,
) -> None:
    """Make a user, without a token: `nbinsight token create LOGIN` makes one. Works while the server runs."""
    try:
        check_login(login, [])
        shown = None if display_name is None else check_name(display_name, [])
    except InvalidInput as error:
        raise CommandFailed(error.message) from error

    async def work(parts: Parts) -> None:
        await bring_up_to_date(parts)
        async with parts.database.writing() as session:
            twin = await identities.find_twin(session, login)
            if twin is not None:
                raise CommandFailed(login_taken(login, twin.login))
            await add_user(parts, session, login, global_permission or [], display_name=shown)

    with_parts(settings, work)
    typer.echo(f"Made the user {login}. A token for them: nbinsight token create {login}")
    typer.echo(f"In {shown_address(address_of(settings.database))}", err=True)  # another folder, another database
