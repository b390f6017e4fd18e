"""What `nbinsight doctor` says of the queue, and of the Redis that counts rates: whether they can be reached, and are of use."""

import asyncio
from typing import Final

from pydantic import SecretStr

from server.config import Settings, without_secrets
from server.domain.counts import counted
from server.http.rates import Rates
from server.queues.opening import open_queue
from server.queues.port import RenderQueue
from server.render.keys import renderer_version

_LOOKS: Final = 3
"""Before it is said that no worker is there: on a busy machine one may be late to say that it is."""
_PAUSE_SECONDS: Final = 1


async def look_at_queue(settings: Settings, url: SecretStr) -> tuple[str, str | None]:
    """Ask the queue, and make nothing in it; return what was found, and what is wrong, if anything is."""
    where = without_secrets(url.get_secret_value())
    try:
        queue = open_queue(url.get_secret_value(), version=renderer_version(), most_waiting=settings.render_queue)
    except ValueError as error:
        return "", f"{error}"
    try:
        workers = await _workers_of(queue)
    except OSError as error:
        return "", f"{error}: {where}. Look whether it runs."
    finally:
        await queue.close()
    if not workers:  # no fault, as for readiness: all else can be done
        return f"{where} answers, but no worker of this version is there: nothing new is rendered until `nbinsight worker` starts", None
    return f"{where} answers, with {counted(workers, 'worker')} of this version", None


async def look_at_rates(settings: Settings, url: SecretStr) -> tuple[str, str | None]:
    """Ask the Redis that counts rates; return what was found, and what is wrong, if anything is."""
    where = without_secrets(url.get_secret_value())
    try:
        rates = Rates(settings.rate_limit, side_by_side=settings.max_concurrent_operations, redis_url=url.get_secret_value())
    except ValueError as error:
        return "", f"{error}"
    try:
        await rates.check()
    except OSError as error:
        return "", f"{error}: {where}. Look whether it runs."
    finally:
        await rates.close()
    return f"{where} answers", None


async def _workers_of(queue: RenderQueue) -> int:
    for _ in range(_LOOKS - 1):
        if workers := await queue.workers():
            return workers
        await asyncio.sleep(_PAUSE_SECONDS)
    return await queue.workers()
