"""Metrics on an address of their own, which no reverse proxy in front of the API passes on by accident."""

import os
from collections.abc import Generator
from contextlib import contextmanager

import structlog
from prometheus_client import CollectorRegistry, start_http_server

from server.app import queue_depth
from server.cli.failures import CommandFailed
from server.config import Settings
from server.http.metrics import FOLDER_VARIABLE, PrometheusMeasures, registry_of_workers
from server.render.own_folder import OwnFolder, remove_abandoned

log = structlog.get_logger("server.metrics")


@contextmanager
def scraped(settings: Settings, metrics: PrometheusMeasures | None) -> Generator[None]:
    """Answer scrapes of one process on an address of their own until the block ends, if there is one. Raises CommandFailed."""
    if metrics is None or settings.metrics_port is None:
        yield
        return
    try:
        with _answering(settings, settings.metrics_port, metrics.registry):
            yield
    finally:
        metrics.close()


@contextmanager
def scraped_together(settings: Settings) -> Generator[None]:
    """Have workers that are started in the block count in files of a folder that is deleted in the end; else as `scraped`."""
    if not settings.metrics:
        yield
        return
    remove_abandoned()
    own = OwnFolder("metrics")
    try:
        folder = own.path()
        os.environ[FOLDER_VARIABLE] = str(folder)
        if settings.metrics_port is None:
            yield
            return
        depth = queue_depth(settings)
        try:
            with _answering(settings, settings.metrics_port, registry_of_workers(folder, depth)):
                yield
        finally:
            if depth is not None:
                depth.close()
    finally:
        own.remove()


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
