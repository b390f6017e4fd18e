"""When the keys of an issuer are fetched, and for how long they are used."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from server.auth.credentials import ProviderAway, WrongToken
from server.auth.providers.key_sets import KeySet, usable


def public(kid: str, **more: object) -> dict[str, Any]:
    return {**ECKey.generate_key("P-256").as_dict(private=False), "kid": kid, **more}


@dataclass(slots=True)
class Issuer:
    """Has keys, or is away; counts how often it was asked. Its clock stands still."""

    keys: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    asked: int = 0
    away: bool = False
    now: float = 1000

    async def fetch(self) -> Sequence[Mapping[str, Any]]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionError
        return self.keys

    def key_set(self) -> KeySet:
        return KeySet("corp", self.fetch, lambda: self.now)


async def test_keys_are_fetched_once_in_five_minutes() -> None:
    issuer = Issuer([public("a")])
    keys = issuer.key_set()
    for passed in (0, 100, 299):
        issuer.now = 1000 + passed
        await keys.find("a")
    assert issuer.asked == 1
    issuer.now = 1300
    await keys.find("a")
    assert issuer.asked == 2


async def test_a_new_key_is_found_five_seconds_after_the_last_fetch_and_the_removed_one_is_gone() -> None:
    issuer = Issuer([public("old")])
    keys = issuer.key_set()
    await keys.find("old")
    issuer.keys, issuer.now = [public("new")], 1004.9
    with pytest.raises(WrongToken):
        await keys.find("new")
    issuer.now = 1005
    await keys.find("new")
    with pytest.raises(WrongToken):
        await keys.find("old")
    assert issuer.asked == 2


async def test_a_flood_of_unknown_keys_fetches_once_in_five_seconds() -> None:
    issuer = Issuer([public("a")])
    keys = issuer.key_set()
    await keys.find("a")
    for second in range(11):
        issuer.now = 1000 + second
        for number in range(50):
            with pytest.raises(WrongToken):
                await keys.find(f"unknown {number}")
    assert issuer.asked == 3


async def test_however_many_wait_they_wait_for_one_fetch() -> None:
    issuer = Issuer([public("a")])
    keys = issuer.key_set()
    await asyncio.gather(*(keys.find("a") for _ in range(50)))
    assert issuer.asked == 1


async def test_who_leaves_while_keys_are_fetched_does_not_take_them_away_from_others() -> None:
    issuer = Issuer([public("a")])
    keys = issuer.key_set()
    impatient, patient = asyncio.create_task(keys.find("a")), asyncio.create_task(keys.find("a"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).kid == "a"
    assert issuer.asked == 1


async def test_an_issuer_that_is_away_is_believed_for_an_hour() -> None:
    issuer = Issuer([public("a")])
    keys = issuer.key_set()
    await keys.find("a")
    issuer.away, issuer.now = True, 1000 + 3599
    await keys.find("a")
    assert issuer.asked == 2
    issuer.now = 1000 + 3600
    with pytest.raises(ProviderAway, match="corp"):
        await keys.find("a")
    issuer.away, issuer.now = False, 1000 + 3604
    await keys.find("a")


async def test_an_issuer_that_never_answered_is_away_and_asked_every_five_seconds() -> None:
    issuer = Issuer(away=True)
    keys = issuer.key_set()
    for passed in (0, 1, 4.9):
        issuer.now = 1000 + passed
        with pytest.raises(ProviderAway):
            await keys.find("a")
    assert issuer.asked == 1
    issuer.keys, issuer.away, issuer.now = [public("a")], False, 1005
    await keys.find("a")


def test_only_public_keys_that_sign_and_have_an_id_are_used() -> None:
    rsa = RSAKey.generate_key(2048).as_dict(private=False)
    given: list[Mapping[str, Any]] = [
        public("signs"),
        public("says so", use="sig"),
        {**rsa, "kid": "rsa"},
        public("encrypts", use="enc"),
        {**OctKey.generate_key(256).as_dict(private=True), "kid": "secret"},
        {**rsa, "kid": 7},
        {name: value for name, value in public("x").items() if name != "kid"},
        {"kty": "EC", "kid": "broken", "crv": "P-256"},
        {"kty": "RSA", "kid": "broken too", "n": "!", "e": 3},
        {"kty": "quantum", "kid": "to come"},
        {"kty": ["RSA"], "kid": "no kind"},
        {**RSAKey.generate_key(2048).as_dict(private=False), "n": "A" * 171, "kid": "of 1,024 bits"},
    ]
    assert sorted(usable(given)) == ["rsa", "says so", "signs"]
