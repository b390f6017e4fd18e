"""Access tokens of ours."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from server.auth.credentials import Credentials, Proof, WrongToken
from server.auth.tokens import digest_of
from server.db.repositories import identities
from server.db.session import Database
from server.domain.grants import TokenScope
from server.domain.ids import Kind, kind_of

log = structlog.get_logger("server.auth")

_AGAIN_AFTER: Final = timedelta(seconds=1)
"""Where the writer was taken."""
_MOST_NOTED: Final = 4096


class AccessTokens:
    """Looks access tokens up by their digest; a change of any row may have ended one."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Take the database and the time."""
        self._database, self._clock = database, clock
        self._noted: OrderedDict[str, datetime | None] = OrderedDict()

    def recognize(self, credentials: Credentials) -> str | None:
        """Return the digest of what has the shape of an access token."""
        return None if credentials.bearer is None else digest_of(credentials.bearer)

    async def prove(self, credentials: Credentials) -> Proof:
        """Find the token; raises WrongToken for one that is unknown, expired or revoked, or whose user is not active."""
        return await self._proof(digest=self.recognize(credentials))

    async def used(self, proof: Proof) -> None:
        """Note the use of a token, once a minute.

        Never where it would have to be waited for: a deed of this process that holds SQLite's one writer may be the one that asks, and
        would wait for itself; another process may hold it for half a minute. Then it is tried again with a later request.
        """
        now, last = self._clock(), self._noted.get(proof.holder)
        if (last is not None and now - last <= identities.USE_IS_FRESH_FOR) or self._database.is_writing:
            return
        self._remember(proof.holder, now)
        try:
            async with self._database.noting() as session:
                await identities.touch_token(session, proof.holder, now)
        except OperationalError:
            self._remember(proof.holder, now - identities.USE_IS_FRESH_FOR + _AGAIN_AFTER)
        except (SQLAlchemyError, OSError) as error:  # the time of last use is not worth a refusal
            log.warning("last use not noted", error=type(error).__name__)

    def issued(self, holder: str) -> bool:
        """Tell whether this is a token's id."""
        return kind_of(holder) is Kind.ACCESS_TOKEN

    async def prove_again(self, holder: str) -> Proof:
        """Find the token by its id; raises WrongToken likewise."""
        return await self._proof(token_id=holder)

    async def _proof(self, *, digest: str | None = None, token_id: str | None = None) -> Proof:
        async with self._database.reading() as session:
            token = await identities.find_live_token(session, now=self._clock(), digest=digest, token_id=token_id)
        if token is None:
            raise WrongToken
        self._remember(token.id, token.last_used_at)
        return Proof(token.user_id, token.id, can_write=token.scope is TokenScope.WRITE, ends_at=token.expires_at)

    def _remember(self, token_id: str, noted_at: datetime | None) -> None:
        self._noted[token_id] = noted_at
        self._noted.move_to_end(token_id)
        if len(self._noted) > _MOST_NOTED:
            self._noted.popitem(last=False)
