"""Renders notebooks: on first use, once, in child processes, and keeps what came out.

| asked for | what happens |
|---|---|
| a rendering that is kept | its bytes are in memory, or read from the store; missing ones are rendered again |
| one that is under way | everybody waits for the same one |
| a new one | a child renders it, `stream` reads along; then its bytes reach the store, and after them its record |
| one that failed | the same failure, without another try, for as long as that is remembered |

Whoever waits longer than `wait_seconds` is told to come back; the rendering goes on. Where there are workers, these make new ones, each
with such a renderer of its own; single cells, texts and what is saved are read by children of this process all the same.
"""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from server.domain.errors import InvalidNotebook, QueryTooComplex, RenderFailed, RenderFailure, RenderPending, RenderTimeout
from server.domain.measures import RENDERINGS_FOUND, RENDERS_RUNNING, RENDERS_WAITING, UNMEASURED, Measures
from server.domain.notebooks import NotebookSummary
from server.domain.rendering import Rendered, RenderFormat, RenderingRecord, RenderJob, RenderNotice, RenderOptions, RenderProfile
from server.domain.traces import UNTRACED, Traces
from server.render.cell_page import Cell, CellPage
from server.render.failures import Failures
from server.render.flights import Flight, Flights, Fly, Landing, Stream
from server.render.formats import formats
from server.render.kept import KeptRenderings
from server.render.keys import rendering_key
from server.render.observed import Observed
from server.render.outcomes import TRANSIENT, Done, Invalid, Trouble
from server.render.own_folder import OwnFolder
from server.render.pool import Killed, Pool, RenderLimits, TimedOut
from server.render.ports import Blobs, Records, Workers
from server.render.texts import Texts
from server.render.turns import Turn, Turns

__all__ = ["Permit", "RenderLimits", "Renderer", "Stream"]

Permit = Callable[[], None]
"""Asked before something is rendered anew; raises QueryTooComplex where it may not be."""

_QUICK_SECONDS = 0.3
"""What is done by then is answered as a whole, with its length; most renderings are."""

_KILLED_SECONDS = 60.0
"""How long a timeout or a crash is remembered: both may be the machine's fault."""

_log = logging.getLogger("server.render")

_MEMORY = "reading it takes more memory than an operator allows."
_STRANGE = "its structure cannot be understood."
_LONGEST_PAUSE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class _Job:
    """What a child is to do: a function of `worker.py`, under which key its failure is remembered, and what measures call it."""

    key: str
    digest: str
    work: str
    name: str
    args: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a rendering without its bytes."""

    byte_size: int
    notices: tuple[RenderNotice, ...]


class Renderer:
    """Turns stored notebooks into what people see."""

    def __init__(
        self,
        blobs: Blobs,
        records: Records,
        limits: RenderLimits,
        workers: Workers | None = None,
        measures: Measures = UNMEASURED,
        traces: Traces = UNTRACED,
    ) -> None:
        """Take the ports; children start on first use."""
        self._blobs, self._records, self._limits, self.workers, self._measures = blobs, records, limits, workers, measures
        self._pool = Pool(limits)
        self._observed = Observed(self._pool, measures, traces)
        self.texts = Texts(limits)
        self._turns = Turns(limits.workers, limits.slow_seconds)
        self._flights = Flights()
        self._failures = Failures()
        self._kept = KeptRenderings(limits.kept_bytes)
        self._rendering = self._inspecting = 0
        self._folder = OwnFolder()

    async def render(self, digest: str, options: RenderOptions, permit: Permit | None = None) -> Rendered:
        """Return the rendering of a stored notebook. Raises RenderFailed, RenderTimeout, and RenderPending for what takes long.

        Where it has to be made for this caller, `permit` is asked, and what it raises is raised.
        """
        key = rendering_key(digest, options)
        while True:
            kept = self._in_memory(key)
            if kept is not None:
                return kept
            joined = self._flights.find(key)
            try:
                return await self._whole(joined or self._set_out(key, digest, options, permit))
            except QueryTooComplex:
                if joined is None:
                    raise
                # it was not permitted to whoever set out: that is no answer to those who joined

    async def stream(self, digest: str, options: RenderOptions) -> Rendered | Stream:
        """Return a rendering where it is kept or quickly made, else its bytes as they come. Raises what `render` raises.

        The time to wait is that to the first byte. A reader who leaves ends nothing for the others.
        """
        key = rendering_key(digest, options)
        kept = self._in_memory(key)
        if kept is not None:
            return kept
        flight = self._set_out(key, digest, options)
        waits = self._limits.wait_seconds
        quick = min(_QUICK_SECONDS, waits)
        if not await flight.wait(quick):
            found = await flight.open_first_bytes(waits - quick)
            if found is not None:
                return found
        return self._result(flight)

    async def measure(self, digest: str, options: RenderOptions) -> Measured | None:
        """Say how large a rendering is that is kept, and render nothing. Raises the failure that is remembered."""
        key = rendering_key(digest, options)
        kept = self._kept.find(key)
        if kept is not None:
            return Measured(len(kept.content), kept.notices)
        self._failures.raise_known(key)
        record = await self._records.find(key)
        return None if record is None else Measured(record.byte_size, record.notices)

    async def cells(self, digest: str, *, show_code: bool, first: int, after_index: int = -1, scope: str = "") -> CellPage:
        """Return the first cells whose index is greater than `after_index`, as the HTML rendering shows them; nothing else is drawn.

        Raises what `render` raises. What is drawn is kept cell by cell, so a later page or rendering draws it no more.
        """
        options = RenderOptions(RenderFormat.HTML, show_code, scope=scope)
        whole = rendering_key(digest, options)
        self._failures.raise_known(whole)  # what cannot be rendered at all is not tried page by page
        key = f"{whole}:{first}:{after_index}"
        job = _Job(key, digest, "cells", "page", (options, first, after_index))
        page = orjson.loads((await self._whole(self._joined(key, lambda flight: self._page(flight, job)))).content)
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
            outcome = await self._observed.run("inspect", "inspect", str(path))
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

    async def make(self, job: RenderJob) -> None:
        """Render and keep what another process asks for, unless it is kept.

        Raises what `render` raises, and what store or database raise.
        """
        options = RenderOptions(_format_called(job.format), job.show_code, RenderProfile(job.profile), job.scope)
        if rendering_key(job.digest, options) != job.key:
            raise self._failure(job.key, Trouble.VERSIONS)
        self._failures.raise_known(job.key)
        if await self._find(job.key) is None:
            await self._keep(job.key, await self._in_turn(_Job(job.key, job.digest, job.format, "render", (options,)), Landing()))

    async def close(self) -> None:
        """End all children and give up what is under way; files lent to them are deleted."""
        await self._flights.cancel()
        if self.workers is not None:
            await self.workers.close()
        await self._pool.close()
        await self.texts.close()
        await asyncio.to_thread(self._folder.remove)

    def _set_out(self, key: str, digest: str, options: RenderOptions, permit: Permit | None = None) -> Flight:
        return self._joined(key, lambda flight: self._find_or_make(flight, key, digest, options, permit))

    def _joined(self, key: str, fly: Fly) -> Flight:
        """Return what is under way under a key, or set out for it, unless it is known to fail."""
        flight = self._flights.find(key)
        if flight is not None:
            self._measures.add(RENDERINGS_FOUND, "under_way")
        else:
            self._failures.raise_known(key)
            flight = self._flights.begin(key, fly)
        return flight

    async def _whole(self, flight: Flight) -> Rendered:
        """Wait no longer than allowed."""
        await flight.wait(self._limits.wait_seconds)
        return self._result(flight)

    def _result(self, flight: Flight) -> Rendered:
        found = flight.result()
        if found is None:  # not yet, or never: the server is stopping
            raise self._pending()
        return found

    def _pending(self) -> RenderPending:
        """Say when to come back: sooner when less is before it."""
        waiting = max(self._rendering, self._inspecting) - self._limits.workers
        return RenderPending(min(1 + max(0, math.ceil(waiting / self._limits.workers)), _LONGEST_PAUSE_SECONDS))

    async def _find_or_make(self, flight: Flight, key: str, digest: str, options: RenderOptions, permit: Permit | None) -> None:
        """Bring a rendering; those who wait for a new one have it before it is kept, and also where it cannot be kept."""
        found = await self._find(key)
        if found is None:
            if permit is not None:
                permit()
            self._measures.add(RENDERINGS_FOUND, "nowhere")
            if self.workers is None:
                await self._make_here(flight, _Job(key, digest, options.format.name, "render", (options,)))
                return
            found = await self._made_by_worker(self.workers, key, digest, options)
        else:
            self._measures.add(RENDERINGS_FOUND, "store")
        self._kept.keep(key, found)
        flight.arrive(found)

    async def _find(self, key: str) -> Rendered | None:
        record = await self._records.find(key)
        content = None if record is None else await self._blobs.get(record.digest)
        return None if record is None or content is None else Rendered(content, record.notices)

    async def _make_here(self, flight: Flight, job: _Job) -> None:
        rendered = await self._in_turn(job, flight.landing)
        self._kept.keep(job.key, rendered)
        flight.arrive(rendered)
        try:
            await self._keep(job.key, rendered)
        except Exception as error:  # noqa: BLE001  whatever a store or a database raises
            _log.error("a rendering could not be kept, so it will be rendered again: %s", type(error).__name__)

    async def _made_by_worker(self, workers: Workers, key: str, digest: str, options: RenderOptions) -> Rendered:
        """Wait as long as whoever asked, and no longer: the next who asks finds the same job."""
        job = RenderJob(key, digest, options.format.name, options.show_code, options.profile.value, options.scope)
        try:
            await self._observed.elsewhere(job.format, workers.make(job, self._limits.wait_seconds))
        except RenderFailure as error:
            self._failures.keep(key, error)
            raise
        found = await self._find(key)
        if found is None:
            raise self._failure(key, Trouble.ELSEWHERE)
        return found

    async def _keep(self, key: str, rendered: Rendered) -> None:
        kept = await self._blobs.put(rendered.content, durable=False)  # it can be rendered again
        await self._records.keep(RenderingRecord(key, kept, len(rendered.content), rendered.notices))

    async def _page(self, flight: Flight, job: _Job) -> None:
        flight.arrive(await self._in_turn(job, flight.landing))

    async def _in_turn(self, job: _Job, landing: Landing) -> Rendered:
        if self._rendering >= self._limits.workers + self._limits.queue:
            raise self._pending()
        self._rendering += 1
        target = landing.file = self._new_file()
        try:
            found = await self._one_turn(job, target, resumed=False)
            while found is None:
                found = await self._one_turn(job, target, resumed=True)
            return found
        finally:
            self._rendering -= 1
            target.unlink(missing_ok=True)

    async def _one_turn(self, job: _Job, target: Path, *, resumed: bool) -> Rendered | None:
        """Return what a child made; None where it was called back, for others to have the child."""
        async with self._turn(resumed=resumed) as turn:
            done = asyncio.create_task(self._done(job, target))
            try:
                either: set[asyncio.Future[Any]] = {done, turn.called_back}
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                return done.result() if done.done() else None
            finally:
                done.cancel()
                await asyncio.wait({done})

    @asynccontextmanager
    async def _turn(self, *, resumed: bool) -> AsyncGenerator[Turn]:
        """Wait for a turn and have it, both in sight of whoever measures."""
        now = RENDERS_WAITING
        self._measures.add(now)
        try:
            async with self._turns.take(resumed=resumed) as turn:
                self._measures.add(now, by=-1)
                now = RENDERS_RUNNING
                self._measures.add(now)
                yield turn
        finally:
            self._measures.add(now, by=-1)

    def _in_memory(self, key: str) -> Rendered | None:
        found = self._kept.find(key)
        if found is not None:
            self._measures.add(RENDERINGS_FOUND, "memory")
        return found

    async def _done(self, job: _Job, target: Path) -> Rendered:
        """Return what a child wrote."""
        try:
            async with self._blobs.local_file(job.digest) as source:
                outcome = await self._observed.run(job.work, job.name, str(source), job.digest, str(target), *job.args)
            if not isinstance(outcome, Done):
                raise self._failure(job.key, outcome)
            return Rendered(await asyncio.to_thread(target.read_bytes), outcome.notices)
        except FileNotFoundError:
            raise self._failure(job.key, Trouble.MISSING) from None
        except TimedOut:
            text = f"Rendering this notebook takes longer than {self._limits.timeout_seconds:g} s; make its outputs smaller."
            error = RenderTimeout(text, lasts_seconds=_KILLED_SECONDS)
            self._failures.keep(job.key, error)
            raise error from None
        except Killed:
            raise self._failure(job.key, Trouble.CRASH) from None

    def _failure(self, key: str, outcome: object) -> RenderFailed:
        """Put a failure into words and remember it, unless it lies in the store."""
        lasts = 0.0 if outcome in TRANSIENT else _KILLED_SECONDS if outcome is Trouble.CRASH else None
        match outcome:
            case Invalid(reason, cell_index):
                where = "" if cell_index is None else f" (cell {cell_index})"
                error = RenderFailed(f"This notebook cannot be read{where}: {reason}", lasts_seconds=lasts)
            case Trouble() as trouble:
                error = RenderFailed(f"This notebook cannot be shown. {trouble.value}", lasts_seconds=lasts)
            case _:
                error = RenderFailed(f"This notebook cannot be shown. {Trouble.FAULT.value}", lasts_seconds=lasts)
        self._failures.keep(key, error)
        return error

    def _new_file(self) -> Path:
        """Name a file for a child to write; not in a thread, where two could make a folder each."""
        return self._folder.path() / uuid4().hex


def _format_called(name: str) -> RenderFormat:
    """Return a format by name; one that this process lacks, with a function that is not there, so that its key is another."""
    return formats().get(name) or RenderFormat(name, "", "", "", "")
