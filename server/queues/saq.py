"""A queue of renderings in Redis, Valkey or PostgreSQL, by SAQ.

| who | does |
|---|---|
| a server | puts a job there under its key, which is there once whoever asks; looks how those stand that somebody waits for |
| a worker | takes one, says every two seconds that it is alive, and leaves nothing, or why there is no rendering |
| whichever worker looks first | gives a job whose worker has been silent to another one, a few times |

A rendering that was lost with its worker is made again, and one made twice is the same: it lies under its digest, its record under its key.
"""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Final

from saq import Job, Queue, Status, Worker
from saq.job import TERMINAL_STATUSES
from saq.types import Context

from server.domain.errors import RenderFailed, RenderPending, RenderTimeout
from server.domain.rendering import RenderJob
from server.domain.traces import Traces
from server.queues.kinds import AWAY, CALL_SECONDS, SILENT_SECONDS, TAKE_SECONDS, queue_at
from server.queues.port import Make
from server.queues.told import ToldError, hear_saq

_FUNCTION: Final = "render"
_TRACE: Final = "traceparent"
_LOOK_SECONDS: Final = 0.05
"""How often a server looks how its jobs stand, all in one question and only while somebody waits."""
_ALIVE_SECONDS: Final = 2
_TRIES: Final = 3
"""A rendering that brings down its worker, say for want of memory, is not tried for ever."""
_AGAIN_SECONDS: Final = 2
"""When a worker tries again what a store or a database did not let it make or keep: such troubles often last no longer."""
_KEPT_SECONDS: Final = 60
"""How long a finished job can be looked at by those who waited for it."""
_GRACE_SECONDS: Final = 30
_CRASHED: Final = "The workers that rendered this notebook ended unexpectedly, most likely for want of memory: make its outputs smaller."
_LONGEST_PAUSE_SECONDS: Final = 30
_AWAY_SECONDS: Final = 5
"""When to come back while the queue is away, or what workers need."""
_FAILURES: Final = {kind.code: kind for kind in (RenderFailed, RenderTimeout)}

_log = logging.getLogger("server.queues")


class SaqQueue:
    """A RenderQueue that any number of servers and workers share."""

    def __init__(self, url: str, *, version: str, most_waiting: int, traces: Traces) -> None:
        """Connect on first use; what the address says is never repeated."""
        name = f"nbinsight-{sha256(version.encode()).hexdigest()[:12]}"
        self._queue = queue_at(url, name)
        self._most_waiting, self._traces = most_waiting, traces
        self._connecting = asyncio.Lock()
        self._connected = False
        self._outcomes = _Outcomes(self._queue)

    async def make(self, job: RenderJob, seconds: float) -> None:
        """Have a rendering made; see the port."""
        try:
            async with asyncio.timeout(seconds):
                await self._hand_over(job)
                outcome = await self._outcomes.wait(job.key)
        except TimeoutError:
            raise RenderPending(await self._pause()) from None
        if outcome is None:  # lost with the queue's memory: whoever asks again hands it over again
            raise RenderPending(1)
        if outcome.status is Status.FAILED:  # what a worker needs is away: no fault of the notebook, and gone when that is back
            raise RenderPending(_AWAY_SECONDS)
        if outcome.status is Status.ABORTED:
            raise RenderFailed(_CRASHED, lasts_seconds=_KEPT_SECONDS)
        if outcome.result is not None:
            raise _failure(outcome.result)

    async def work(self, make: Make, side_by_side: int) -> None:
        """Do jobs; see the port."""

        async def render(context: Context, **fields: Any) -> object:  # noqa: ANN401  what `make` put into the job
            job = context["job"]  # pyright: ignore[reportTypedDictNotRequiredAccess]  a worker puts it there
            async with _alive(job):
                try:
                    with self._traces.joined(job.meta.get(_TRACE)):
                        await make(RenderJob(job.key, **fields))
                except (RenderFailed, RenderTimeout) as error:
                    return {"code": error.code, "message": error.message, "lasts_seconds": error.lasts_seconds}
                except Exception as error:  # noqa: BLE001  what a store, a database or the renderer raises
                    what = {"rendering": job.key, "error": type(error).__name__}
                    if job.retryable:
                        _log.warning("a rendering could not be made or kept; it is tried again", extra=what)
                    else:
                        _log.exception("a rendering could not be made or kept; it was the last try", extra=what)
                    job.retry_delay = _AGAIN_SECONDS  # not from the start: what its worker lost by ending waits for nothing
                    raise ToldError from None  # so SAQ keeps no text of it in the queue
            return None

        hear_saq()
        await self._connect()
        worker: Worker[Context] = Worker(
            self._queue,
            [(_FUNCTION, render)],
            concurrency=side_by_side,
            dequeue_timeout=TAKE_SECONDS,
            poll_interval=0.1,  # PostgreSQL is asked: what listens there would wait through the whole grace when it is to stop
            timers={"schedule": 1, "worker_info": 2, "sweep": 2, "abort": 1},
            shutdown_grace_period_s=_GRACE_SECONDS,
        )
        await worker.start()

    async def depth(self) -> int:
        """Return how many jobs wait; see the port."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._connect()
                return await self._queue.count("queued")
        except AWAY as error:
            raise _away(error) from error

    async def workers(self) -> int:
        """Count those that are there, by a connection of its own; see the port."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await self._queue.workers()
        except AWAY as error:
            raise _away(error) from error

    async def check(self) -> None:
        """Ask for the smallest thing; see the port."""
        await self.depth()

    async def close(self) -> None:
        """Let go of connections; see the port."""
        await self._outcomes.close()
        self._connected = False
        with suppress(*AWAY):  # there is nothing to let go of
            async with asyncio.timeout(CALL_SECONDS):
                await self._queue.disconnect()

    async def _connect(self) -> None:
        async with self._connecting:
            if not self._connected:
                await self._queue.connect()
                self._connected = True

    async def _hand_over(self, job: RenderJob) -> None:
        """Put the job there, unless it is; raises RenderPending where the queue is full or away."""
        try:
            waiting = await self.depth()
            if waiting >= self._most_waiting and not await self._is_there(job.key):
                raise RenderPending(_pause_for(waiting))
            fields = asdict(job)
            key = fields.pop("key")
            async with asyncio.timeout(CALL_SECONDS):
                job_to_do = Job(_FUNCTION, fields, key=key, timeout=0, heartbeat=SILENT_SECONDS, retries=_TRIES, ttl=_KEPT_SECONDS)
                if (trace := self._traces.carried()) is not None:
                    job_to_do.meta[_TRACE] = trace
                await self._queue.enqueue(job_to_do)
        except AWAY as error:
            _log.error("a rendering could not be handed over: %s", error if type(error) is OSError else type(error).__name__)
            raise RenderPending(_AWAY_SECONDS) from error

    async def _is_there(self, key: str) -> bool:
        """Tell whether a job waits or is being done."""
        async with asyncio.timeout(CALL_SECONDS):
            job = await self._queue.job(key)
        return job is not None and not _has_ended(job)

    async def _pause(self) -> int:
        try:
            return _pause_for(await self.depth())
        except OSError:
            return _AWAY_SECONDS


class _Outcomes:
    """Waits for jobs: one question for all of them, again and again."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._awaited: dict[str, asyncio.Future[Job | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, key: str) -> Job | None:
        """Return a job that has ended, None for one that is not there any more; a key is waited for once at a time."""
        awaited: asyncio.Future[Job | None] = asyncio.get_running_loop().create_future()
        self._awaited[key] = awaited
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            return await awaited
        finally:
            del self._awaited[key]

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look(self) -> None:
        while self._awaited:
            await asyncio.sleep(_LOOK_SECONDS)
            keys = list(self._awaited)
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    jobs = await self._queue.jobs(keys)
            except AWAY as error:  # whoever waits has an end to it
                _log.warning("how renderings stand could not be asked: %s", type(error).__name__)
                await asyncio.sleep(1)
                continue
            for key, job in zip(keys, jobs, strict=True):
                awaited = self._awaited.get(key)
                if awaited is not None and not awaited.done() and (job is None or _has_ended(job)):
                    awaited.set_result(job)


@asynccontextmanager
async def _alive(job: Job) -> AsyncGenerator[None]:
    """Say again and again that a job is being done."""

    async def say() -> None:
        while True:
            await asyncio.sleep(_ALIVE_SECONDS)
            try:
                await job.update()
            except AWAY as error:
                _log.warning("a sign of life did not reach the queue of renderings: %s", type(error).__name__)
            except Exception:  # noqa: BLE001  the next one may reach it: without any, another worker has the job too
                _log.exception("a sign of life could not be given")

    saying = asyncio.create_task(say())
    try:
        yield
    finally:
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)


def _away(error: Exception) -> OSError:
    return OSError(f"The queue of renderings cannot be reached ({type(error).__name__})")


def _has_ended(job: Job) -> bool:
    """Tell whether nothing more comes: one that is taken from a silent worker is aborted, and then given to another."""
    return job.status in TERMINAL_STATUSES and not (job.status is Status.ABORTED and job.retryable)


def _failure(told: Mapping[str, Any]) -> RenderFailed | RenderTimeout:
    return _FAILURES[told["code"]](told["message"], lasts_seconds=told["lasts_seconds"])


def _pause_for(waiting: int) -> int:
    """Say when to come back: a worker with two children makes several renderings a second."""
    return min(1 + math.ceil(waiting / 4), _LONGEST_PAUSE_SECONDS)
