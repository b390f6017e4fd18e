"""Renderings under way: whoever asks for one joins it, and may read what a child has written of it before it is done.

| reader | holds |
|---|---|
| one that waits for the whole | the flight, so the bytes that it brings |
| one that reads along | the open file alone: it stays readable when its name is gone, and a slow reader keeps no copy in memory |

Readers have the bytes before they are kept; until then the flight goes on, so that nobody renders them twice.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from server.domain.rendering import Rendered, RenderNotice

_CHUNK_BYTES = 256 * 1024
_LOOK_SECONDS = 0.05
"""How often is looked whether there is more: at what a child writes nobody can wait."""


class Broken(Exception):
    """A rendering ended before its bytes did; what was read of it is worth nothing."""


class Landing:
    """How a flight ends, without its bytes: what readers along hold of it."""

    def __init__(self) -> None:
        """Begin in the air."""
        self.file: Path | None = None
        self.reached = asyncio.Event()
        self.notices: tuple[RenderNotice, ...] | None = None

    async def wait(self, seconds: float) -> None:
        """Wait for the end, but no longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.reached.wait()


class Stream:
    """The bytes of a rendering as they are written, for one reader; closed by whoever opened it."""

    def __init__(self, file: BinaryIO, landing: Landing) -> None:
        """Take what is to be read and what tells its end."""
        self._file, self._landing = file, landing

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Yield all bytes in order. Raises Broken where the rendering fails."""
        while True:
            landed = self._landing.reached.is_set()  # asked before reading, so that nothing is written in between
            if landed and self._landing.notices is None:
                raise Broken
            chunk = await asyncio.to_thread(self._file.read, _CHUNK_BYTES)
            if chunk:
                yield chunk
            elif landed:
                return
            else:
                await self._landing.wait(_LOOK_SECONDS)

    @property
    def notices(self) -> tuple[RenderNotice, ...]:
        """What differs from the notebook; known once all bytes are read."""
        return self._landing.notices or ()

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


Fly = Callable[["Flight"], Coroutine[Any, Any, None]]


class Flight:
    """One rendering under way."""

    def __init__(self, fly: Fly) -> None:
        """Set out; `fly` calls `arrive`, and may go on then."""
        self.landing = Landing()
        self._rendered: asyncio.Future[Rendered] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(fly(self))
        self.task.add_done_callback(self._end)

    def arrive(self, rendered: Rendered) -> None:
        """Give all who wait the rendering."""
        self.landing.notices = rendered.notices
        self.landing.reached.set()
        self._rendered.set_result(rendered)

    async def wait(self, seconds: float) -> bool:
        """Tell whether it arrived or failed, within so many seconds."""
        done, _ = await asyncio.wait({self._rendered}, timeout=seconds)
        return bool(done)

    def result(self) -> Rendered | None:
        """Return the rendering, None where there is none yet or ever; raises what it failed with."""
        return self._rendered.result() if self._rendered.done() and not self._rendered.cancelled() else None

    async def open_first_bytes(self, seconds: float) -> Stream | None:
        """Read along from the first byte, as soon as there is one; None where the flight ends or the time is up before."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not self._rendered.done():
            file = None if self.landing.file is None else _opened(self.landing.file)
            if file is not None:
                return Stream(file, self.landing)
            left = until - loop.time()
            if left <= 0:
                return None
            await self.wait(min(left, _LOOK_SECONDS))
        return None

    def _end(self, task: asyncio.Task[None]) -> None:
        """Give all who wait the failure, and look at it, for perhaps nobody waits."""
        self.landing.reached.set()
        if task.cancelled():
            self._rendered.cancel()
        elif (error := task.exception()) is not None and not self._rendered.done():
            self._rendered.set_exception(error)
            self._rendered.exception()


class Flights:
    """All renderings under way, by key."""

    def __init__(self) -> None:
        """Begin with none."""
        self._under_way: dict[str, Flight] = {}

    def find(self, key: str) -> Flight | None:
        """Return the one under way under a key."""
        return self._under_way.get(key)

    def begin(self, key: str, fly: Fly) -> Flight:
        """Set out for a rendering that none is under way for."""
        flight = self._under_way[key] = Flight(fly)
        flight.task.add_done_callback(lambda _: self._under_way.pop(key))
        return flight

    async def cancel(self) -> None:
        """Give up all of them."""
        flights = [flight.task for flight in self._under_way.values()]
        for task in flights:
            task.cancel()
        await asyncio.gather(*flights, return_exceptions=True)


def _opened(path: Path) -> BinaryIO | None:
    """Open a file that holds a byte at least."""
    with suppress(FileNotFoundError):
        if path.stat().st_size:
            return path.open("rb", buffering=0)
    return None
