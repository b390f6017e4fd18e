"""The providers of identities that the settings ask for, in the order in which they are tried; each is off until it is configured."""

import time
from collections.abc import Callable
from datetime import datetime

from server.auth.credentials import IdentityProvider
from server.auth.foreign import ForeignUsers
from server.auth.providers.gateway import GatewayHeaders
from server.auth.providers.jupyterhub import HubTokens
from server.auth.providers.jwt import Jwts, Trusted
from server.auth.providers.key_sets import KeySet, fetcher
from server.auth.sealing import Sealer
from server.config import Settings


def providers_of(settings: Settings, users: ForeignUsers, key: bytes, clock: Callable[[], datetime]) -> tuple[IdentityProvider, ...]:
    """Make the providers beside access tokens of ours; nothing is fetched yet."""
    found: list[IdentityProvider] = []
    if settings.issuers:
        trusted = [Trusted(issuer, KeySet(issuer.name, fetcher(issuer), time.monotonic)) for issuer in settings.issuers]
        found.append(Jwts(trusted, users, clock))
    if settings.hub_api_url is not None:
        found.append(HubTokens(settings.hub_api_url, settings.hub_service, users, Sealer(key), clock))
    if settings.gateway_secret is not None:
        found.append(GatewayHeaders(settings.gateway_secret.get_secret_value(), settings.gateway_networks, users, clock))
    return tuple(found)
