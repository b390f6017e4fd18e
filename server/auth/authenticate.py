"""From a token to a viewer, with the rights of now.

To look somebody's rights up takes two statements. What they came to holds for as long as no row of the database has changed, and whether
any has is asked each time (`db/changes.py`): what is revoked ends with the next request, whoever revoked it and in whatever process.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from server.auth.tokens import digest_of
from server.auth.viewer import Viewer
from server.db.models import AccessTokenRow, UserRow
from server.db.repositories import identities
from server.db.session import Database
from server.domain.grants import TokenScope, expand, expand_globally

log = structlog.get_logger("server.auth")


_AGAIN_AFTER: Final = timedelta(seconds=1)
"""Where the writer was taken."""


class WrongToken(Exception):
    """A token was sent that is unknown, expired or revoked, or whose user is not active."""


_MOST: Final = 1024
"""Viewers that are remembered; one with grants on 1,000 projects takes some 100 kB."""


@dataclass(frozen=True, slots=True)
class _Known:
    viewer: Viewer
    state: str
    use_noted_at: datetime | None


class Authenticator:
    """Looks tokens up, again where anything has changed since."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Take the database and the time."""
        self._database = database
        self._clock = clock
        self._known: OrderedDict[tuple[str | None, str | None], _Known] = OrderedDict()

    async def by_header(self, authorization: str | None) -> Viewer | None:
        """Return who an Authorization header names, None for no header; raises WrongToken for anything else."""
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        digest = digest_of(token.strip()) if scheme.lower() == "bearer" else None
        viewer = None if digest is None else await self._viewer(digest=digest)
        if viewer is None:
            raise WrongToken
        return viewer

    async def by_token_id(self, token_id: str) -> Viewer | None:
        """Return who a token belongs to, None if it does not work any more."""
        return await self._viewer(token_id=token_id)

    async def _viewer(self, *, digest: str | None = None, token_id: str | None = None) -> Viewer | None:
        now, key = self._clock(), (digest, token_id)
        state = await self._database.changes.state()  # before anything else is read
        known = self._known.pop(key, None)
        holds = known is not None and known.state == state and not _has_ended(known.viewer, now)
        if known is None or not holds:
            known = await self._looked_up(now, state or "", digest=digest, token_id=token_id)
            if known is None:
                return None
        if holds or state is None:  # else the note, which changes the database, would have all this looked up again at once
            known = replace(known, use_noted_at=await self._note_use(known, now))
        if state is not None:
            self._known[key] = known
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return known.viewer

    async def _looked_up(self, now: datetime, state: str, *, digest: str | None, token_id: str | None) -> _Known | None:
        async with self._database.reading() as session:
            found = await identities.find_live_token(session, now=now, digest=digest, token_id=token_id)
            if found is None:
                return None
            token, user = found
            rights = await identities.get_rights(session, user.id)
        return _Known(_viewer_of(token, user, rights), state, token.last_used_at)

    async def _note_use(self, known: _Known, now: datetime) -> datetime | None:
        """Note the use of a token, once a minute; return when that was done.

        Never where it would have to be waited for: a deed of this process that holds SQLite's one writer may be the one that asks, and
        would wait for itself; another process may hold it for half a minute. Then it is tried again with a later request.
        """
        last = known.use_noted_at
        if (last is not None and now - last <= identities.USE_IS_FRESH_FOR) or self._database.is_writing:
            return last
        try:
            async with self._database.noting() as session:
                await identities.touch_token(session, known.viewer.token_id, now)
        except OperationalError:
            return now - identities.USE_IS_FRESH_FOR + _AGAIN_AFTER
        except SQLAlchemyError as error:  # the time of last use is not worth a refusal
            log.warning("last use not noted", error=type(error).__name__)
        return now


def _has_ended(viewer: Viewer, now: datetime) -> bool:
    return viewer.token_expires_at is not None and viewer.token_expires_at <= now


def _viewer_of(token: AccessTokenRow, user: UserRow, rights: identities.Rights) -> Viewer:
    return Viewer(
        user_id=user.id,
        login=user.login,
        token_id=token.id,
        can_write=token.scope is TokenScope.WRITE,
        token_expires_at=token.expires_at,
        global_permissions=expand_globally(rights.everywhere),
        projects={project_id: expand(granted) for project_id, granted in rights.on_projects.items()},
    )
