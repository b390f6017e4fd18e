"""How much each caller may ask for in a span of time, and at once."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final, cast

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage, SlidingWindowCounterSupport
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import ConfigurationError, StorageError
from starlette.datastructures import Address

from server.config import redis_address
from server.domain.errors import RateLimited
from server.http.patience import Patience

OFF: Final = "off"
_WAIT_SECONDS: Final = 5.0
_MOST_WAITING: Final = 200
_CHECK_SECONDS: Final = 2
_NETWORK_BITS: Final = 64

log = structlog.get_logger("server.rates")


@dataclass(slots=True)
class _Places:
    """Where one caller's operations run, while there are any."""

    free: asyncio.Semaphore
    taken: int = field(default=0)


class Rates:
    """Fits `context.Rates`. Counts in memory, or in a Redis that several processes share."""

    def __init__(self, rate: str, *, side_by_side: int, redis_url: str | None = None) -> None:
        """Take `COST/SPAN` or `off`; a Redis is connected to when it is first used."""
        self._item: RateLimitItem | None = None if rate == OFF else parse(rate)
        self._memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._redis = None if redis_url is None else _redis(redis_url)
        self._shared = None if self._redis is None else SlidingWindowCounterRateLimiter(self._redis)
        self._side_by_side = side_by_side
        self._patience = None if rate == OFF else Patience(time.monotonic)
        self._places: dict[str, _Places] = {}

    async def charge(self, who: str, cost: int) -> None:
        """Count the cost of an operation; raises RateLimited, and then it does not count."""
        if self._item is None:
            return
        if self._shared is not None:
            try:
                await _charge(self._shared, self._item, who, cost)
            except StorageError as error:  # better served than refused: this process counts alone meanwhile
                log.warning("the shared count of rates cannot be reached", error=str(error.storage_error))
            else:
                return
        await _charge(self._memory, self._item, who, cost)

    def refused(self, who: str) -> None:
        """Count a document that was refused, for `wait`."""
        if self._patience is not None:
            self._patience.refused(who)

    async def wait(self, who: str) -> None:
        """Wait before a document is looked at, if many of the caller's were refused lately."""
        if self._patience is not None:
            await self._patience.wait(who)

    async def check(self) -> None:
        """Raise OSError where there is a Redis that cannot be reached, so that each process counts alone."""
        if self._redis is None:
            return
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                await _connection_of(self._redis).ping()
        except Exception as error:  # the package's own, which may not be there
            msg = f"The Redis that counts rates cannot be reached ({type(error).__name__}), so that each process counts alone"
            raise OSError(msg) from error

    async def close(self) -> None:
        """Let go of the Redis."""
        if self._redis is not None:
            await _connection_of(self._redis).aclose()

    @asynccontextmanager
    async def turn(self, who: str) -> AsyncGenerator[None]:
        """Run beside no more of the same caller's operations than may be; waits a little for a place, then raises RateLimited."""
        places = self._places.setdefault(who, _Places(asyncio.Semaphore(self._side_by_side)))
        if places.taken >= self._side_by_side + _MOST_WAITING:
            raise self._crowded()
        places.taken += 1
        try:
            try:
                async with asyncio.timeout(_WAIT_SECONDS):
                    await places.free.acquire()
            except TimeoutError:
                raise self._crowded() from None
            try:
                yield
            finally:
                places.free.release()
        finally:
            places.taken -= 1
            if not places.taken:
                del self._places[who]

    def _crowded(self) -> RateLimited:
        return RateLimited(1, f"{self._side_by_side} of your operations run already, which is as many as may run side by side.")


def _redis(redis_url: str) -> RedisStorage:
    address = redis_address(redis_url, "NBINSIGHT_REDIS_URL")
    try:
        return RedisStorage(f"async+{address}", wrap_exceptions=True, implementation="redispy", key_prefix="nbinsight")
    except ConfigurationError as error:
        msg = "NBINSIGHT_REDIS_URL needs the package redis: pip install 'nbinsight[redis]'."
        raise ValueError(msg) from error


def _connection_of(redis: RedisStorage) -> Any:  # noqa: ANN401  whose package, and so whose types, may not be there
    return cast("Any", redis.bridge).get_connection()


async def _charge(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, who: str, cost: int) -> None:
    weight = min(cost, item.amount)  # what costs more than the whole span allows is let through once a span
    if await limiter.hit(item, who, cost=weight):
        return
    if await _outlasts_its_span(limiter, item, who):
        await limiter.clear(item, who)
        await _charge(limiter, item, who, cost)
        return
    seconds = await _seconds_until(limiter, item, who, weight)
    raise RateLimited(seconds, f"You may cause a cost of {item.amount:,} in {_span(item)}, and this operation would cause more.")


async def _outlasts_its_span(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, who: str) -> bool:
    """Tell whether counts would stay for longer than they may: the clock of a Redis was set back, which lets go of them by it."""
    span = item.get_expiry()
    _, fades_in, _, ends_in = await _windows(limiter, item, who)
    return fades_in > span or ends_in > 2 * span


async def _windows(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, who: str) -> tuple[int, float, int, float]:
    """Return what was counted in the span before and in how many seconds that is gone; and likewise of this one, gone after the next."""
    return await cast("SlidingWindowCounterSupport", limiter.storage).get_sliding_window(item.key_for(who), item.get_expiry())


async def _seconds_until(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, who: str, cost: int) -> int:
    """Return after how many whole seconds there is room for the cost: what was counted fades over one span."""
    span, room = item.get_expiry(), item.amount - cost
    before, fades_in, now, ends_in = await _windows(limiter, item, who)
    if now <= room:  # it is what came before that must fade
        return max(1, math.ceil(fades_in - (room - now) * span / before)) if before else 1
    return max(1, math.ceil(ends_in - span + span * (1 - room / now)))


def _span(item: RateLimitItem) -> str:
    seconds = item.get_expiry()
    return {60: "a minute", 3600: "an hour", 86400: "a day"}.get(seconds, f"{seconds} s")


def sender_of(client: Address | None) -> str:
    """Return what callers share who are not signed in: an address, of IPv6 its network, which one household has."""
    if client is None:
        return ""
    try:
        address = ip_address(client.host.partition("%")[0])
    except ValueError:
        return client.host
    return str(ip_network((address, _NETWORK_BITS), strict=False)) if isinstance(address, IPv6Address) else str(address)
