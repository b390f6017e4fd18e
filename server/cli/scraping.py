"""`/metrics` on an address of its own, which no reverse proxy in front of the API passes on by accident."""

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, start_http_server

from server.cli.failures import CommandFailed
from server.config import Settings
from server.domain.measures import RENDERS_QUEUED
from server.http.metrics import FOLDER_VARIABLE, Sampled, registry_of_workers
from server.queues.opening import open_queue
from server.render.keys import renderer_version
from server.render.own_folder import OwnFolder, remove_abandoned

log = structlog.get_logger("server.metrics")

_DEPTH_SECONDS: Final = 3
"""How long a scrape waits for the queue, with the time to connect."""


@contextmanager
def scraped(settings: Settings, registry: CollectorRegistry) -> Generator[None]:
    """Answer scrapes in a thread until the block ends. Raises CommandFailed."""
    port = settings.metrics_port or 0
    if settings.queue_url is not None:
        url = settings.queue_url.get_secret_value()
        registry.register(Sampled(RENDERS_QUEUED, lambda: asyncio.run(_depth_of(url))))
    try:
        server, thread = start_http_server(port, settings.metrics_host, registry)
    except OSError as error:
        reason = error.strerror or str(error)
        msg = f"Cannot show metrics on {settings.metrics_host} port {port}: {reason}. --metrics-port takes another."
        raise CommandFailed(msg) from error
    log.info("metrics shown", host=settings.metrics_host, port=server.server_port)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def scraped_together(settings: Settings) -> Generator[None]:
    """Answer scrapes for workers that are started in the block: they count in files of a folder that is deleted in the end."""
    if settings.metrics_port is None:
        yield
        return
    remove_abandoned()
    own = OwnFolder("metrics")
    try:
        folder = own.path()
        with scraped(settings, registry_of_workers(folder)):
            os.environ[FOLDER_VARIABLE] = str(folder)
            yield
    finally:
        own.remove()


async def _depth_of(url: str) -> int | None:
    """Ask the queue how many jobs wait, by a connection of its own, as a scrape has a thread of its own; None where it is away."""
    queue = open_queue(url, version=renderer_version(), most_waiting=0)
    try:
        async with asyncio.timeout(_DEPTH_SECONDS):
            return await queue.depth()
    except OSError:  # TimeoutError among them
        return None
    finally:
        await queue.close()
