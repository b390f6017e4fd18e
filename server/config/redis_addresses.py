"""Addresses of Redis and Valkey, as operators write them and as redis-py reads them."""

from urllib.parse import urlsplit


def redis_address(url: str) -> str:
    """Return an address that begins as redis-py knows it: `valkey://…` and `valkeys://…` become `redis://…` and `rediss://…`."""
    scheme = urlsplit(url).scheme
    return scheme.replace("valkey", "redis") + url[len(scheme) :]
