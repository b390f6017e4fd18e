"""Tokens of a JupyterHub: the Hub says whose they are, and is asked again after a minute.

A token must be good for this service: the scope `access:services`, or the same for this service alone. A token that a notebook
server holds for its own sake has neither, so that whoever gets hold of one is nobody here.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, cast

import httpx2
import orjson
import structlog

from server.auth.credentials import Credentials, Proof, ProviderAway, WrongToken, fingerprint
from server.auth.foreign import ForeignIdentity, ForeignUsers
from server.auth.sealing import Sealer

log = structlog.get_logger("server.auth")

SOURCE: Final = "hub"
_TRUSTED_FOR: Final = timedelta(seconds=60)
_REFUSED_FOR: Final = timedelta(seconds=5)
_MOST_REFUSED: Final = 2048
_AT_ONCE: Final = 8
_TIMEOUT_SECONDS: Final = 2
_MOST_BYTES: Final = 256 * 1024
_HOLDER: Final = "h-"
_SCHEMES: Final = ("bearer", "token")
_SHAPE: Final = re.compile(r"(?!nbi_)[A-Za-z0-9_-]{8,256}")


class HubTokens:
    """Asks a Hub who holds a token."""

    def __init__(self, api_url: str, service: str, users: ForeignUsers, sealer: Sealer, clock: Callable[[], datetime]) -> None:
        """Take the address of the Hub's API and this service's name there."""
        self._address, self._scopes = f"{api_url.rstrip('/')}/user", {"access:services", f"access:services!service={service}"}
        self._issuer = api_url.rstrip("/")
        self._users, self._sealer, self._clock = users, sealer, clock
        self._refused: OrderedDict[str, datetime] = OrderedDict()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def recognize(self, credentials: Credentials) -> str | None:
        """Return the fingerprint of what could be a token of a Hub."""
        token = _token_of(credentials)
        return None if token is None else fingerprint(token)

    async def prove(self, credentials: Credentials) -> Proof:
        """Ask the Hub; raises WrongToken, and ProviderAway where it does not answer."""
        return await self._proof(_token_of(credentials) or "", can_write=True)

    async def used(self, proof: Proof) -> None:
        """Keep no note: who vouches has one."""

    def issued(self, holder: str) -> bool:
        """Tell whether a holder is a sealed token."""
        return holder.startswith(_HOLDER)

    async def prove_again(self, holder: str) -> Proof:
        """Ask the Hub about the token that was sealed; raises likewise."""
        token = self._sealer.open(holder.removeprefix(_HOLDER))
        if token is None:
            reason = "sealed with another key"
            raise WrongToken(reason)
        return await self._proof(token, can_write=False)

    async def _proof(self, token: str, *, can_write: bool) -> Proof:
        mark, now = fingerprint(token), self._clock()
        if self._refused.get(mark, now) > now:
            raise WrongToken
        try:
            model = await self._ask(token)
        except WrongToken:
            self._refused[mark] = now + _REFUSED_FOR
            if len(self._refused) > _MOST_REFUSED:
                self._refused.popitem(last=False)
            raise
        user_id = await self._users.user_id_of(self._identity(model))
        return Proof(user_id, _HOLDER + self._sealer.seal(token), can_write=can_write, good_until=now + _TRUSTED_FOR)

    async def _ask(self, token: str) -> Mapping[str, Any]:
        try:
            async with self._turns, asyncio.timeout(_TIMEOUT_SECONDS), httpx2.AsyncClient(trust_env=False) as client:
                response = await client.get(self._address, headers={"authorization": f"token {token}"})
        except (httpx2.HTTPError, TimeoutError) as error:
            log.warning("the Hub does not answer", error=type(error).__name__)
            raise ProviderAway(SOURCE) from error
        if response.status_code in {401, 403, 404}:
            raise WrongToken
        if not response.is_success or len(response.content) > _MOST_BYTES:
            log.warning("the Hub does not say who holds a token", status=response.status_code)
            raise ProviderAway(SOURCE)
        try:
            return cast("dict[str, Any]", orjson.loads(response.content))
        except orjson.JSONDecodeError as error:
            raise ProviderAway(SOURCE) from error

    def _identity(self, model: Mapping[str, Any]) -> ForeignIdentity:
        name = model.get("name")
        if model.get("kind") != "user" or not isinstance(name, str):
            reason = "not a person's"
            raise WrongToken(reason)
        if self._scopes.isdisjoint(model.get("scopes", ())):
            reason = "without a scope of this service"
            raise WrongToken(reason)
        return ForeignIdentity(SOURCE, self._issuer, name, login=name, groups=frozenset(map(str, model.get("groups", ()))))


def _token_of(credentials: Credentials) -> str | None:
    scheme, _, token = (credentials.authorization or "").partition(" ")
    token = token.strip()
    return token if scheme.lower() in _SCHEMES and _SHAPE.fullmatch(token) is not None else None
