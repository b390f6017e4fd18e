"""Keys that a provider changes, and a provider that is away."""

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.listening import calling
from tests.fixtures.running import VIEWER, Running, serving
from tests.identity.conftest import issuers, trusted
from tests.identity.providers import Provider, provider

PAUSE_SECONDS = 5


@pytest.fixture
def alone(node: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with provider(node) as running:
        running.person("ana-1", preferred_username="ana")
        yield running


@pytest.fixture
def server(alone: Provider, tmp_path: Path) -> Iterator[Running]:
    """A server that believes it, and has not seen its keys."""
    with serving(cwd=tmp_path, NBINSIGHT_ISSUERS=issuers(trusted("corp", alone)), NBINSIGHT_LIVE_CHECK_SECONDS="0.2") as running:
        yield running


def status(server: Running, token: str) -> int:
    return server.post(VIEWER, token).status_code


def claims_of(alone: Provider) -> dict[str, Any]:
    return {"iss": alone.issuer, "aud": alone.audience, "sub": "ana-1", "exp": int(time.time()) + 300}


def test_a_new_key_is_known_within_five_seconds_and_a_removed_one_no_longer(server: Running, alone: Provider) -> None:
    assert server.login(alone.token("ana-1")) == "ana"
    fetched_at, old = time.monotonic(), alone.token("ana-1")
    alone.control("rotate")
    new = alone.token("ana-1")
    while status(server, new) != 200:
        assert time.monotonic() - fetched_at < PAUSE_SECONDS + 1
        time.sleep(0.1)
    assert server.login(old) == "ana", "both keys are shown"
    assert alone.fetches() == 2
    fetched_at, unseen = time.monotonic(), alone.sign(**claims_of(alone))
    alone.control("rotate")
    alone.control("forget")
    newest = alone.token("ana-1")
    while status(server, newest) != 200:
        assert time.monotonic() - fetched_at < PAUSE_SECONDS + 1
        time.sleep(0.1)
    assert alone.fetches() == 3
    assert status(server, unseen) == 401, "its key was shown and is gone"


def test_a_flood_of_unknown_keys_asks_the_provider_once_in_five_seconds(server: Running, alone: Provider) -> None:
    assert server.login(alone.token("ana-1")) == "ana"
    flood = [alone.sign(header={"kid": secrets.token_hex(8)}, **claims_of(alone)) for _ in range(100)]
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda token: status(server, token), flood)) == {401}
    taken = time.monotonic() - begun
    assert alone.fetches() <= 2 + taken // PAUSE_SECONDS


def test_a_provider_that_is_away_is_not_needed_for_keys_that_are_known(server: Running, alone: Provider) -> None:
    first, second = alone.token("ana-1"), alone.token("ana-1")
    assert server.login(first) == "ana"
    alone.control("away", away=True)
    assert server.login(second) == "ana"


def test_where_no_key_was_ever_had_the_answer_is_to_come_back(server: Running, alone: Provider) -> None:
    token = alone.token("ana-1")
    alone.control("away", away=True)
    answer = server.post(VIEWER, token)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert server.login(server.token) == "admin", "tokens of ours need nobody"
    alone.control("away", away=False)
    begun = time.monotonic()
    while status(server, token) != 200:
        assert time.monotonic() - begun < PAUSE_SECONDS + 1
        time.sleep(0.1)


async def test_a_socket_closes_when_its_token_ends(server: Running, alone: Provider) -> None:
    token = alone.sign(**claims_of(alone) | {"exp": int(time.time()) - 27})
    address = server.address.removeprefix("http://").removesuffix("/graphql")
    async with calling(address) as line:
        await line.init(f"Bearer {token}")
        assert await line.closed() == (4403, "Forbidden")
