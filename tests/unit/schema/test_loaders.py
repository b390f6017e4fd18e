"""Callers of a loader share what is looked up, and nothing else."""

import asyncio
from collections.abc import Sequence

import pytest

from server.schema.loaders import SharedLoader


class Slow:
    """A look-up that a test lets end."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.asked: list[str] = []
        self.began, self.may_end, self.was_cancelled = asyncio.Event(), asyncio.Event(), False

    async def __call__(self, keys: Sequence[str]) -> list[str]:
        """Return the keys, in capitals."""
        self.asked += keys
        self.began.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        return [key.upper() for key in keys]


async def waiting(loader: SharedLoader[str, str], key: str) -> str:
    return await loader.load(key)


async def test_who_is_cancelled_takes_the_value_from_nobody_else() -> None:
    slow = Slow()
    loader = SharedLoader(slow)
    first, second = (asyncio.create_task(waiting(loader, "a")) for _ in range(2))
    await slow.began.wait()
    first.cancel()
    await asyncio.sleep(0)
    slow.may_end.set()
    assert await second == "A"
    assert first.cancelled()
    assert (await loader.load("a"), slow.asked) == ("A", ["a"])


async def test_a_look_up_that_nobody_waits_for_is_cancelled_and_begun_anew_for_the_next() -> None:
    slow = Slow()
    loader = SharedLoader(slow)
    both = [asyncio.create_task(waiting(loader, "a")) for _ in range(2)]
    await slow.began.wait()
    for task in both:
        task.cancel()
    await asyncio.gather(*both, return_exceptions=True)
    for _ in range(3):
        await asyncio.sleep(0)
    assert slow.was_cancelled
    slow.may_end.set()
    assert (await loader.load("a"), slow.asked) == ("A", ["a", "a"])


async def test_all_who_wait_hear_of_an_error() -> None:
    async def broken(_: Sequence[str]) -> list[str]:
        raise LookupError

    loader = SharedLoader(broken)
    for outcome in await asyncio.gather(*(waiting(loader, "a") for _ in range(2)), return_exceptions=True):
        with pytest.raises(LookupError):
            raise outcome  # type: ignore[misc]
