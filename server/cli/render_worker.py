"""`nbinsight worker`: renders what servers have put into the queue."""

import asyncio
import os
import sys
from typing import Final

import typer

from server.app import queue_depth
from server.cli.databases import bring_up_to_date, opened, reach
from server.cli.failures import USAGE, CommandFailed, opening
from server.cli.options import with_settings
from server.cli.scraping import scraped
from server.config import Settings, without_secrets
from server.domain.measures import UNMEASURED, Measures
from server.domain.traces import Traces
from server.http.logs import set_up_logs
from server.http.metrics import PrometheusMeasures
from server.queues.opening import open_queue
from server.queues.port import RenderQueue
from server.render.keys import renderer_version
from server.tracing.opening import open_traces

_SERVICE: Final = "nbinsight-worker"
_ASIDE: Final = 2
"""Renderings in hand for each child: those that run long leave it to others, which need to be there."""

commands = typer.Typer(rich_markup_mode=None)


@commands.command("worker")
@with_settings(
    "data_dir",
    "database_url",
    "store_url",
    "queue_url",
    "render_timeout_seconds",
    "render_memory_bytes",
    "render_workers",
    "render_slow_seconds",
    "render_tasks_per_process",
    "render_cells_bytes",
    "metrics_port",
    "metrics_host",
    "log_sql",
)
def worker(settings: Settings) -> None:
    """Render for servers with the same database, store and queue; start as many as there is to do.

    SIGTERM lets what runs finish, for 30 s at most. What a worker had in hand when it was killed is given to another.
    """
    set_up_logs()
    if settings.queue_url is None:
        msg = "A worker takes what it renders from a queue: set NBINSIGHT_QUEUE_URL, here and for the servers."
        raise CommandFailed(msg, USAGE)
    if settings.store.startswith("memory:"):
        msg = "With the store memory:// no server would see what a worker renders: give both a store that they share."
        raise CommandFailed(msg, USAGE)
    url = settings.queue_url.get_secret_value()
    with opening():
        traces = open_traces(os.environ, _SERVICE)
        queue = open_queue(url, version=renderer_version(), most_waiting=settings.render_queue, traces=traces)
    metrics = None if settings.metrics_port is None else PrometheusMeasures(queue_depth(settings), of_worker=True)
    # what this one renders it must not put into the queue again
    alone = settings.model_copy(update={"queue_url": None})
    with scraped(settings, metrics):
        asyncio.run(_work(alone, queue, without_secrets(url), metrics or UNMEASURED, traces))


async def _work(settings: Settings, queue: RenderQueue, where: str, measures: Measures, traces: Traces) -> None:
    try:
        async with opened(settings, measures, traces) as parts:
            await reach(parts)
            await bring_up_to_date(parts)
            try:
                await queue.check()
            except OSError as error:
                msg = f"{error}: {where}. Look whether it runs."
                raise CommandFailed(msg) from error
            sys.stdout.write(f"Renders what comes by {where}\n")
            sys.stdout.flush()
            await queue.work(parts.renderer.make, _ASIDE * settings.render_workers)
    finally:
        await queue.close()
