"""The public keys of an issuer, fetched when they are needed and kept for a while.

| when | what is done |
|---|---|
| they are older than 5 minutes | fetched again |
| a token names a key that is not among them | fetched again, but not within 5 s of the last attempt |
| fetching fails | those of up to an hour ago are used still |

However many wait, there is one attempt at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, cast

import httpx2
import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from server.auth.credentials import ProviderAway, WrongToken
from server.config import Issuer, reached_safely

log = structlog.get_logger("server.auth")

PublicKey = RSAKey | ECKey | OKPKey
Fetch = Callable[[], Awaitable[Sequence[Mapping[str, Any]]]]
"""Fetches an issuer's keys; raises what FETCH_FAULTS has."""
FETCH_FAULTS: Final = (OSError, ValueError, httpx2.HTTPError, httpx2.InvalidURL)

_FRESH_SECONDS: Final = 300
_PAUSE_SECONDS: Final = 5
_STALE_SECONDS: Final = 3600
_TIMEOUT_SECONDS: Final = 2
_MOST_BYTES: Final = 64 * 1024
_MOST_KEYS: Final = 100
_KINDS: Final = ("RSA", "EC", "OKP")
_SHORTEST_MODULUS: Final = 342
"""2,048 bits in base64."""


class KeySet:
    """The keys of one issuer, by their ids."""

    def __init__(self, name: str, fetch: Fetch, clock: Callable[[], float]) -> None:
        """Fetch nothing yet; the clock counts seconds."""
        self._name, self._fetch, self._clock = name, fetch, clock
        self._keys: dict[str, PublicKey] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._trying: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> PublicKey:
        """Return a key; raises WrongToken where the issuer has none of that id, ProviderAway where it does not say."""
        if not self._is_younger_than(_FRESH_SECONDS) or kid not in self._keys:
            await self._renew()
        if not self._is_younger_than(_STALE_SECONDS):
            raise ProviderAway(self._name)
        if kid not in self._keys:
            reason = "a key that its issuer does not have"
            raise WrongToken(reason)
        return self._keys[kid]

    def _is_younger_than(self, seconds: float) -> bool:
        return self._clock() - self._fetched_at < seconds

    async def _renew(self) -> None:
        """Fetch the keys, or wait for whoever does; do nothing shortly after the last attempt."""
        if self._trying is None:
            if self._clock() - self._tried_at < _PAUSE_SECONDS:
                return
            self._tried_at = self._clock()
            self._trying = asyncio.create_task(self._try())
        await asyncio.shield(self._trying)

    async def _try(self) -> None:
        try:
            found = usable(await self._fetch())
        except FETCH_FAULTS as error:
            log.warning("keys not fetched", issuer=self._name, error=type(error).__name__)
        else:
            self._keys, self._fetched_at = found, self._clock()
        finally:
            self._trying = None


def usable(keys: Sequence[Mapping[str, Any]]) -> dict[str, PublicKey]:
    """Keep the public keys that sign and have an id; others are not ours to judge."""
    found: dict[str, PublicKey] = {}
    for key in keys[:_MOST_KEYS]:
        kid = key.get("kid")
        if not isinstance(kid, str) or key.get("kty") not in _KINDS or key.get("use", "sig") != "sig":
            continue
        if key["kty"] == "RSA" and len(str(key.get("n"))) < _SHORTEST_MODULUS:
            log.warning("a key that is too short", kid=kid[:100])
            continue
        try:
            found[kid] = cast("PublicKey", JWKRegistry.import_key({name: value for name, value in key.items() if name != "d"}))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("a key that cannot be read", kid=kid[:100], error=type(error).__name__)
    return found


def fetcher(issuer: Issuer) -> Fetch:
    """Return what fetches an issuer's keys; where they are is discovered once, and again after a failure."""
    place = issuer.key_set_url

    async def fetch() -> Sequence[Mapping[str, Any]]:
        nonlocal place
        try:
            if place is None:
                place = await _discover(issuer)
            keys = (await _fetch_json(place)).get("keys")
        except Exception:
            place = issuer.key_set_url
            raise
        if not isinstance(keys, list):
            msg = "no list of keys"
            raise ValueError(msg)  # noqa: TRY004  what came is not what was asked for
        return [cast("dict[str, Any]", key) for key in cast("list[object]", keys) if isinstance(key, dict)]

    return fetch


async def _discover(issuer: Issuer) -> str:
    document = await _fetch_json(f"{issuer.issuer.rstrip('/')}/.well-known/openid-configuration")
    place = document.get("jwks_uri")
    if document.get("issuer") != issuer.issuer or not isinstance(place, str):
        msg = "the discovery document is another issuer's, or names no keys"
        raise ValueError(msg)
    return reached_safely(place)


async def _fetch_json(address: str) -> dict[str, Any]:
    async with (
        asyncio.timeout(_TIMEOUT_SECONDS),
        httpx2.AsyncClient(trust_env=False) as client,
        client.stream("GET", address, headers={"accept": "application/json", "accept-encoding": "identity"}) as response,
    ):
        response.raise_for_status()
        body = bytearray()
        async for piece in response.aiter_raw():  # as it comes: a few bytes that are packed may be very many
            body += piece
            if len(body) > _MOST_BYTES:
                msg = f"more than {_MOST_BYTES:,} bytes"
                raise ValueError(msg)
    read = orjson.loads(bytes(body))
    if not isinstance(read, dict):
        msg = "no JSON object"
        raise ValueError(msg)  # noqa: TRY004  what came is not what was asked for
    return cast("dict[str, Any]", read)
