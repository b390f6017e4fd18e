"""An issuer of JWTs whose keys a test has in its hands, and a world that trusts it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from server.auth.foreign import ForeignUsers
from server.auth.providers.jwt import Jwts, Trusted
from server.auth.providers.key_sets import KeySet
from server.config import Issuer

KEY = RSAKey.generate_key(2048, {"kid": "first"})


@dataclass(slots=True)
class FakeIssuer:
    """Signs tokens; its key set is asked for without a network."""

    name: str = "corp"
    address: str = "https://issuer.example"
    key: RSAKey | ECKey = field(default_factory=lambda: KEY)
    algorithm: str = "RS256"
    fetches: int = 0
    more: dict[str, Any] = field(default_factory=dict[str, Any])

    async def fetch(self) -> Sequence[Mapping[str, Any]]:
        """Return its keys."""
        self.fetches += 1
        return [self.key.as_dict(private=False)]

    @property
    def configured(self) -> Issuer:
        """What the settings say of it."""
        return Issuer(name=self.name, issuer=self.address, audience=("nbinsight",), **self.more)

    def claims(self, now: datetime, **given: object) -> dict[str, Any]:
        """Return what its tokens say; None leaves a claim out."""
        claims: dict[str, Any] = {
            "iss": self.address,
            "aud": "nbinsight",
            "sub": "subject-1",
            "exp": int(now.timestamp()) + 300,
            "preferred_username": "ana",
        }
        return {name: value for name, value in (claims | given).items() if value is not None}

    def token(self, now: datetime, header: dict[str, Any] | None = None, **given: object) -> str:
        """Sign claims."""
        head = {"alg": self.algorithm, "kid": self.key.kid, "typ": "at+jwt"} | (header or {})
        return jwt.encode({name: value for name, value in head.items() if value is not None}, self.claims(now, **given), self.key)


def jwts(issuers: Sequence[FakeIssuer], users: ForeignUsers, clock: Any) -> Jwts:  # noqa: ANN401  a clock
    """Return the provider that trusts them; the age of keys is told by the same clock."""
    trusted = [Trusted(each.configured, KeySet(each.name, each.fetch, lambda: clock().timestamp())) for each in issuers]
    return Jwts(trusted, users, clock)
