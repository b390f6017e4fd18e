"""Metrics on an address of their own, which no reverse proxy in front of the API passes on by accident."""

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
from server.http.metrics import FOLDER_VARIABLE, PrometheusMeasures, registry_of_workers

log = structlog.get_logger("server.metrics")

_FOLDERS: Final = "nbinsight-metrics-"


@contextmanager
def scraped(settings: Settings, metrics: PrometheusMeasures | None) -> Generator[None]:
    """Answer scrapes of one process on an address of their own until the block ends, if there is one. Raises CommandFailed."""
    if metrics is None or settings.metrics_port is None:
        yield
        return
    with _answering(settings, settings.metrics_port, metrics.registry):
        yield


@contextmanager
def scraped_together(settings: Settings) -> Generator[None]:
    """Have workers that are started in the block count in files of a folder that is deleted in the end; else as `scraped`."""
    if not settings.metrics:
        yield
        return
    with TemporaryDirectory(prefix=_FOLDERS) as folder:
        os.environ[FOLDER_VARIABLE] = folder
        if settings.metrics_port is None:
            yield
            return
        with _answering(settings, settings.metrics_port, registry_of_workers(Path(folder))):
            yield


@contextmanager
def _answering(settings: Settings, port: int, registry: CollectorRegistry) -> Generator[None]:
    """Answer scrapes in a thread."""
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
