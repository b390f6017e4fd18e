"""What of a request says who asks."""

from ipaddress import ip_address
from typing import Final, Protocol
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from server.auth.credentials import Credentials

_OURS: Final = "x-nbinsight-"
_PEER: Final = "nbinsight.peer"
_BY_PROXY: Final = "nbinsight.by_proxy"
_FORWARDING: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


class Proxies(Protocol):
    """Addresses of proxies that are trusted."""

    def __contains__(self, address: str | None, /) -> bool:
        """Tell whether one is among them."""
        ...


class RemembersPeer:
    """Keeps the address that a connection comes from, before anything takes a header's word for where the client is."""

    def __init__(self, app: ASGIApp, proxies: Proxies = frozenset[str | None]()) -> None:
        """Wrap what reads X-Forwarded-For, and take whose headers of that kind are believed."""
        self._app, self._proxies = app, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        client = scope.get("client")
        peer = client[0] if client else None
        await self._app({**scope, _PEER: peer, _BY_PROXY: peer in self._proxies}, receive, send)


def comes_by_proxy(connection: HTTPConnection) -> bool:
    """Tell whether a proxy sends this whose word on where it comes from is believed."""
    by_proxy: bool = connection.scope.get(_BY_PROXY, False)
    return by_proxy


def credentials_of(connection: HTTPConnection) -> Credentials:
    """Take what a provider of identities may want to see; nothing of it is believed here."""
    names = {name for name in connection.headers if name.startswith(_OURS)}
    headers = {name: tuple(connection.headers.getlist(name)) for name in names}
    sent = connection.headers.getlist("authorization")
    together = ", ".join(sent) if sent else None  # of two, which one a proxy in between has judged nobody knows: they are no token
    return Credentials(together, headers, _peer_of(connection))


def _peer_of(connection: HTTPConnection) -> str | None:
    """Return the connection's own address; None where another server than `nbinsight serve` may have replaced it by what a client said."""
    if _PEER in connection.scope:
        peer: str | None = connection.scope[_PEER]
        return peer
    return None if connection.client is None or "x-forwarded-for" in connection.headers else connection.client.host


def is_from_this_machine(connection: HTTPConnection) -> bool:
    """Tell whether a program on this machine asks, by itself: a proxy here says for whom it asks, whoever that is."""
    peer = _peer_of(connection)
    return peer is not None and _is_loopback(peer) and not any(name in connection.headers for name in _FORWARDING)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def is_of_another_site(connection: HTTPConnection, origins: frozenset[str]) -> bool:
    """Tell whether a page of an origin that is neither the server's own nor one of these sends this; programs send no origin."""
    origin = connection.headers.get("origin")
    if origin is None or origin in origins:
        return False
    sent_from, port = urlsplit(origin), _DEFAULT_PORTS.get(urlsplit(origin).scheme, "")
    return not sent_from.netloc or sent_from.netloc.removesuffix(port) != connection.headers.get("host", "").removesuffix(port)
