"""What comes one by one, as lists: whoever asks the database about blobs asks about several at once, and never holds all of them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")


async def batches(items: AsyncGenerator[T], size: int) -> AsyncGenerator[list[T]]:
    """Yield all items in lists of that size, the last of which may be shorter; closes what it takes them from."""
    batch: list[T] = []
    async with aclosing(items):
        async for item in items:
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
    if batch:
        yield batch
