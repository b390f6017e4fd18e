"""Headers of a gateway that has signed people in itself.

| they are | where |
|---|---|
| believed | the connection comes from a trusted address and the shared secret is among them, once |
| ignored, as if they were not there | anything else; also where an Authorization is sent, which then counts alone |
| refused | they are believed, but cannot be understood: a header that is there twice may be half a client's |

On a connection that stays open they are read once, when it is opened.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

import structlog

from server.auth.credentials import Credentials, Proof, WrongToken, fingerprint
from server.auth.foreign import ForeignIdentity, ForeignUsers
from server.domain.names import is_storable

log = structlog.get_logger("server.auth")

SOURCE: Final = "gateway"
SECRET_HEADER: Final = "x-nbinsight-gateway-secret"  # noqa: S105  a name
USER_HEADER: Final = "x-nbinsight-user"
NAME_HEADER: Final = "x-nbinsight-name"
GROUPS_HEADER: Final = "x-nbinsight-groups"
_READ: Final = (USER_HEADER, NAME_HEADER, GROUPS_HEADER)
_HOLDER: Final = "g-"
_TRUSTED_FOR: Final = timedelta(seconds=60)


class GatewayHeaders:
    """Reads who somebody is from headers of a trusted peer."""

    def __init__(self, secret: str, peers: Sequence[IPv4Network | IPv6Network], users: ForeignUsers, clock: Callable[[], datetime]) -> None:
        """Take the shared secret, the networks that gateways call from, and the time."""
        self._secret, self._peers, self._users, self._clock = secret.encode(), tuple(peers), users, clock

    def recognize(self, credentials: Credentials) -> str | None:
        """Return the fingerprint of what a trusted gateway says."""
        if credentials.let_in is not None:
            return f"let in {credentials.let_in}"
        if credentials.authorization is not None or not self._trusts(credentials):
            return None
        return fingerprint("\0".join("\1".join(credentials.headers.get(name, ())) for name in _READ))

    async def prove(self, credentials: Credentials) -> Proof:
        """Believe the headers; raises WrongToken where they name nobody."""
        if credentials.let_in is not None:
            return Proof(credentials.let_in.removeprefix(_HOLDER), credentials.let_in, can_write=True)
        user_id = await self._users.user_id_of(_identity(credentials.headers))
        return Proof(user_id, f"{_HOLDER}{user_id}", can_write=True, good_until=self._clock() + _TRUSTED_FOR)

    async def used(self, proof: Proof) -> None:
        """Keep no note: who vouches has one."""

    def issued(self, holder: str) -> bool:
        """Tell whether a holder names a user whom a gateway vouched for."""
        return holder.startswith(_HOLDER)

    async def prove_again(self, holder: str) -> Proof:
        """Believe a holder, which this server signed."""
        return Proof(holder.removeprefix(_HOLDER), holder, can_write=False)

    def _trusts(self, credentials: Credentials) -> bool:
        secrets = credentials.headers.get(SECRET_HEADER, ())
        if len(secrets) != 1 or USER_HEADER not in credentials.headers or not self._is_peer(credentials.peer):
            return False
        return hmac.compare_digest(secrets[0].encode("latin-1", "replace"), self._secret)

    def _is_peer(self, peer: str | None) -> bool:
        try:
            address = ip_address(peer or "")
        except ValueError:
            return False
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return any(each in network for network in self._peers for each in (address, mapped) if each is not None)


def _identity(headers: Mapping[str, Sequence[str]]) -> ForeignIdentity:
    """Read what a gateway says; raises WrongToken for what has more than one meaning, and tells the operator, as it is their gateway."""
    try:
        user, name, groups = (_one(headers.get(header, ())) for header in _READ)
        _check_user(user)
    except ValueError as error:
        log.warning("headers of a gateway refused", reason=str(error))
        raise WrongToken(str(error)) from error
    return ForeignIdentity(
        SOURCE, SOURCE, user, login=user, display_name=name or None, groups=frozenset(group.strip() for group in groups.split(","))
    )


def _one(values: Sequence[str]) -> str:
    """Return the text of a header, which is UTF-8 though it came as Latin-1; empty where there is none. Raises ValueError."""
    if len(values) > 1:
        msg = "a header that is there twice: have the gateway replace what clients send, not add to it"
        raise ValueError(msg)
    try:
        text = "".join(values).encode("latin-1").decode().strip()
    except UnicodeError:
        msg = "a header that is not UTF-8"
        raise ValueError(msg) from None
    if not is_storable(text):
        msg = "a header with control characters"
        raise ValueError(msg)
    return text


def _check_user(user: str) -> None:
    """Raise ValueError for what is nobody's name; proxies make one line with a comma of two that came."""
    if not user or "," in user:
        msg = f"a name that is empty or has a comma: send no {USER_HEADER} for nobody"
        raise ValueError(msg)
