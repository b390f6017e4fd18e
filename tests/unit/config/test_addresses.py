"""Addresses of Redis and Valkey reach the client with the host and the password that they have, or are refused without it."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import ConnectionPool

from server.config import redis_address
from server.http.rates import Rates
from server.queues.opening import open_queue
from server.stores.opening import open_store

UNREADABLE = (
    "The address in {} cannot be read: in names and passwords, write @ : / ? # as %40 %3A %2F %3F %23, and % as %25, a space as %20."
)


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
    assert redis_address(written, "NBINSIGHT_REDIS_URL") == read


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


HALVES = ("ab/cd", "12/34", "12?34", "12#34", "ab?cd", "ab#cd", "ab[cd", "[ab]cd")
"""Passwords with a sign that was to be escaped; before some of them, there is what could be a port."""


@pytest.mark.parametrize("password", HALVES)
@pytest.mark.parametrize("scheme", ["redis", "rediss", "valkey", "postgresql"])
def test_a_queue_whose_password_is_not_escaped_is_refused_without_a_word_of_it(scheme: str, password: str) -> None:
    with pytest.raises(ValueError, match="write @ : / ") as caught:
        open_queue(f"{scheme}://:{password}@queue", version="1", most_waiting=1)
    assert str(caught.value) == UNREADABLE.format("NBINSIGHT_QUEUE_URL")


@pytest.mark.parametrize("password", ["100%", "ab%cd", "ab cd", "ab@cd"])
def test_a_queue_in_postgresql_whose_password_libpq_would_quote_or_cut_is_refused_without_a_word_of_it(password: str) -> None:
    with pytest.raises(ValueError, match="write @ : / ") as caught:
        open_queue(f"postgresql://ada:{password}@queue/jobs", version="1", most_waiting=1)
    assert str(caught.value) == UNREADABLE.format("NBINSIGHT_QUEUE_URL")


@pytest.mark.parametrize("url", ["s3://key:cd\u2100@bucket", "file://cd\u2100/x", "s3://[cd"])
def test_a_store_whose_address_cannot_be_read_is_refused_without_a_word_of_it(url: str) -> None:
    with pytest.raises(ValueError, match="write @ : / ") as caught:
        open_store(url)
    assert str(caught.value) == UNREADABLE.format("NBINSIGHT_STORE_URL")


@pytest.mark.parametrize("password", HALVES)
@pytest.mark.parametrize("scheme", ["redis", "valkeys"])
def test_a_count_of_rates_whose_password_is_not_escaped_is_refused_without_a_word_of_it(scheme: str, password: str) -> None:
    with pytest.raises(ValueError, match="write @ : / ") as caught:
        Rates("100/hour", side_by_side=1, redis_url=f"{scheme}://:{password}@counts")
    assert str(caught.value) == UNREADABLE.format("NBINSIGHT_REDIS_URL")


def test_an_escaped_password_reaches_the_client_whole() -> None:
    written = "redis://:ab%2Fcd%40ef@queue:6379/1"
    assert ConnectionPool.from_url(redis_address(written, "NBINSIGHT_REDIS_URL")).connection_kwargs["password"] == "ab/cd@ef"


@pytest.mark.parametrize("written", ["postgresql://u:hidden@h/x", "http://:hidden@h", "h:6379"])
def test_an_address_of_something_else_is_refused_as_that(written: str) -> None:
    with pytest.raises(ValueError, match="The address in NBINSIGHT_REDIS_URL is of no Redis or Valkey") as caught:
        redis_address(written, "NBINSIGHT_REDIS_URL")
    assert "hidden" not in str(caught.value)
