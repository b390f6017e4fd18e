"""Renders notebooks: on first use, once, in child processes, and keeps what came out.

| asked for | what happens |
|---|---|
| a rendering that is kept | its bytes are read; missing ones are rendered again |
| one that is under way | everybody waits for the same one |
| a new one | a child renders it; its bytes reach the store, then its record |
| one that failed | the same failure, without another try, for as long as that is remembered |

Whoever waits longer than `wait_seconds` is told to come back; the rendering goes on.
"""

import asyncio
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import orjson

from server.domain.errors import InvalidNotebook, RenderFailed, RenderPending, RenderTimeout
from server.domain.notebooks import NotebookSummary
from server.domain.rendering import Rendered, RenderFormat, RenderingRecord, RenderOptions
from server.render.cell_page import Cell, CellPage
from server.render.failures import Failures
from server.render.keys import rendering_key
from server.render.outcomes import TRANSIENT, Done, Invalid, Trouble
from server.render.pool import Killed, Pool, RenderLimits, TimedOut
from server.render.ports import Blobs, Records
from server.render.texts import Texts

__all__ = ["RenderLimits", "Renderer"]

_KILLED_SECONDS = 60.0
"""How long a timeout or a crash is remembered: both may be the machine's fault."""

_MEMORY = "reading it takes more memory than an operator allows."
_STRANGE = "its structure cannot be understood."
_LONGEST_PAUSE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class _Job:
    """What a child is to do: a function of `worker.py`, and under which key its failure is remembered."""

    key: str
    digest: str
    name: str
    args: tuple[object, ...]


class Renderer:
    """Turns stored notebooks into what people see."""

    def __init__(self, blobs: Blobs, records: Records, limits: RenderLimits) -> None:
        """Take the ports; children start on first use."""
        self._blobs, self._records, self._limits = blobs, records, limits
        self._pool = Pool(limits)
        self.texts = Texts(limits)
        self._turns = asyncio.Semaphore(limits.workers)
        self._flights: dict[str, asyncio.Task[Rendered]] = {}
        self._failures = Failures()
        self._rendering = self._inspecting = 0
        self._folder: TemporaryDirectory[str] | None = None

    async def render(self, digest: str, options: RenderOptions) -> Rendered:
        """Return the rendering of a stored notebook. Raises RenderFailed, RenderTimeout, and RenderPending for what takes long."""
        key = rendering_key(digest, options)
        return await self._joined(key, lambda: self._find_or_make(key, digest, options))

    async def cells(self, digest: str, *, show_code: bool, first: int, after_index: int = -1) -> CellPage:
        """Return the first cells whose index is greater than `after_index`, as the HTML rendering shows them; nothing else is drawn.

        Raises what `render` raises. What is drawn is kept cell by cell, so a later page or rendering draws it no more.
        """
        options = RenderOptions(RenderFormat.HTML, show_code)
        key = f"{rendering_key(digest, options)}:{first}:{after_index}"
        job = _Job(key, digest, "page", (options, first, after_index))
        page = orjson.loads((await self._joined(key, lambda: self._in_turn(job))).content)
        cells = tuple(Cell(**cell | {"tags": tuple(cell["tags"])}) for cell in page["cells"])
        return CellPage(cells, page["total"], page["has_more"])

    async def inspect(self, path: Path) -> NotebookSummary:
        """Return what there is to know of a notebook file. Raises InvalidNotebook.

        RenderPending says that too many wait, RenderFailed that the file cannot be read from disk.
        """
        if self._inspecting >= self._limits.workers + self._limits.queue:
            raise self._pending()
        self._inspecting += 1
        try:
            outcome = await self._pool.run("inspect", str(path))
        except TimedOut:
            reason = f"reading it takes longer than {self._limits.timeout_seconds:g} s."
            raise InvalidNotebook(reason) from None
        except Killed:
            raise InvalidNotebook(_MEMORY) from None
        finally:
            self._inspecting -= 1
        match outcome:
            case NotebookSummary():
                return outcome
            case Invalid(reason, cell_index):
                raise InvalidNotebook(reason, cell_index)
            case Trouble.MEMORY:
                raise InvalidNotebook(_MEMORY)
            case Trouble.DISK | Trouble.MISSING:
                raise RenderFailed(Trouble.DISK.value)
            case _:
                raise InvalidNotebook(_STRANGE)

    async def close(self) -> None:
        """End all children and give up what is under way; files lent to them are deleted."""
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        await self._pool.close()
        await self.texts.close()
        folder, self._folder = self._folder, None
        if folder is not None:
            await asyncio.to_thread(folder.cleanup)

    async def _joined(self, key: str, fly: Callable[[], Coroutine[Any, Any, Rendered]]) -> Rendered:
        """Return what is under way under a key, or set out for it; wait no longer than allowed."""
        flight = self._flights.get(key)
        if flight is None:
            self._failures.raise_known(key)
            flight = self._flights[key] = asyncio.create_task(fly())
            flight.add_done_callback(lambda task: self._landed(key, task))
        done, _ = await asyncio.wait({flight}, timeout=self._limits.wait_seconds)
        if not done or flight.cancelled():  # cancelled: the server is stopping
            raise self._pending()
        return flight.result()

    def _landed(self, key: str, task: asyncio.Task[Rendered]) -> None:
        """Forget a flight, and look at its failure, which nobody else may have waited for."""
        del self._flights[key]
        if not task.cancelled():
            task.exception()

    def _pending(self) -> RenderPending:
        """Say when to come back: sooner when less is before it."""
        waiting = max(self._rendering, self._inspecting) - self._limits.workers
        return RenderPending(min(1 + max(0, math.ceil(waiting / self._limits.workers)), _LONGEST_PAUSE_SECONDS))

    async def _find_or_make(self, key: str, digest: str, options: RenderOptions) -> Rendered:
        record = await self._records.find(key)
        if record is not None:
            content = await self._blobs.get(record.digest)
            if content is not None:
                return Rendered(content, record.notices)
        rendered = await self._in_turn(_Job(key, digest, "render", (options,)))
        kept = await self._blobs.put(rendered.content)
        await self._records.keep(RenderingRecord(key, kept, len(rendered.content), rendered.notices))
        return rendered

    async def _in_turn(self, job: _Job) -> Rendered:
        if self._rendering >= self._limits.workers + self._limits.queue:
            raise self._pending()
        self._rendering += 1
        try:
            async with self._turns:
                return await self._done(job)
        finally:
            self._rendering -= 1

    async def _done(self, job: _Job) -> Rendered:
        """Return what a child wrote."""
        target = self._new_file()
        try:
            async with self._blobs.local_file(job.digest) as source:
                outcome = await self._pool.run(job.name, str(source), job.digest, str(target), *job.args)
            if not isinstance(outcome, Done):
                raise self._failure(job.key, outcome)
            return Rendered(await asyncio.to_thread(target.read_bytes), outcome.notices)
        except FileNotFoundError:
            raise self._failure(job.key, Trouble.MISSING) from None
        except TimedOut:
            error = RenderTimeout(
                f"Rendering this notebook takes longer than {self._limits.timeout_seconds:g} s; make its outputs smaller."
            )
            self._failures.keep(job.key, error, seconds=_KILLED_SECONDS)
            raise error from None
        except Killed:
            raise self._failure(job.key, Trouble.CRASH) from None
        finally:
            await asyncio.to_thread(target.unlink, missing_ok=True)

    def _failure(self, key: str, outcome: object) -> RenderFailed:
        """Put a failure into words and remember it, unless it lies in the store."""
        match outcome:
            case Invalid(reason, cell_index):
                where = "" if cell_index is None else f" (cell {cell_index})"
                error = RenderFailed(f"This notebook cannot be read{where}: {reason}")
            case Trouble() as trouble:
                error = RenderFailed(f"This notebook cannot be shown. {trouble.value}")
            case _:
                error = RenderFailed(f"This notebook cannot be shown. {Trouble.FAULT.value}")
        if outcome not in TRANSIENT:
            self._failures.keep(key, error, seconds=_KILLED_SECONDS if outcome is Trouble.CRASH else None)
        return error

    def _new_file(self) -> Path:
        """Name a file for a child to write; not in a thread, where two could make a folder each."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="nbinsight-render-")
        return Path(self._folder.name) / uuid4().hex
