"""What every queue of renderings promises, on a real Valkey and a real PostgreSQL."""

import asyncio
from time import monotonic

import pytest

from server.domain.errors import RenderFailed, RenderPending, RenderTimeout
from server.domain.rendering import RenderJob
from server.queues.opening import open_queue
from tests.fixtures.queues import JOB, OTHER, SECONDS, Open, opened, working
from tests.fixtures.valkey import queue_url, valkey_address

__all__ = ["opened", "queue_url", "valkey_address"]


async def test_a_job_says_what_is_to_be_rendered_and_is_done_once_whoever_asks(opened: Open) -> None:
    done: list[RenderJob] = []

    async def make(job: RenderJob) -> None:
        await asyncio.sleep(0.3)
        done.append(job)

    servers = [opened() for _ in range(3)]
    async with working(opened(), make), working(opened(), make):
        await asyncio.gather(*(server.make(JOB, SECONDS) for server in servers))
    assert done == [JOB]


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


async def test_workers_of_another_version_leave_a_job_alone(opened: Open) -> None:
    async def make(job: RenderJob) -> None:
        raise AssertionError(job)

    server = opened(version="2")
    async with working(opened(version="1"), make):
        with pytest.raises(RenderPending):
            await server.make(JOB, 2)
    assert await server.depth() == 1


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
