"""`nbinsight doctor` on what processes share: the queue and its workers, and the Redis that counts rates."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from redis import Redis
from typer.testing import Result

from server.domain.rendering import RenderJob
from server.queues.opening import open_queue
from server.render.keys import renderer_version
from tests.fixtures.queues import working
from tests.fixtures.valkey import queue_url, valkey_address
from tests.integration.cli.test_doctor import NO_BUNDLE, checks

__all__ = ["queue_url", "valkey_address"]

Invoke = Callable[..., Result]
ALONE = "answers, but no worker of this version is there: nothing new is rendered until `nbinsight worker` starts"


def shown(url: str) -> str:
    """Write an address as it may be shown."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{'***@' if '@' in rest else ''}{rest.rpartition('@')[2]}"


def kept_in(url: str) -> list[str]:
    """Return what there is in a queue's server: tables, or keys."""
    if url.startswith("postgresql"):
        with psycopg.connect(url) as connection:
            return [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    with cast("Any", Redis).from_url(url) as valkey:  # its types are not all known
        return [str(key) for key in valkey.scan_iter()]


def test_a_queue_without_a_worker_is_told_so_and_nothing_is_made_in_it(invoke: Invoke, tmp_path: Path, queue_url: str) -> None:
    done = invoke("doctor", NBINSIGHT_QUEUE_URL=queue_url, **NO_BUNDLE)
    assert checks(done)["queue"] == f"ok: {shown(queue_url)} {ALONE}"
    assert (done.exit_code, done.stderr) == (0, "")
    assert kept_in(queue_url) == []
    assert list(tmp_path.iterdir()) == []


async def test_a_worker_is_seen_while_it_works_and_those_of_another_version_are_not(invoke: Invoke, queue_url: str) -> None:
    async def make(job: RenderJob) -> None:
        raise AssertionError(job)

    async def found() -> str:
        return checks(await asyncio.to_thread(invoke, "doctor", NBINSIGHT_QUEUE_URL=queue_url, **NO_BUNDLE))["queue"]

    other, ours = (open_queue(queue_url, version=version, most_waiting=1) for version in ("other", renderer_version()))
    async with working(other, make):
        for _ in range(300):
            if await other.workers():
                break
            await asyncio.sleep(0.1)
        else:
            pytest.fail("the other worker does not say that it is there")
        assert await found() == f"ok: {shown(queue_url)} {ALONE}"
        async with working(ours, make):
            assert await found() == f"ok: {shown(queue_url)} answers, with 1 worker of this version"
    for queue in (other, ours):
        await queue.close()


def test_a_redis_that_counts_rates_is_asked(invoke: Invoke, valkey_address: str) -> None:
    done = invoke("doctor", NBINSIGHT_REDIS_URL=valkey_address, **NO_BUNDLE)
    assert (done.exit_code, done.stderr) == (0, "")
    assert checks(done)["shared rates"] == f"ok: {shown(valkey_address)} answers"


def test_what_is_not_set_is_not_spoken_of(invoke: Invoke) -> None:
    assert not {"queue", "shared rates"} & checks(invoke("doctor", **NO_BUNDLE)).keys()


@pytest.mark.parametrize("scheme", ["redis", "postgresql"])
def test_what_listens_and_does_not_answer_is_given_up_without_its_password(invoke: Invoke, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        given = {"NBINSIGHT_QUEUE_URL": f"{scheme}://u:hidden@{address}/0", "NBINSIGHT_REDIS_URL": f"redis://u:hidden@{address}/0"}
        done = invoke("doctor", **given, **NO_BUNDLE)
    found = checks(done)
    asked = f"{scheme}://***@{address}/0. Look whether it runs."
    assert found["queue"] == f"WRONG: The queue of renderings cannot be reached (TimeoutError): {asked}"
    assert found["shared rates"].startswith(
        "WRONG: The Redis that counts rates cannot be reached (TimeoutError), so that each process counts "
    )
    assert found["shared rates"].endswith(f"alone: redis://***@{address}/0. Look whether it runs.")
    assert done.exit_code == 1
    assert "hidden" not in done.output


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"NBINSIGHT_QUEUE_URL": "redis://u:hidden@127.0.0.1:9"}, "queue: The queue of renderings cannot be reached (ConnectionError): "),
        ({"NBINSIGHT_QUEUE_URL": "postgresql://u:hidden@127.0.0.1:9/x"}, "queue: The queue of renderings cannot be reached (OperationalE"),
        ({"NBINSIGHT_QUEUE_URL": "amqp://u:hidden@127.0.0.1:9"}, "queue: There is no queue for addresses that start with 'amqp': "),
        ({"NBINSIGHT_REDIS_URL": "redis://u:hidden@127.0.0.1:9"}, "shared rates: The Redis that counts rates cannot be reached (Connect"),
        ({"NBINSIGHT_REDIS_URL": "amqp://u:hidden@127.0.0.1:9"}, "shared rates: The address in NBINSIGHT_REDIS_URL is of no Redis or Va"),
    ],
)
def test_what_cannot_be_reached_is_wrong_without_its_password(invoke: Invoke, given: dict[str, str], said: str) -> None:
    done = invoke("doctor", **given, **NO_BUNDLE)
    assert f"  WRONG {said}" in done.stdout
    assert (done.exit_code, done.stderr) == (1, "nbinsight: 1 of 9 checks found something wrong.\n")
    assert "hidden" not in done.output
