"""What an operator may choose."""

from server.config.issuers import Issuer, reached_safely
from server.config.settings import LOOPBACK, REMOTE_STORES, SECRETS, Settings, load_settings, origins_of
from server.config.shown import without_passwords

__all__ = [
    "LOOPBACK",
    "REMOTE_STORES",
    "SECRETS",
    "Issuer",
    "Settings",
    "load_settings",
    "origins_of",
    "reached_safely",
    "without_passwords",
]
