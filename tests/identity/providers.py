"""A provider of identities in a process of its own, and what a browser does to get a token from it."""

import base64
import hashlib
import json
import secrets
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2

HERE: Final = Path(__file__).parent
STOP_SECONDS: Final = 15
MOST_STEPS: Final = 5


@dataclass(frozen=True, slots=True)
class Provider:
    """One that runs."""

    issuer: str
    audience: str
    redirect: str

    def control(self, name: str, **given: object) -> Any:  # noqa: ANN401  any JSON
        """Have it do what is no part of the protocol."""
        return httpx2.post(f"{self.issuer}/control/{name}", json=given, timeout=30).json()

    def person(self, subject: str, **claims: object) -> None:
        """Let its tokens say this of somebody from now on."""
        self.control("person", subject=subject, claims=claims)

    def sign(self, *, header: dict[str, object] | None = None, **claims: object) -> str:
        """Return a token of its newest key with any claims."""
        return str(self.control("sign", header=header or {}, claims=claims))

    def key(self) -> dict[str, Any]:
        """Return its newest public key."""
        found: dict[str, Any] = httpx2.get(f"{self.issuer}/jwks").json()["keys"][0]
        return found

    def fetches(self) -> int:
        """Tell how often its keys were fetched."""
        return int(self.control("count", path="/jwks"))

    def token(self, subject: str, scope: str = "openid nbinsight:write") -> str:
        """Sign somebody in as a browser does, by authorization code and PKCE; return the access token."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "client_id": "viewer",
            "response_type": "code",
            "redirect_uri": self.redirect,
            "scope": scope,
            "login_hint": subject,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        with httpx2.Client(timeout=30) as browser:
            place = f"{self.issuer}/auth?{urlencode(asked)}"
            for _ in range(MOST_STEPS):
                place = urljoin(place, browser.get(place).headers["location"])
                if place.startswith(self.redirect):
                    break
            [code] = parse_qs(urlsplit(place).query)["code"]
            form = {
                "client_id": "viewer",
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.redirect,
                "code_verifier": verifier,
            }
            return str(browser.post(f"{self.issuer}/token", data=form).json()["access_token"])


@contextmanager
def provider(node: Path) -> Generator[Provider]:
    """Run one until the block ends."""
    process = subprocess.Popen(  # noqa: S603  our own words
        [str(node), "provider.mjs"], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield Provider(**json.loads(process.stdout.readline()))
    finally:
        process.communicate(timeout=STOP_SECONDS)
