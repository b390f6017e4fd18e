"""Access tokens of ours."""

from collections.abc import Callable
from datetime import datetime

from server.auth.credentials import Credentials, Proof, WrongToken
from server.auth.tokens import digest_of
from server.db.repositories import identities
from server.db.session import Database
from server.domain.grants import TokenScope
from server.domain.ids import Kind, kind_of


class AccessTokens:
    """Looks access tokens up by their digest; a change of any row may have ended one."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Take the database and the time."""
        self._database, self._clock = database, clock

    def recognize(self, credentials: Credentials) -> str | None:
        """Return the digest of what has the shape of an access token."""
        return None if credentials.bearer is None else digest_of(credentials.bearer)

    async def prove(self, credentials: Credentials) -> Proof:
        """Find the token; raises WrongToken for one that is unknown, expired or revoked, or whose user is not active."""
        return await self._proof(digest=self.recognize(credentials))

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
        return Proof(token.user_id, token.id, can_write=token.scope is TokenScope.WRITE, ends_at=token.expires_at)
