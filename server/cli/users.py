"""`nbinsight user`: people who may sign in, and what they hold on the whole instance."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated

import typer

from server.cli.accounts import add_user, record
from server.cli.databases import bring_up_to_date, with_parts
from server.cli.deeds import all_of, do, read, require_users
from server.cli.failures import CommandFailed
from server.cli.options import PLACES, with_settings
from server.config import Settings, without_secrets
from server.context import Context, Parts
from server.db.models import UserRow
from server.db.repositories import identities
from server.domain.errors import InvalidInput
from server.domain.grants import GlobalPermission
from server.domain.names import check_login, check_name, login_taken
from server.resolvers.deactivate_user import deactivate_user
from server.resolvers.people import list_users
from server.resolvers.update_user import UpdateUser, update_user

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="Whom.")]
Permissions = Annotated[list[GlobalPermission], typer.Argument(metavar="PERMISSION...", help="One or more global permissions.")]
Held = set[GlobalPermission]

commands = typer.Typer(help="People who may sign in, and what they hold everywhere.", no_args_is_help=True, rich_markup_mode=None)


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
            user = await add_user(parts, session, login, global_permission or [], display_name=shown)
            record(parts, session, "createUser", user.id)

    with_parts(settings, work)
    typer.echo(f"Made the user {login}. A token for them: nbinsight token create {login}")
    typer.echo(f"In {without_secrets(settings.database)}", err=True)  # another folder, another database


@commands.command("list")
@with_settings(*PLACES)
def list_(settings: Settings) -> None:
    """List all users, oldest first: login, whether they may sign in, what they were given on the whole instance, name."""

    async def look(context: Context) -> list[str]:
        return [
            f"{row.login}  {'active' if row.active else 'inactive'}  {shown(await context.loaders.global_grants.load(row.id))}"
            f"  {row.display_name}"
            async for row in all_of(context, partial(list_users, context))
        ]

    for line in read(settings, look):
        typer.echo(line)


@commands.command("deactivate")
@with_settings(*PLACES)
def deactivate(
    settings: Settings,
    login: Login,
    *,
    transfer_to: Annotated[
        str | None,
        typer.Option(metavar="LOGIN", help="Who is to own what they own, and may read dashboards there; absent: it stays in their name."),
    ] = None,
) -> None:
    """Keep a user out from the next request on, and end all their access tokens for good. Works while the server runs."""

    async def deed(context: Context) -> UserRow:
        await require_users(context.session, [name for name in (login, transfer_to) if name is not None])
        return await deactivate_user(context, login, transfer_to)

    do(settings, "deactivateUser", deed)
    given = "" if transfer_to is None else f" What they owned is {transfer_to}'s now."
    typer.echo(f"The user {login} is kept out.{given}")


@commands.command("reactivate")
@with_settings(*PLACES)
def reactivate(settings: Settings, login: Login) -> None:
    """Let a user in again who was kept out; they need new access tokens. Works while the server runs."""

    async def deed(context: Context) -> UserRow:
        await require_users(context.session, [login])
        return await update_user(context, UpdateUser(login, active=True))

    do(settings, "updateUser", deed)
    typer.echo(f"The user {login} may sign in.")


@commands.command("grant")
@with_settings(*PLACES)
def grant(settings: Settings, login: Login, permissions: Permissions) -> None:
    """Give a user global permissions, beside those that they have. It holds from the next request on."""
    _change(settings, login, lambda held: held | set(permissions))


@commands.command("revoke")
@with_settings(*PLACES)
def revoke(settings: Settings, login: Login, permissions: Permissions) -> None:
    """Take global permissions from a user; what they hold by a group stays. It holds from the next request on."""
    _change(settings, login, lambda held: held - set(permissions))


def shown(permissions: Iterable[GlobalPermission]) -> str:
    """Write permissions in the order of the docs; `-` for none."""
    held = set(permissions)
    return ",".join(permission.value for permission in GlobalPermission if permission in held) or "-"


def _change(settings: Settings, login: str, changed: Callable[[Held], Held]) -> None:
    async def deed(context: Context) -> Held:
        await require_users(context.session, [login])
        await identities.lock_people(context.session)  # what is read here must be what is changed
        user_id = (await identities.find_user_ids(context.session, [login]))[login]
        wanted = changed((await identities.list_global_grants(context.session, [user_id])).get(user_id, set()))
        await update_user(context, UpdateUser(login, global_permissions=sorted(wanted, key=lambda permission: permission.value)))
        return wanted

    typer.echo(f"The user {login} holds now, apart from groups: {shown(do(settings, 'updateUser', deed))}")
