"""What every queue of renderings promises, on a real Valkey and a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis
from saq import Job, Status

from server.domain.errors import RenderFailed, RenderPending, RenderTimeout
from server.domain.rendering import RenderJob
from server.queues import saq
from server.queues.opening import open_queue
from server.queues.port import Make, RenderQueue
from tests.fixtures.breaking import Fault, breakable
from tests.fixtures.valkey import queue_url, valkey_address

__all__ = ["queue_url", "valkey_address"]

JOB = RenderJob("a" * 64, "b" * 64, "HTML", show_code=True, profile="STATIC", scope="project")
OTHER = replace(JOB, key="c" * 64)
SECONDS = 30.0
"""More than anything here takes, and less than a test may."""

Open = Callable[..., RenderQueue]


@pytest.fixture
async def opened(queue_url: str) -> AsyncIterator[Open]:
    """Opens it, as many servers and workers do."""
    queues: list[RenderQueue] = []

    def open_one(*, version: str = "1", most_waiting: int = 32) -> RenderQueue:
        queues.append(open_queue(queue_url, version=version, most_waiting=most_waiting))
        return queues[-1]

    yield open_one
    for queue in queues:
        await queue.close()


@asynccontextmanager
async def working(queue: RenderQueue, make: Make, side_by_side: int = 2) -> AsyncIterator[None]:
    """Have a worker in this process."""
    task = asyncio.create_task(queue.work(make, side_by_side))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_job_says_what_is_to_be_rendered_and_is_done_once_whoever_asks(opened: Open) -> None:
    done: list[RenderJob] = []

    async def make(job: RenderJob) -> None:
        await asyncio.sleep(0.3)
        done.append(job)

    servers = [opened() for _ in range(3)]
    async with working(opened(), make), working(opened(), make):
        await asyncio.gather(*(server.make(JOB, SECONDS) for server in servers))
    assert done == [JOB]


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


async def test_a_job_that_is_done_can_be_asked_for_again(opened: Open) -> None:
    """Its bytes may have been lost since."""
    count = 0

    async def make(job: RenderJob) -> None:
        nonlocal count
        del job
        count += 1

    server = opened()
    async with working(opened(), make):
        await server.make(JOB, SECONDS)
        await asyncio.sleep(1.1)  # PostgreSQL's queue counts whole seconds
        await server.make(JOB, SECONDS)
    assert count == 2


@pytest.mark.parametrize("error", [RenderFailed("No. Cell 3.", lasts_seconds=60), RenderTimeout("Too long.", lasts_seconds=None)])
async def test_why_there_is_no_rendering_reaches_whoever_asked(opened: Open, error: RenderFailed | RenderTimeout) -> None:
    tries = 0

    async def make(job: RenderJob) -> None:
        nonlocal tries
        del job
        tries += 1
        raise error

    server = opened()
    async with working(opened(), make):
        with pytest.raises(type(error)) as caught:
            await server.make(JOB, SECONDS)
    assert (caught.value.message, caught.value.lasts_seconds) == (error.message, error.lasts_seconds)
    assert tries == 1


async def test_whoever_waits_too_long_is_told_to_come_back_and_the_job_goes_on(opened: Open) -> None:
    may_end, count = asyncio.Event(), 0

    async def make(job: RenderJob) -> None:
        nonlocal count
        del job
        count += 1
        await may_end.wait()

    server = opened()
    async with working(opened(), make):
        with pytest.raises(RenderPending) as caught:
            await server.make(JOB, 2)
        again = asyncio.create_task(server.make(JOB, SECONDS))
        await asyncio.sleep(0.5)
        may_end.set()
        await again
    assert caught.value.retry_after_seconds == 1
    assert count == 1


async def test_without_a_worker_a_job_waits_for_one(opened: Open) -> None:
    server, done = opened(), asyncio.Event()

    async def make(job: RenderJob) -> None:
        assert job == JOB
        done.set()

    with pytest.raises(RenderPending):
        await server.make(JOB, 1)
    assert await server.depth() == 1
    async with working(opened(), make):
        async with asyncio.timeout(SECONDS):
            await done.wait()
        await server.make(JOB, SECONDS)
    assert await server.depth() == 0


async def test_a_full_queue_takes_no_more_and_says_so_at_once(opened: Open) -> None:
    server = opened(most_waiting=1)
    with pytest.raises(RenderPending):
        await server.make(JOB, 1)
    before = monotonic()
    with pytest.raises(RenderPending):
        await server.make(OTHER, SECONDS)
    assert monotonic() - before < SECONDS / 2, "it did not wait for its turn"
    assert await server.depth() == 1


async def test_a_full_queue_lets_those_wait_whose_job_is_in_it(opened: Open) -> None:
    done: list[RenderJob] = []

    async def make(job: RenderJob) -> None:
        done.append(job)

    server = opened(most_waiting=1)
    with pytest.raises(RenderPending):
        await server.make(JOB, 1)
    again = asyncio.create_task(server.make(JOB, SECONDS))
    await asyncio.sleep(1)  # until it has met the full queue
    assert not again.done()
    async with working(opened(), make):
        await again
    assert done == [JOB]


async def test_a_worker_whose_redis_vanished_without_a_word_takes_jobs_of_the_one_that_is_back(
    valkey_address: str, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[RenderJob] = []

    async def make(job: RenderJob) -> None:
        done.append(job)

    with Redis.from_url(valkey_address) as valkey:
        valkey.flushall()
    there = urlsplit(valkey_address)
    with breakable(partial(asyncio.open_connection, there.hostname, there.port)) as wire:
        server = open_queue(valkey_address, version="1", most_waiting=32)
        worker = open_queue(f"redis://127.0.0.1:{wire.port}", version="1", most_waiting=32)
        try:
            async with working(worker, make):
                await server.make(JOB, SECONDS)
                wire.suffer(Fault.FORGET)
                await asyncio.sleep(1.5)  # Valkey would still give the next one to who asked last
                await server.make(OTHER, SECONDS)
        finally:
            await server.close()
            await worker.close()
    assert done == [JOB, OTHER]
    assert [record.message for record in caplog.records if "queue" in record.message] == [
        "the queue of renderings cannot be reached: TimeoutError",
        "the queue of renderings is back",
    ]


async def test_workers_of_another_version_leave_a_job_alone(opened: Open) -> None:
    async def make(job: RenderJob) -> None:
        raise AssertionError(job)

    server = opened(version="2")
    async with working(opened(version="1"), make):
        with pytest.raises(RenderPending):
            await server.make(JOB, 2)
    assert await server.depth() == 1


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


@pytest.mark.parametrize("url", ["redis://:secret@127.0.0.1:1/0", "postgresql://someone:secret@127.0.0.1:1/nowhere"])
async def test_a_queue_that_is_away_is_said_to_be_away_without_its_password(url: str, caplog: pytest.LogCaptureFixture) -> None:
    queue = open_queue(url, version="1", most_waiting=32)
    with pytest.raises(OSError, match="cannot be reached") as caught:
        await queue.check()
    with pytest.raises(RenderPending) as pending:
        await queue.make(JOB, SECONDS)
    await queue.close()
    assert pending.value.retry_after_seconds == 5
    assert "secret" not in str(caught.value) + caplog.text
    assert "could not be handed over" in caplog.text


@pytest.mark.parametrize("url", ["amqp://user:secret@example.org", "", "sqlite:///queue.db"])
def test_an_address_of_no_queue_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="NBINSIGHT_QUEUE_URL") as caught:
        open_queue(url, version="1", most_waiting=32)
    assert "secret" not in str(caught.value)
