"""Headers of a gateway that has signed people in itself.

They are believed where the connection comes from a trusted address and the shared secret is among them; anywhere else they are
ignored, as if they were not there. Whoever sends an Authorization header is asked by that alone.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from server.auth.credentials import Credentials, Proof, WrongToken, fingerprint
from server.auth.foreign import ForeignIdentity, ForeignUsers

SOURCE: Final = "gateway"
SECRET_HEADER: Final = "x-nbinsight-gateway-secret"  # noqa: S105  a name
USER_HEADER: Final = "x-nbinsight-user"
NAME_HEADER: Final = "x-nbinsight-name"
GROUPS_HEADER: Final = "x-nbinsight-groups"
_HOLDER: Final = "g-"
_TRUSTED_FOR: Final = timedelta(seconds=60)


class GatewayHeaders:
    """Reads who somebody is from headers of a trusted peer."""

    def __init__(self, secret: str, peers: Sequence[IPv4Network | IPv6Network], users: ForeignUsers, clock: Callable[[], datetime]) -> None:
        """Take the shared secret, the networks that gateways call from, and the time."""
        self._secret, self._peers, self._users, self._clock = secret.encode(), tuple(peers), users, clock

    def recognize(self, credentials: Credentials) -> str | None:
        """Return the fingerprint of what a trusted gateway says."""
        if credentials.authorization is not None or not self._trusts(credentials):
            return None
        return fingerprint("\0".join(credentials.headers.get(name, "") for name in (USER_HEADER, NAME_HEADER, GROUPS_HEADER)))

    async def prove(self, credentials: Credentials) -> Proof:
        """Believe the headers; raises WrongToken where they name nobody."""
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
        given = credentials.headers.get(SECRET_HEADER)
        if given is None or USER_HEADER not in credentials.headers or not self._is_peer(credentials.peer):
            return False
        return hmac.compare_digest(given.encode(errors="replace"), self._secret)

    def _is_peer(self, peer: str | None) -> bool:
        try:
            address = ip_address(peer or "")
        except ValueError:
            return False
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return any((mapped or address) in network for network in self._peers)


def _identity(headers: Mapping[str, str]) -> ForeignIdentity:
    login = headers[USER_HEADER].strip()
    if not login:
        reason = "an empty name"
        raise WrongToken(reason)
    groups = frozenset(group.strip() for group in headers.get(GROUPS_HEADER, "").split(",") if group.strip())
    return ForeignIdentity(SOURCE, SOURCE, login, login=login, display_name=headers.get(NAME_HEADER), groups=groups)
