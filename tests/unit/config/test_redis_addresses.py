"""Addresses of Redis and Valkey reach the client with the host and the password that they have."""

import asyncio
from typing import Any

import pytest

from server.config import redis_address
from server.http.rates import Rates
from server.queues.opening import open_queue


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("redis://valkey:6379", "redis://valkey:6379"),
        ("rediss://valkey:valkey@valkey:6379/1", "rediss://valkey:valkey@valkey:6379/1"),
        ("valkey://valkey:6379", "redis://valkey:6379"),
        ("valkeys://:redis@valkey", "rediss://:redis@valkey"),
        ("redis+unix:///run/valkey.sock", "redis+unix:///run/valkey.sock"),
    ],
)
def test_nothing_changes_but_the_scheme(written: str, read: str) -> None:
    assert redis_address(written) == read


@pytest.mark.parametrize("scheme", ["redis", "valkey"])
async def test_a_host_called_valkey_is_the_one_that_is_connected_to(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the usual name of the service in Compose and Kubernetes."""
    hosts: list[str] = []

    async def connect(*, host: str, **_: Any) -> None:  # noqa: ANN401  as asyncio has it
        hosts.append(host)
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio, "open_connection", connect)
    queue = open_queue(f"{scheme}://valkey:6379", version="1", most_waiting=1)
    with pytest.raises(OSError, match="cannot be reached"):
        await queue.check()
    await queue.close()
    assert set(hosts) == {"valkey"}
    hosts.clear()
    rates = Rates("100/hour", side_by_side=1, redis_url=f"{scheme}://valkey:6379")
    await rates.charge("me", 1)
    await rates.close()
    assert set(hosts) == {"valkey"}
