"""`/metrics` on an address of its own, which no reverse proxy in front of the API passes on by accident."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, start_http_server

from server.cli.failures import CommandFailed
from server.config import Settings
from server.http.metrics import FOLDER_VARIABLE, registry_of_workers

log = structlog.get_logger("server.metrics")

_FOLDERS: Final = "nbinsight-metrics-"


@contextmanager
def scraped(settings: Settings, registry: CollectorRegistry) -> Generator[None]:
    """Answer scrapes in a thread until the block ends. Raises CommandFailed."""
    port = settings.metrics_port or 0
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
    with TemporaryDirectory(prefix=_FOLDERS) as folder, scraped(settings, registry_of_workers(Path(folder))):
        os.environ[FOLDER_VARIABLE] = folder
        yield
