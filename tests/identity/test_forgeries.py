"""Tokens that the provider did not sign, or not for us, and its keys that change."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any, Final

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.identity.conftest import Site
from tests.identity.providers import Provider

CREATE: Final = 'mutation { createProject(input: {key: "FORGED", name: "Forged"}) { project { key } errors { message } } }'
OWN: Final = RSAKey.generate_key(2048)


def coded(value: object) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def claims_of(corp: Provider) -> dict[str, Any]:
    return {"iss": corp.issuer, "aud": corp.audience, "sub": "mallory-1", "exp": int(time.time()) + 300, "preferred_username": "mallory"}


def own(corp: Provider, **header: object) -> str:
    return jwt.encode({"alg": "RS256", "kid": corp.key()["kid"]} | header, claims_of(corp), OWN)


def with_public_key_as_secret(corp: Provider) -> str:
    pem = RSAKey.import_key(corp.key()).as_pem(private=False)
    text = f"{coded({'alg': 'HS256', 'kid': corp.key()['kid'], 'typ': 'at+jwt'})}.{coded(claims_of(corp))}"
    return f"{text}.{coded(hmac.digest(pem, text.encode(), hashlib.sha256))}"


def tampered(corp: Provider) -> str:
    head, _, signature = corp.sign(**claims_of(corp)).split(".")
    return f"{head}.{coded(claims_of(corp) | {'sub': 'another'})}.{signature}"


FORGERIES: Final[dict[str, Callable[[Provider], str]]] = {
    "without an algorithm": lambda corp: f"{coded({'alg': 'none', 'kid': corp.key()['kid']})}.{coded(claims_of(corp))}.",
    "the public key as a secret": with_public_key_as_secret,
    "another payload": tampered,
    "a key of its own, by address": lambda corp: own(corp, jku=f"{corp.issuer}/jwks"),
    "a key of its own, in the header": lambda corp: own(corp, jwk=OWN.as_dict(private=False)),
    "a key of its own": own,
    "a key that nobody has": lambda corp: own(corp, kid="nobody's"),
    "no id of a key": lambda corp: jwt.encode({"alg": "RS256"}, claims_of(corp), OWN),
    "an extension that must be understood": lambda corp: corp.sign(header={"crit": ["b64"], "b64": True}, **claims_of(corp)),
    "an empty signature": lambda corp: corp.sign(**claims_of(corp)).rpartition(".")[0] + ".",
    "garbage": lambda _: "gar.ba.ge",
    "a type of another kind": lambda corp: corp.sign(header={"typ": "logout+jwt"}, **claims_of(corp)),
    "another audience": lambda corp: corp.sign(**claims_of(corp) | {"aud": "https://another.example"}),
    "another issuer": lambda corp: corp.sign(**claims_of(corp) | {"iss": "https://another.example"}),
    "an end that is over": lambda corp: corp.sign(**claims_of(corp) | {"exp": int(time.time()) - 31}),
    "a beginning to come": lambda corp: corp.sign(**claims_of(corp) | {"nbf": int(time.time()) + 90}),
    "no end": lambda corp: corp.sign(**{name: value for name, value in claims_of(corp).items() if name != "exp"}),
    "no subject": lambda corp: corp.sign(**{name: value for name, value in claims_of(corp).items() if name != "sub"}),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_executes_nothing_and_makes_nobody(site: Site, corp: Provider, name: str) -> None:
    before = site.people()
    site.refuses(FORGERIES[name](corp), CREATE)
    assert site.people() == before
    assert site.server.data('{ project(key: "FORGED") { id } }', site.admin) == {"project": None}


def test_a_token_of_a_megabyte_is_not_looked_at(site: Site) -> None:
    before = site.people()
    answer = site.server.post(CREATE, f"{coded({'alg': 'RS256'})}.{'x' * 2**20}.x")
    assert answer.status_code in {400, 401, 431}, "the server beneath may refuse such a header before we see it"
    site.refuses(f"{coded({'alg': 'RS256'})}.{'x' * 20_000}.x", CREATE)
    assert site.people() == before


def test_the_same_claims_signed_by_the_provider_do_sign_in(site: Site, corp: Provider) -> None:
    assert site.login(corp.sign(**claims_of(corp))) == "mallory"
