"""Tokens of a JupyterHub: the Hub says whose they are, and is asked again after a minute.

A token must be good for this service: the scope `access:services`, or the same for this service alone. A token that a notebook
server holds for its own sake has neither, so that whoever gets hold of one is nobody here.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from server.auth.credentials import Credentials, Proof, ProviderAway, WrongToken, fingerprint
from server.auth.foreign import ForeignIdentity, ForeignUsers
from server.auth.providers.hub_api import SOURCE, HubApi
from server.auth.sealing import Sealer

_TRUSTED_FOR: Final = timedelta(seconds=60)
_REFUSED_FOR: Final = timedelta(seconds=5)
_MOST_REMEMBERED: Final = 4096
_AT_ONCE: Final = 8
_MOST_WAITING: Final = 64
_HOLDER: Final = "h-"
_SCHEMES: Final = ("bearer", "token")
_SHAPE: Final = re.compile(r"(?!nbi_)[A-Za-z0-9_-]{8,256}")


@dataclass(frozen=True, slots=True)
class _Said:
    identity: ForeignIdentity
    asked_at: datetime


class HubTokens:
    """Asks a Hub who holds a token, about each one once at a time, and about few of them side by side."""

    def __init__(self, api_url: str, service: str, users: ForeignUsers, sealer: Sealer, clock: Callable[[], datetime]) -> None:
        """Take the address of the Hub's API and this service's name there."""
        self._hub, self._scopes = HubApi(api_url), {"access:services", f"access:services!service={service}"}
        self._users, self._sealer, self._clock = users, sealer, clock
        self._asking: dict[str, asyncio.Task[_Said]] = {}
        self._refused: OrderedDict[str, datetime] = OrderedDict()
        self._accepted: OrderedDict[str, datetime] = OrderedDict()
        # whoever sends tokens that nobody holds delays those who are new here, not those who are at work
        self._turns, self._turns_of_known = asyncio.Semaphore(_AT_ONCE), asyncio.Semaphore(_AT_ONCE)

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
        said = await self._said_of(token)
        user_id = await self._users.user_id_of(said.identity)
        return Proof(user_id, _HOLDER + self._sealer.seal(token), can_write=can_write, good_until=said.asked_at + _TRUSTED_FOR)

    async def _said_of(self, token: str) -> _Said:
        """Return what the Hub says of a token, or wait for whoever asks already; raises WrongToken and ProviderAway."""
        mark = fingerprint(token)
        until = self._refused.get(mark)
        if until is not None and self._clock() < until:
            raise WrongToken
        if mark not in self._asking:
            if len(self._asking) >= _MOST_WAITING and mark not in self._accepted:
                raise ProviderAway(SOURCE, retry_after_seconds=1)
            self._asking[mark] = asyncio.create_task(self._ask(token, mark))
            self._asking[mark].add_done_callback(_note_failure)
        return await asyncio.shield(self._asking[mark])

    async def _ask(self, token: str, mark: str) -> _Said:
        turns = self._turns_of_known if mark in self._accepted else self._turns
        try:
            async with turns:
                asked_at = self._clock()
                said = _Said(self._identity(await self._hub.holder_of(token)), asked_at)
        except WrongToken:
            self._accepted.pop(mark, None)
            _remember(self._refused, mark, self._clock() + _REFUSED_FOR)
            raise
        else:
            _remember(self._accepted, mark, asked_at)
            return said
        finally:
            del self._asking[mark]

    def _identity(self, model: Mapping[str, Any]) -> ForeignIdentity:
        name = model.get("name")
        if model.get("kind") != "user" or not isinstance(name, str):
            reason = "not a person's"
            raise WrongToken(reason)
        if self._scopes.isdisjoint(_texts(model.get("scopes"))):
            reason = "without a scope of this service"
            raise WrongToken(reason)
        return ForeignIdentity(SOURCE, self._hub.url, name, login=name, groups=frozenset(_texts(model.get("groups"))))


def _remember(among: OrderedDict[str, datetime], mark: str, at: datetime) -> None:
    among[mark] = at
    among.move_to_end(mark)
    if len(among) > _MOST_REMEMBERED:
        among.popitem(last=False)


def _note_failure(asked: asyncio.Task[_Said]) -> None:
    """Look at what was raised, for nobody else may: whoever waited has gone, perhaps."""
    if not asked.cancelled():
        asked.exception()


def _texts(value: object) -> list[str]:
    return [text for text in cast("list[object]", value) if isinstance(text, str)] if isinstance(value, list) else []


def _token_of(credentials: Credentials) -> str | None:
    scheme, _, token = (credentials.authorization or "").partition(" ")
    token = token.strip()
    return token if scheme.lower() in _SCHEMES and _SHAPE.fullmatch(token) is not None else None
