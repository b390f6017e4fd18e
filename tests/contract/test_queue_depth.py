"""How many renderings wait, as scrapes ask: over connections that stay, of which nothing is left in the end."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from server.app import queue_depth
from server.config import load_settings
from server.domain.errors import RenderPending
from server.http.metrics import Sampled
from server.queues.opening import open_queue
from server.render.keys import renderer_version
from tests.fixtures.queues import JOB
from tests.fixtures.valkey import queue_url, valkey_address

__all__ = ["queue_url", "valkey_address"]


def connections(queue_url: str) -> set[int]:
    """Return the connections to a queue but for the one that asks, by number."""
    if queue_url.startswith("postgresql"):
        there = (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND client_port IS NOT NULL"
        )
        with psycopg.connect(queue_url) as connection:
            return {row[0] for row in connection.execute(there)}
    with Redis.from_url(queue_url, decode_responses=True) as valkey:
        return {int(client["id"]) for client in valkey.client_list()} - {valkey.client_id()}


def depth(sampled: Sampled) -> list[float]:
    """Scrape."""
    return [sample.value for family in sampled.collect() for sample in family.samples]


async def _hand_over(queue_url: str) -> None:
    queue = open_queue(queue_url, version=renderer_version(), most_waiting=1)
    with pytest.raises(RenderPending):
        await queue.make(JOB, 1)
    await queue.close()


def test_scrapes_ask_over_connections_that_stay_until_the_end(queue_url: str, tmp_path: Path) -> None:
    before = connections(queue_url)
    sampled = queue_depth(load_settings(data_dir=str(tmp_path), queue_url=queue_url))
    assert sampled is not None
    assert depth(sampled) == [0]
    kept = connections(queue_url) - before
    assert kept
    asyncio.run(_hand_over(queue_url))
    assert depth(sampled) == [1]
    assert connections(queue_url) - before == kept, "it asks over the same ones"
    sampled.close()
    assert not kept & connections(queue_url)
    assert depth(sampled) == []
    sampled.close()


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1", "postgresql://someone@127.0.0.1:1/nowhere"])
async def test_nothing_is_left_of_a_queue_that_could_not_be_reached(url: str) -> None:
    before = asyncio.all_tasks()
    queue = open_queue(url, version="1", most_waiting=1)
    with pytest.raises(OSError, match="cannot be reached"):
        await queue.check()
    await queue.close()
    assert asyncio.all_tasks() == before
