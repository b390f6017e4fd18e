"""Addresses with names and passwords in them, as operators write them."""

from typing import Final
from urllib.parse import urlsplit

_REDIS: Final = ("redis", "rediss", "redis+unix", "valkey", "valkeys", "valkey+unix")
ESCAPED: Final = "in names and passwords, write @ : / ? # as %40 %3A %2F %3F %23, and % as %25, a space as %20."


def scheme_of(url: str, setting: str) -> str:
    """Return how an address begins; raises ValueError, with nothing secret, where it cannot be read as one.

    One with a sign in its password that was to be escaped would be cut there, and shown with the half that follows.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # its text may repeat a part of the password
        raise unreadable(setting) from None
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise unreadable(setting)
    return parts.scheme


def redis_address(url: str, setting: str) -> str:
    """Return an address that begins as redis-py knows it: `valkey://…` and `valkeys://…` become `redis://…` and `rediss://…`.

    Raises ValueError, with nothing secret, where it cannot be read, or is of something else.
    """
    scheme = scheme_of(url, setting)
    if scheme not in _REDIS:
        msg = f"The address in {setting} is of no Redis or Valkey: it begins with `redis://`, `rediss://`, `valkey://` or `valkeys://`."
        raise ValueError(msg)
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise unreadable(setting) from None
    return scheme.replace("valkey", "redis") + url[len(scheme) :]


def unreadable(setting: str) -> ValueError:
    """Return what to raise for an address that cannot be read as one; it repeats nothing."""
    return ValueError(f"The address in {setting} cannot be read: {ESCAPED}")
