"""People whom others vouch for: made on first sight, bound to who vouches and their subject there, without any rights.

A foreign identity is never joined to a user by name. Groups that come with it carry the name of their source: `corp:analysts`; who is
in them is what the source says, each time it says it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from server.auth.credentials import WrongToken
from server.auth.sign_ins import sign_in
from server.db.models import GroupRow, UserRow
from server.db.repositories import foreign, identities
from server.db.session import Database
from server.domain.errors import InvalidInput
from server.domain.grants import AuditOutcome
from server.domain.ids import Kind
from server.domain.names import ADMINISTRATOR_LOGIN, MAX_NAME, check_login, check_name, fold, is_storable

log = structlog.get_logger("server.auth")

MOST_GROUPS: Final = 200
"""Of one identity; others are left out, and the log says so."""
_LONGEST_SUBJECT: Final = 255
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class ForeignIdentity:
    """What somebody else says of somebody: `source` is the name of who says it, as the settings have it."""

    source: str
    issuer: str
    subject: str
    login: str | None = None
    display_name: str | None = None
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom an identity would lead to: `user_id` None for somebody new; `groups` as they are called here."""

    login: str
    user_id: str | None
    groups: frozenset[str]


class ForeignUsers:
    """Finds the user of a foreign identity, and makes them on first sight."""

    def __init__(self, database: Database, clock: Callable[[], datetime], new_id: Callable[[Kind], str]) -> None:
        """Take the database, the time and the maker of ids."""
        self._database, self._clock, self._new_id = database, clock, new_id

    async def user_id_of(self, identity: ForeignIdentity) -> str:
        """Return the user's id; name and groups are then as the identity says. Raises WrongToken for one that cannot be kept.

        Within a deed nothing is changed, as it holds the one writer of SQLite: the same identity was looked up before it began.
        """
        wanted = _Wanted.of(identity)
        for attempts_left in reversed(range(_ATTEMPTS)):
            async with self._database.reading() as session:
                user = await foreign.find_user(session, identity.issuer, identity.subject)
                if user is not None and (self._database.is_writing_here or await wanted.fits(session, user)):
                    return user.id
            if self._database.is_writing_here:
                break
            try:
                async with self._database.writing() as session:
                    return await self._save(session, wanted)
            except IntegrityError:  # somebody else was quicker, with the identity, the login or a group: look again
                if not attempts_left:
                    raise
        reason = "nobody who has signed in before"
        raise WrongToken(reason)

    async def preview(self, identity: ForeignIdentity) -> "Preview":
        """Tell whom an identity would lead to, and change nothing; raises WrongToken likewise."""
        wanted = _Wanted.of(identity)
        async with self._database.reading() as session:
            user = await foreign.find_user(session, identity.issuer, identity.subject)
            if user is not None:
                return Preview(user.login, user.id, wanted.groups)
            return Preview(await _free_login(session, wanted.login, identity.source), None, wanted.groups)

    async def _save(self, session: AsyncSession, wanted: "_Wanted") -> str:
        identity = wanted.identity
        await identities.lock_people(session)
        user = await foreign.find_user(session, identity.issuer, identity.subject)
        if user is None:
            user = await self._make(session, wanted)
        elif await wanted.fits(session, user):
            return user.id
        user.display_name = wanted.display_name or user.display_name
        await foreign.replace_groups(session, user.id, identity.source, await self._group_ids(session, wanted))
        return user.id

    async def _make(self, session: AsyncSession, wanted: "_Wanted") -> UserRow:
        identity, now = wanted.identity, self._clock()
        login = await _free_login(session, wanted.login, identity.source)
        user = UserRow(id=self._new_id(Kind.USER), login=login, display_name=wanted.display_name or login, created_at=now)
        session.add(user)
        await session.flush()
        await foreign.bind(session, identity.issuer, identity.subject, user.id, now)
        session.add(sign_in(self._new_id, now, user.id, AuditOutcome.ALLOWED))
        log.info("user made on first sight", login=login, source=identity.source)
        return user

    async def _group_ids(self, session: AsyncSession, wanted: "_Wanted") -> list[str]:
        known = await foreign.list_groups(session, wanted.groups)
        for name in sorted(wanted.groups - known.keys()):
            known[name] = GroupRow(id=self._new_id(Kind.GROUP), name=name, source=wanted.identity.source, created_at=self._clock())
            session.add(known[name])
        await session.flush()
        return sorted(group.id for group in known.values() if group.source == wanted.identity.source)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An identity in words that can be kept."""

    identity: ForeignIdentity
    login: str
    display_name: str | None
    groups: frozenset[str]

    @classmethod
    def of(cls, identity: ForeignIdentity) -> "_Wanted":
        if not 0 < len(identity.subject) <= _LONGEST_SUBJECT or not is_storable(identity.subject):
            reason = "a subject that is empty, too long or no text"
            raise WrongToken(reason)
        groups = frozenset(name for group in identity.groups if (name := _group_name(identity.source, group)) is not None)
        if len(groups) > MOST_GROUPS:
            log.warning("an identity has too many groups", source=identity.source, groups=len(groups), kept=MOST_GROUPS)
            groups = frozenset(sorted(groups)[:MOST_GROUPS])
        return cls(identity, _login_of(identity), _name_or_none(identity.display_name), groups)

    async def fits(self, session: AsyncSession, user: UserRow) -> bool:
        """Tell whether a user is as the identity says."""
        if self.display_name not in {None, user.display_name}:
            return False
        held = await foreign.list_group_names(session, user.id, self.identity.source)
        lacking = self.groups - held
        if not lacking:
            return held == self.groups
        # a group that was made here keeps its name, and takes nobody in whom others vouch for
        taken = {name for name, group in (await foreign.list_groups(session, lacking)).items() if group.source != self.identity.source}
        return held <= self.groups and lacking <= taken


def group_name(source: str, group: str) -> str:
    """Return what the group of a source is called here."""
    return f"{source}:{group}"


def _group_name(source: str, group: str) -> str | None:
    shown = _name_or_none(group)
    name = None if shown is None else group_name(source, shown)
    return None if name is None or len(name) > MAX_NAME else name


def _name_or_none(name: str | None) -> str | None:
    try:
        return None if name is None else check_name(name, [])
    except InvalidInput:
        return None


def _login_of(identity: ForeignIdentity) -> str:
    """Return the login that is asked for, as far as it can be one; else the subject, else a word."""
    for wanted in (identity.login, identity.subject):
        try:
            if wanted is not None:
                return check_login(wanted, [])
        except InvalidInput:
            continue
    return "somebody"


async def _free_login(session: AsyncSession, wanted: str, source: str) -> str:
    """Return the login if nobody has it, else one that tells its source as well."""
    login, number = wanted, 1
    stem = f"{wanted[: MAX_NAME - len(source) - 10]}@{source}"
    while fold(login) == ADMINISTRATOR_LOGIN or await identities.find_twin(session, login) is not None:
        login = stem if number == 1 else f"{stem}-{number}"
        number += 1
    return login
