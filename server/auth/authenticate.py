"""From a token to a viewer, with the rights of now."""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from server.auth.tokens import digest_of
from server.auth.viewer import Viewer
from server.db.models import AccessTokenRow, UserRow
from server.db.repositories import identities
from server.db.session import Database
from server.domain.grants import TokenScope, expand, expand_globally

log = structlog.get_logger("server.auth")


class WrongToken(Exception):
    """A token was sent that is unknown, expired or revoked, or whose user is not active."""


class Authenticator:
    """Looks tokens up; nothing is cached, so what is revoked ends with the request that runs."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Take the database and the time."""
        self._database = database
        self._clock = clock

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
        now = self._clock()
        async with self._database.reading() as session:
            found = await identities.find_live_token(session, now=now, digest=digest, token_id=token_id)
            if found is None:
                return None
            token, user = found
            rights = await identities.get_rights(session, user.id)
        await self._note_use(token, now)
        return _viewer_of(token, user, rights)

    async def _note_use(self, token: AccessTokenRow, now: datetime) -> None:
        if token.last_used_at is None or now - token.last_used_at > identities.USE_IS_FRESH_FOR:
            try:
                async with self._database.writing() as session:
                    await identities.touch_token(session, token.id, now)
            except SQLAlchemyError as error:  # the time of last use is not worth a refusal
                log.warning("last use not noted", error=type(error).__name__)


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
