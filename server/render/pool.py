"""Child processes that render and can be killed; started on first use, replaced when they break.

nbconvert must never be imported in this process, so functions of `worker.py` travel by name.
"""

import asyncio
import multiprocessing
import pkgutil
import signal
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, cast

from pebble import ProcessExpired, ProcessPool

_ATTEMPTS = 2


_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """What rendering may take.

    `queue` renderings may wait, more are told to come back after `wait_seconds`. Those that run longer than `slow_seconds` leave one
    child to the others. A child ends after `tasks_per_child`, and libraries that only grow are let go with it. `kept_bytes` of finished
    renderings stay in memory, `cells_bytes` of drawn cells in a file.
    """

    timeout_seconds: float
    memory_bytes: int
    workers: int
    queue: int
    wait_seconds: float = 8.0
    kept_bytes: int = 64 * _MIB
    cells_bytes: int = 256 * _MIB
    slow_seconds: float = 3.0
    tasks_per_child: int = 200


class Killed(Exception):
    """The child ended before its task: crashed, or killed by the system."""


class TimedOut(Exception):
    """The child was killed because its time was up."""


class Pool:
    """Runs functions of `worker.py` in child processes."""

    def __init__(self, limits: RenderLimits) -> None:
        """Start nothing yet."""
        self._limits = limits
        self._pool: ProcessPool | None = None
        self._starting = asyncio.Lock()

    async def run(self, name: str, *args: object) -> object:
        """Return what `worker.NAME(*args, timeout_seconds)` returns in a child. Raises Killed and TimedOut.

        Cancelling it kills the child.
        """
        for _ in range(_ATTEMPTS):
            try:
                return await self._run_in(await self._running(), name, *args)
            except (BrokenProcessPool, RuntimeError):  # RuntimeError is what pebble says of a pool that broke earlier
                await self._let_go(of_broken_only=True)
        raise Killed

    async def close(self) -> None:
        """End all children; tasks under way are lost."""
        await self._let_go(of_broken_only=False)

    async def _run_in(self, pool: ProcessPool, name: str, *args: object) -> object:
        limit = self._limits.timeout_seconds
        future = pool.schedule(call, args=(name, *args, limit), timeout=limit)
        try:
            return await asyncio.wrap_future(future)
        except TimeoutError:
            raise TimedOut from None
        except MemoryError:  # not even enough was left to say so in the child
            raise Killed from None
        except ProcessExpired as error:
            if error.exitcode == -signal.SIGALRM:
                raise TimedOut from None
            raise Killed from None

    async def _running(self) -> ProcessPool:
        async with self._starting:
            if self._pool is None:
                starting = asyncio.create_task(asyncio.to_thread(_started, self._limits))
                try:
                    await asyncio.shield(starting)
                finally:  # who is cancelled meanwhile leaves it to whoever ends it, else nobody would
                    self._pool = await starting
            return self._pool

    async def _let_go(self, *, of_broken_only: bool) -> None:
        """Part with the pool, and end its children; the next task starts another."""
        async with self._starting:
            if self._pool is None or (of_broken_only and self._pool.active):
                return
            pool, self._pool = self._pool, None
        await asyncio.to_thread(_stop, pool)


def call(name: str, *args: object) -> object:
    """Call a function of `worker.py`; runs in the child."""
    return pkgutil.resolve_name(f"server.render.worker:{name}")(*args)


def begin(memory_bytes: int, cells_bytes: int) -> None:
    """Prepare a child."""
    call("start", memory_bytes, cells_bytes)


def _started(limits: RenderLimits) -> ProcessPool:
    """Start the processes, which takes a second or two the first time."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["server.render.nursery"])
    pool = ProcessPool(
        max_workers=limits.workers,
        max_tasks=limits.tasks_per_child,
        initializer=begin,
        initargs=(limits.memory_bytes, limits.cells_bytes),
        context=context,
    )
    if not pool.active:
        raise BrokenProcessPool
    return pool


def _stop(pool: ProcessPool) -> None:
    cast("Any", pool).stop()  # pebble leaves this one method without types
    pool.join()
