"""What a request brings along to say who asks, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Protocol

MOST_BYTES = 16 * 1024
"""The longest token that anybody looks at."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Headers as they came, with all their values, and the address that the connection comes from; nothing of it is believed yet."""

    authorization: str | None = None
    headers: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    peer: str | None = None
    let_in: str | None = None
    """The holder whom headers alone have named when a connection was opened that is open still."""

    @property
    def bearer(self) -> str | None:
        """The token of `Authorization: Bearer …`; None where there is none, or one that is too long to be looked at."""
        scheme, _, token = (self.authorization or "").partition(" ")
        token = token.strip()
        return token if scheme.lower() == "bearer" and 0 < len(token) <= MOST_BYTES else None

    @property
    def is_empty(self) -> bool:
        """Whether there is a header for a token, without any in it, as a script sends whose variable is not set."""
        return self.authorization is not None and self.authorization.strip().lower() in {"", "bearer"}

    def settled(self, holder: str | None) -> "Credentials":
        """Return what shows the same holder (None: nobody) for as long as the connection is open.

        A token is looked at again each time. Headers were a gateway's word of one moment: said again later, the groups in them would
        undo what the gateway says by then.
        """
        return self if self.authorization is not None or holder is None else Credentials(let_in=holder)


@dataclass(frozen=True, slots=True)
class Proof:
    """Who somebody is shown to be.

    `holder` leads to the same person later, without a secret in it and without a dot: addresses of content are signed with it.
    Nothing works after `ends_at`. After `good_until` it must be proven again; None: whenever a row of the database has changed.
    """

    user_id: str
    holder: str
    can_write: bool
    ends_at: datetime | None = None
    good_until: datetime | None = None

    def stands(self, now: datetime, *, unchanged: bool) -> bool:
        """Tell whether it still holds; `unchanged`: no row has changed since."""
        if self.ends_at is not None and self.ends_at <= now:
            return False
        return unchanged if self.good_until is None else now < self.good_until


class WrongToken(Exception):
    """Somebody said who they are, but it is not so, or not any more; the reason is for those who run the server alone."""

    def __init__(self, reason: str = "unknown, expired or revoked", user_id: str | None = None) -> None:
        """Say why, with nothing of the token, and whose it is, where that is certain."""
        super().__init__(reason)
        self.reason, self.user_id = reason, user_id


class NoToken(WrongToken):
    """Somebody wanted to say who they are, and said nothing."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("the header holds no token")


class ProviderAway(Exception):
    """Who somebody is cannot be looked up now: who would know does not answer."""

    def __init__(self, name: str, retry_after_seconds: int = 5) -> None:
        """Say who does not answer."""
        super().__init__(name)
        self.name, self.retry_after_seconds = name, retry_after_seconds


class IdentityProvider(Protocol):
    """One way to know who somebody is."""

    def recognize(self, credentials: Credentials) -> str | None:
        """Return what tells these credentials from others of its kind, which is no secret; None if they are of another kind."""
        ...

    async def prove(self, credentials: Credentials) -> Proof:
        """Look recognized credentials up; raises WrongToken and ProviderAway."""
        ...

    async def used(self, proof: Proof) -> None:
        """Take note that somebody is at work, if that is of interest; never waits for long, never fails."""
        ...

    def issued(self, holder: str) -> bool:
        """Tell whether a holder is one of its own."""
        ...

    async def prove_again(self, holder: str) -> Proof:
        """Look a holder of its own up, to let them read; raises WrongToken and ProviderAway."""
        ...


def fingerprint(text: str) -> str:
    """Tell texts apart without keeping them."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()
