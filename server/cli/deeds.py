"""Deeds from the shell, done by the functions that the API calls: whoever may write the database holds every right, and is nobody here."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from typing import Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from server.auth.viewer import Viewer
from server.cli.accounts import record
from server.cli.databases import bring_up_to_date, require_current, with_database, with_parts
from server.cli.failures import CommandFailed
from server.config import Settings
from server.context import Context, Parts
from server.db.attempts import attempted
from server.db.models import Entity
from server.db.repositories import identities
from server.db.signals import announce
from server.domain.errors import DomainError
from server.domain.grants import GlobalPermission
from server.domain.pages import MAX_FIRST, PageRequest
from server.resolvers.lists import Listing

T = TypeVar("T")
R = TypeVar("R", bound=Entity)

_SHELL: Final = Viewer(user_id="", login="", holder="", can_write=True, global_permissions=frozenset(GlobalPermission))


def do(settings: Settings, action: str, deed: Callable[[Context], Awaitable[T]]) -> T:
    """Do a deed in one transaction, audited as the field of the API is; raises CommandFailed, and then nothing has changed."""

    async def work(parts: Parts) -> T:
        await bring_up_to_date(parts)
        try:
            return await attempted(lambda: _once(parts, action, deed))
        except DomainError as error:
            raise CommandFailed(error.message) from error

    return with_parts(settings, work)


def read(settings: Settings, look: Callable[[Context], Awaitable[T]]) -> T:
    """Look something up, and change nothing; raises CommandFailed."""

    async def work(parts: Parts) -> T:
        await require_current(parts)
        context = _context(parts)
        await context.renew()
        return await look(context)

    return with_database(settings, work)


async def all_of(context: Context, page_of: Callable[[PageRequest], Awaitable[Listing[R]]]) -> AsyncGenerator[R]:
    """Yield the rows of a list, however long it is."""
    request: PageRequest | None = PageRequest(MAX_FIRST)
    while request is not None:
        context.replenish()
        page = (await page_of(request)).page
        for row in page.rows:
            yield row
        request = PageRequest(MAX_FIRST, page.keys[-1]) if page.has_next else None


async def require_users(session: AsyncSession, logins: Collection[str]) -> None:
    """Raise CommandFailed, which names who is not there."""
    found = await identities.find_user_ids(session, logins)
    unknown = sorted(login for login in logins if login not in found)
    if unknown:
        msg = f"There is no user {', '.join(unknown)}: `nbinsight user list` shows all."
        raise CommandFailed(msg)


async def _once(parts: Parts, action: str, deed: Callable[[Context], Awaitable[T]]) -> T:
    context = _context(parts)
    await context.renew()
    async with parts.database.writing() as session:
        context.enter(session)
        try:
            result = await deed(context)
        finally:
            await context.settle()
        record(parts, session, action, context.subject.id)
        await announce(session)
    return result


def _context(parts: Parts) -> Context:
    async def authenticate() -> Viewer:
        return _SHELL

    return Context(parts, authenticate, content_base="")
