"""JWTs of configured issuers: signed by a key that only the issuer has, for us, for now.

A token tells where its keys are (`jku`), or brings one (`jwk`, `x5c`): neither is ever looked at. Keys come from the issuer as the
settings name it, and the token must say which of them signed it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import orjson
from joserfc import jwt
from joserfc.errors import BadSignatureError, ClaimError, ExpiredTokenError, JoseError
from joserfc.jws import JWSRegistry, extract_compact

from server.auth.credentials import Credentials, Proof, WrongToken, fingerprint
from server.auth.foreign import ForeignIdentity, ForeignUsers
from server.auth.providers.key_sets import KeySet
from server.config import Issuer

_NO_JWT: Final = "no JWT"
_LEEWAY_SECONDS: Final = 30
_TRUSTED_FOR: Final = timedelta(seconds=60)
"""How long a token that was verified is not verified again: its issuer may have withdrawn the key."""
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_FAULTS: Final[dict[type[Exception], str]] = {
    ExpiredTokenError: "expired",
    BadSignatureError: "a signature that is not its issuer's",
}
_HOLDER: Final = "j-"
_DOTS: Final = 2
_LONGEST: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Trusted:
    """An issuer and its keys."""

    issuer: Issuer
    keys: KeySet


class Jwts:
    """Verifies JWTs of several issuers."""

    def __init__(self, trusted: Sequence[Trusted], users: ForeignUsers, clock: Callable[[], datetime]) -> None:
        """Take the issuers, whoever keeps their people, and the time."""
        self._trusted = {each.issuer.issuer: each for each in trusted}
        self._users, self._clock = users, clock

    def recognize(self, credentials: Credentials) -> str | None:
        """Return the fingerprint of what has the shape of a JWT."""
        token = credentials.bearer
        return fingerprint(token) if token is not None and token.count(".") == _DOTS else None

    async def prove(self, credentials: Credentials) -> Proof:
        """Verify a token; raises WrongToken, and ProviderAway where its issuer's keys cannot be had."""
        token = credentials.bearer or ""
        header, issuer = _read(token)
        trusted = self._trusted.get(issuer)
        if trusted is None:
            reason = "an issuer that is not configured"
            raise WrongToken(reason)
        claims = await self._verified(token, header, trusted)
        user_id = await self._users.user_id_of(identity_of(claims, trusted.issuer))
        ends_at = self._end_of(claims)
        scope = trusted.issuer.write_scope
        return Proof(
            user_id,
            f"{_HOLDER}{user_id}-{int(ends_at.timestamp())}",
            can_write=scope is None or scope in _scopes(claims),
            ends_at=ends_at,
            good_until=min(ends_at, self._clock() + _TRUSTED_FOR),
        )

    async def used(self, proof: Proof) -> None:
        """Keep no note: who vouches has one."""

    def issued(self, holder: str) -> bool:
        """Tell whether a holder names a token's user and its end."""
        return holder.startswith(_HOLDER)

    async def prove_again(self, holder: str) -> Proof:
        """Believe a holder, which this server signed, until the token's end."""
        _, user_id, end = holder.split("-")
        ends_at = datetime.fromtimestamp(int(end), UTC)
        return Proof(user_id, holder, can_write=False, ends_at=ends_at, good_until=ends_at)

    async def _verified(self, token: str, header: Mapping[str, Any], trusted: Trusted) -> dict[str, Any]:
        kid, algorithm = header.get("kid"), header.get("alg")
        if algorithm not in trusted.issuer.algorithms:
            reason = "an algorithm that the settings do not name for its issuer"
            raise WrongToken(reason)
        if not isinstance(kid, str):
            reason = "no id of the key that signed it"
            raise WrongToken(reason)
        if "crit" in header or str(header.get("typ", "JWT")).lower() not in _TYPES:
            reason = "a token of another kind"
            raise WrongToken(reason)
        key = await trusted.keys.find(kid)
        try:
            # other headers are of no use here: strictness would refuse what issuers add
            registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
            claims = jwt.decode(token, key, algorithms=[algorithm], registry=registry).claims
            self._rules(trusted.issuer).validate(claims)
        except (JoseError, ValueError, TypeError, OverflowError) as error:
            raise WrongToken(_reason_of(error)) from error
        if "cnf" in claims:
            reason = "bound to a key of its holder, who cannot show it here"
            raise WrongToken(reason)
        return claims

    def _end_of(self, claims: Mapping[str, Any]) -> datetime:
        """Return when a token ends, as late as it is still accepted; one that ends in the next millennium ends in a year."""
        latest = (self._clock() + _LONGEST).timestamp()
        return datetime.fromtimestamp(min(claims["exp"] + _LEEWAY_SECONDS, latest), UTC)

    def _rules(self, issuer: Issuer) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer.issuer},
            aud={"essential": True, "values": list(issuer.audience)},
            exp={"essential": True},
            sub={"essential": True},
        )


def _read(token: str) -> tuple[Mapping[str, Any], str]:
    """Read the header, and the issuer that is claimed, without believing either; raises WrongToken for what is not a JWT."""
    try:
        parts = extract_compact(token.encode())
        claims: object = orjson.loads(parts.payload)
        header = parts.headers()
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise WrongToken(_NO_JWT) from error
    if not isinstance(claims, dict):
        raise WrongToken(_NO_JWT)
    return header, str(cast("dict[str, Any]", claims).get("iss"))


def _reason_of(error: Exception) -> str:
    """Say in words what a token has failed; claims are named, and not repeated."""
    if type(error) in _FAULTS:
        return _FAULTS[type(error)]
    return f"not for us: the claim {error.claim}" if isinstance(error, ClaimError) else f"not what it says: {type(error).__name__}"


def identity_of(claims: Mapping[str, Any], issuer: Issuer) -> ForeignIdentity:
    """Read claims as the settings say; those that are not of the kind wanted are as if they were absent."""
    groups = _claim(claims, issuer.groups_claim)
    return ForeignIdentity(
        source=issuer.name,
        issuer=issuer.issuer,
        subject=claims["sub"],
        login=_text(_claim(claims, issuer.login_claim)),
        display_name=_text(_claim(claims, issuer.display_name_claim)),
        groups=frozenset(group for group in cast("list[object]", groups) if isinstance(group, str))
        if isinstance(groups, list)
        else frozenset(),
    )


def _claim(claims: Mapping[str, Any], path: str) -> object:
    """Find a claim by its name, or else by its place within others: names of claims may have dots themselves."""
    if path in claims:
        return claims[path]
    found: object = claims
    for name in path.split("."):
        found = cast("dict[str, object]", found).get(name) if isinstance(found, dict) else None
    return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    """Read `scope`, words in one text, or `scp`, which some issuers make a list of."""
    found: set[str] = set()
    for name in ("scope", "scp"):
        value = claims.get(name)
        found.update(value.split() if isinstance(value, str) else map(str, cast("list[object]", value)) if isinstance(value, list) else ())
    return frozenset(found)
