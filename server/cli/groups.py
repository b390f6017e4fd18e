"""`nbinsight group`: groups, who is in them, and what they hold on the whole instance."""

from functools import partial
from typing import Annotated

import typer

from server.cli.deeds import all_of, do, read, require_users
from server.cli.failures import USAGE, CommandFailed
from server.cli.options import PLACES, with_settings
from server.cli.users import shown
from server.config import Settings
from server.context import Context
from server.db.models import GroupRow
from server.db.repositories import identities
from server.domain.grants import GlobalPermission
from server.domain.pages import PageRequest
from server.resolvers.people import list_groups, list_members
from server.resolvers.save_group import SaveGroup, save_group

commands = typer.Typer(help="Groups, who is in them, and what they hold everywhere.", no_args_is_help=True, rich_markup_mode=None)


@commands.command("list")
@with_settings(*PLACES)
def list_(
    settings: Settings,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A group, to list who is in it; absent: all groups.")] = None,
) -> None:
    """List all groups, oldest first: who says who is in it, what it holds on the whole instance, members, name; or who is in one."""
    for line in read(settings, _groups if name is None else partial(_members, name)):
        typer.echo(line)


@commands.command("save")
@with_settings(*PLACES)
def save(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as analysts; `corp:analysts` is one of the issuer corp.")],
    *,
    member: Annotated[list[str] | None, typer.Option(metavar="LOGIN", help="Who is to be in it, all of them; may be repeated.")] = None,
    no_members: Annotated[bool, typer.Option("--no-members", help="Leave nobody in it.")] = False,
    global_permission: Annotated[
        list[GlobalPermission] | None, typer.Option(help="What it is to hold on the whole instance, all of it; may be repeated.")
    ] = None,
    no_global_permissions: Annotated[bool, typer.Option("--no-global-permissions", help="Leave it nothing on the whole instance.")] = False,
) -> None:
    """Make a group, or change the one of that name: what is given replaces what was there, the rest stays. Works while the server runs.

    Groups of an issuer, a Hub or a gateway need the server's settings in the environment when they are made here.
    """
    if (member and no_members) or (global_permission and no_global_permissions):
        msg = "Say who is in it or --no-members, what it holds or --no-global-permissions, but not both."
        raise CommandFailed(msg, USAGE)

    async def deed(context: Context) -> GroupRow:
        await require_users(context.session, member or [])
        permissions = [] if no_global_permissions else global_permission or None
        return await save_group(context, SaveGroup(name, permissions, [] if no_members else member or None))

    row = do(settings, "saveGroup", deed)
    typer.echo(f"Saved the group {row.name}, {'kept here' if row.source is None else f'whose members {row.source} names'}.")


async def _groups(context: Context) -> list[str]:
    lines: list[str] = []
    async for row in all_of(context, partial(list_groups, context)):
        held = shown(await context.loaders.global_grants.load(row.id))
        members = await (await list_members(context, row.id, PageRequest(1))).count(context)
        lines.append(f"{row.source or 'here'}  {held}  {members}  {row.name}")
    return lines


async def _members(name: str, context: Context) -> list[str]:
    async with context.reading() as session:
        group = await identities.find_group(session, name)
    if group is None:
        msg = f"There is no group {name}: `nbinsight group list` shows all."
        raise CommandFailed(msg)
    return [row.login async for row in all_of(context, partial(list_members, context, group.id))]
