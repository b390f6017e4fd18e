"""What an operator may choose."""

from server.config.issuers import Issuer, reached_safely
from server.config.redis_addresses import redis_address
from server.config.settings import LOOPBACK, REMOTE_STORES, SECRETS, TARGET, Settings, load_settings, origins_of, read_target
from server.config.shown import without_secrets

__all__ = [
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
    "without_secrets",
]
