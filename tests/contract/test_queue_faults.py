"""What a queue does when workers end or fall silent, and when what they need is away."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis
from saq import Job, Status
from saq.queue.postgres import PostgresQueue
from saq.queue.redis import RedisQueue

from server.domain.errors import RenderFailed, RenderPending
from server.domain.rendering import RenderJob
from server.queues import saq
from server.queues.kinds import CALL_SECONDS, queue_at
from server.queues.opening import open_queue
from tests.fixtures.breaking import Fault, Wire, breakable
from tests.fixtures.databases import Postgres
from tests.fixtures.queues import JOB, OTHER, SECONDS, Open, opened, working
from tests.fixtures.valkey import queue_url, valkey_address

__all__ = ["opened", "queue_url", "valkey_address"]

NO_SCRIPT = "no matching script"


async def test_a_job_is_not_given_out_again_between_being_taken_and_being_marked_as_taken(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers look each two seconds at what is being done; this one needs longer to say that it has begun."""
    update, count = Job.update, 0

    async def update_late(job: Job, **kwargs: Any) -> None:  # noqa: ANN401  as SAQ has it
        if kwargs.get("status") is Status.ACTIVE:
            await asyncio.sleep(5)
        await update(job, **kwargs)

    async def make(job: RenderJob) -> None:
        nonlocal count
        del job
        count += 1

    monkeypatch.setattr(Job, "update", update_late)
    server = opened()
    async with working(opened(), make), working(opened(), make):
        await server.make(JOB, SECONDS)
        await asyncio.sleep(3)  # what was given out a second time would come now
    assert count == 1


async def test_a_job_taken_from_a_silent_worker_that_lives_after_all_is_no_failure(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told to give up, and the job is there again a moment later."""
    update, tries = Job.update, 0

    async def update_unheard(job: Job, **kwargs: Any) -> None:  # noqa: ANN401  as SAQ has it
        if tries != 1 or "status" in kwargs:
            await update(job, **kwargs)

    async def make(job: RenderJob) -> None:
        nonlocal tries
        del job
        tries += 1
        if tries == 1:
            await asyncio.sleep(SECONDS)

    monkeypatch.setattr(Job, "update", update_unheard)
    server = opened()
    async with working(opened(), make), working(opened(), make):
        await server.make(JOB, SECONDS)
    assert tries == 2


async def test_a_job_whose_worker_ended_before_it_was_marked_as_taken_is_given_to_another(opened: Open, queue_url: str) -> None:
    if queue_url.startswith("postgresql"):
        pytest.skip("there a job is taken and marked by one commit")
    server, done = opened(), asyncio.Event()

    async def make(job: RenderJob) -> None:
        assert job == JOB
        done.set()

    with pytest.raises(RenderPending):
        await server.make(JOB, 1)
    with Redis.from_url(queue_url, decode_responses=True) as valkey:
        [queued] = valkey.keys("saq:*:queued")
        assert valkey.lmove(queued, queued.replace("queued", "active")) is not None
    async with working(opened(), make), working(opened(), make):
        async with asyncio.timeout(SECONDS):
            await done.wait()
        await server.make(JOB, SECONDS)


@contextmanager
def behind_a_wire(queue_url: str, request: pytest.FixtureRequest) -> Generator[tuple[Wire, str]]:
    """Lay a wire to a queue; give it and the queue's address through it."""
    there = urlsplit(queue_url)
    if queue_url.startswith("postgresql"):
        postgres: Postgres = request.getfixturevalue("postgres")
        with breakable(partial(asyncio.open_unix_connection, str(postgres.socket))) as wire:
            yield wire, f"postgresql://postgres@127.0.0.1:{wire.port}{there.path}"
    else:
        with breakable(partial(asyncio.open_connection, there.hostname, there.port)) as wire:
            yield wire, f"redis://127.0.0.1:{wire.port}"


@pytest.mark.parametrize("befall", [[Fault.FORGET], [Fault.STALL, Fault.FORGET]])
async def test_a_worker_whose_queue_vanished_without_a_word_takes_jobs_of_the_one_that_is_back(
    queue_url: str, befall: list[Fault], caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    done: list[RenderJob] = []

    async def make(job: RenderJob) -> None:
        done.append(job)

    with behind_a_wire(queue_url, request) as (wire, address):
        server, worker = (open_queue(url, version="1", most_waiting=32) for url in (queue_url, address))
        try:
            async with working(worker, make):
                await server.make(JOB, SECONDS)
                for fault in befall:
                    wire.suffer(fault)
                    await asyncio.sleep(5 if fault is Fault.STALL else 1.5)  # Valkey would still give the next one to who asked last
                await server.make(OTHER, SECONDS)
        finally:
            await server.close()
            await worker.close()
    assert done == [JOB, OTHER]
    if queue_url.startswith("redis"):
        assert [record.message for record in caplog.records if "queue" in record.message] == [
            "the queue of renderings cannot be reached: TimeoutError",
            "the queue of renderings is back",
        ]


async def test_who_asks_a_queue_that_fell_silent_is_told_when_the_time_is_up(queue_url: str, request: pytest.FixtureRequest) -> None:
    with behind_a_wire(queue_url, request) as (wire, address):
        queue = open_queue(address, version="1", most_waiting=32)
        assert await queue.depth() == 0
        wire.suffer(Fault.STALL)
        begun = time.monotonic()
        for ask in (queue.depth, queue.workers):
            with pytest.raises(OSError, match=r".+"):
                await ask()
        assert time.monotonic() - begun < 4 * CALL_SECONDS, "withdrawing what was asked takes psycopg ten seconds"
        await queue.close()


async def test_postgresql_finds_out_soon_that_a_worker_vanished_with_its_machine(postgresql_url: str) -> None:
    """By TCP's own means, two hours later, it would keep the lock that lets one worker give out again what another had in hand."""
    set_here = "SELECT name FROM pg_settings WHERE name LIKE 'tcp%%' AND source = 'session' ORDER BY name"
    queue = queue_at(postgresql_url, "renderings")
    assert isinstance(queue, PostgresQueue)
    await queue.connect()
    try:
        async with queue.pool.connection() as connection:
            found = [name for (name,) in await (await connection.execute(set_here)).fetchall()]
    finally:
        await queue.disconnect()
    assert found == ["tcp_keepalives_count", "tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_user_timeout"]


async def test_a_sweep_that_fails_is_told(opened: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """What workers lost by ending would stay lost, and nobody would know."""

    swept = asyncio.Event()

    async def sweep(*_: object) -> None:
        swept.set()
        raise LookupError(NO_SCRIPT)

    async def make(job: RenderJob) -> None:
        raise AssertionError(job)

    for kind in (RedisQueue, PostgresQueue):
        monkeypatch.setattr(kind, "sweep", sweep)
    async with working(opened(), make):
        async with asyncio.timeout(SECONDS):
            await swept.wait()
    assert (caplog.records[0].name, caplog.records[0].message) == ("saq", "Upkeep task failed unexpectedly")
    assert NO_SCRIPT in caplog.text


async def test_a_sign_of_life_that_fails_is_told_and_the_next_one_is_given(
    opened: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    update, signs, given = Job.update, 0, asyncio.Event()

    async def update_badly(job: Job, **kwargs: Any) -> None:  # noqa: ANN401  as SAQ has it
        nonlocal signs
        if "status" not in kwargs:
            signs += 1
            if signs == 1:
                raise LookupError(NO_SCRIPT)
        await update(job, **kwargs)
        if "status" not in kwargs:
            given.set()

    async def make(job: RenderJob) -> None:
        del job
        await given.wait()

    monkeypatch.setattr(Job, "update", update_badly)
    server = opened()
    async with working(opened(), make):
        await server.make(JOB, SECONDS)
    assert [record.message for record in caplog.records] == ["a sign of life could not be given"]
    assert NO_SCRIPT in caplog.text


async def test_what_a_store_or_database_that_is_away_keeps_from_being_made_is_pending_and_made_once_it_is_back(
    opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    is_away, tries = True, 0

    async def make(job: RenderJob) -> None:
        nonlocal tries
        del job
        tries += 1
        if is_away:
            raise OSError(28, "No space left on device")

    server = opened()
    async with working(opened(), make):
        with pytest.raises(RenderPending) as caught:
            await server.make(JOB, SECONDS)
        assert caught.value.retry_after_seconds == 5
        assert tries == 3
        again, last = "it is tried again", "it was the last try"
        assert [record.message.partition("; ")[2] for record in caplog.records] == [again, again, last]
        assert [record.exc_info is None for record in caplog.records] == [True, True, False], "one traceback, where it is given up"
        assert [record.__dict__["rendering"] for record in caplog.records] == [JOB.key] * 3
        is_away = False
        await asyncio.sleep(1.1)  # PostgreSQL's queue counts whole seconds
        await server.make(JOB, SECONDS)
    assert tries == 4


async def test_a_trouble_of_a_moment_is_sat_out(opened: Open) -> None:
    begun, tries, is_away = asyncio.Event(), 0, True

    async def make(job: RenderJob) -> None:
        nonlocal tries
        del job
        tries += 1
        begun.set()
        if is_away:
            raise OSError(111, "Connection refused")

    server = opened()
    async with working(opened(), make):
        asked = asyncio.create_task(server.make(JOB, SECONDS))
        await begun.wait()
        await asyncio.sleep(0.5)
        is_away = False
        await asked
    assert tries == 2


async def test_what_brings_down_as_many_workers_as_it_may_is_said_to_fail(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may one here, which falls silent in the middle of it."""
    update, tries = Job.update, 0

    async def update_unheard(job: Job, **kwargs: Any) -> None:  # noqa: ANN401  as SAQ has it
        if "status" in kwargs:
            await update(job, **kwargs)

    async def make(job: RenderJob) -> None:
        nonlocal tries
        del job
        tries += 1
        await asyncio.sleep(2 * SECONDS)

    monkeypatch.setattr(saq, "_TRIES", 1)
    monkeypatch.setattr(Job, "update", update_unheard)
    server = opened()
    async with working(opened(), make), working(opened(), make):
        with pytest.raises(RenderFailed, match="ended unexpectedly") as caught:
            await server.make(JOB, SECONDS)
    assert tries == 1
    assert caught.value.lasts_seconds == 60
