"""What an operator may choose."""

from server.config.addresses import ESCAPED, redis_address, scheme_of, unreadable
from server.config.issuers import Issuer, reached_safely
from server.config.settings import LOOPBACK, REMOTE_STORES, SECRETS, TARGET, Settings, load_settings, origins_of, read_target
from server.config.shown import without_secrets

__all__ = [
    "ESCAPED",
    "LOOPBACK",
    "REMOTE_STORES",
    "SECRETS",
    "TARGET",
    "Issuer",
    "Settings",
    "load_settings",
    "origins_of",
    "reached_safely",
    "read_target",
    "redis_address",
    "scheme_of",
    "unreadable",
    "without_secrets",
]
