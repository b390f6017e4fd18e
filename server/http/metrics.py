"""Metrics in Prometheus' format: of this process, or of all workers of one server together.

| processes | who counts | who answers a scrape |
|---|---|---|
| one | it, in memory | it |
| several | each, in files of a private folder (`PROMETHEUS_MULTIPROC_DIR`) | any of them, or their parent: it adds the files up |

`nbinsight worker` is one process, and shows what `domain/measures.py` says of it.

So a scrape never meets one worker of several, by chance. Counters of a worker that died stay in the sum, its gauges leave it.

On the API's port, `/metrics` is for programs on this machine: whoever comes from elsewhere, or by a proxy that says so, finds nothing.
"""

import asyncio
import os
import platform
import struct
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from typing_extensions import override

from server import __version__
from server.domain.measures import MEASURES, PROCESSES, Measure, MeasureKind
from server.http.credentials import is_from_this_machine
from server.http.headers import UNSNIFFED

Ask = Callable[[], Coroutine[Any, Any, float | None]]
PREFIX: Final = "nbinsight"
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus-client, when it is imported, finds out that processes count together."""
_LIVE_FILES: Final = "gauge_live*_*.db"
_TRIES: Final = 5
_PAUSE_SECONDS: Final = 0.05
_FILES: Final[Any] = multiprocess  # which has no types


class PrometheusMeasures:
    """Counts what `domain/measures.py` names. Fits `domain.measures.Measures`."""

    def __init__(self, sampled: "Sampled | None" = None, *, of_worker: bool = False) -> None:
        """Count from nothing; this process is one that serves, or a worker. What is sampled is shown beside."""
        self.registry, self.sampled = CollectorRegistry(), sampled
        if sampled is not None:
            self.registry.register(sampled)
        self._counters, self._gauges, self._histograms = dict[str, Counter](), dict[str, Gauge](), dict[str, Histogram]()
        for measure in MEASURES:
            labels = [label for label, _ in measure.labels]
            registry = self.registry if measure.by_workers or not of_worker else None  # None: counted, and not shown
            match measure.kind:
                case MeasureKind.COUNTER:
                    self._counters[measure.name] = Counter(measure.name, measure.words, labels, PREFIX, registry=registry)
                case MeasureKind.GAUGE:
                    self._gauges[measure.name] = Gauge(
                        measure.name, measure.words, labels, PREFIX, registry=registry, multiprocess_mode="livesum"
                    )
                case MeasureKind.HISTOGRAM:
                    self._histograms[measure.name] = Histogram(
                        measure.name, measure.words, labels, PREFIX, registry=registry, buckets=measure.bounds
                    )
        self.registry.register(_Build())
        self.add(PROCESSES)

    def add(self, measure: Measure, *labels: str, by: float = 1) -> None:
        """Count, or move a gauge."""
        if measure.kind is MeasureKind.COUNTER:
            counter = self._counters[measure.name]
            (counter.labels(*labels) if labels else counter).inc(by)
        else:
            gauge = self._gauges[measure.name]
            (gauge.labels(*labels) if labels else gauge).inc(by)

    def observe(self, measure: Measure, seconds: float, *labels: str) -> None:
        """Note how long something took."""
        self._histograms[measure.name].labels(*labels).observe(seconds)

    def close(self) -> None:
        """Let go of what samples; see `Sampled.close`."""
        if self.sampled is not None:
            self.sampled.close()


def metrics_routes(measures: PrometheusMeasures) -> list[BaseRoute]:
    """Return the route of `/metrics`."""
    folder = os.environ.get(FOLDER_VARIABLE)
    registry = measures.registry if folder is None else registry_of_workers(Path(folder), measures.sampled)

    async def metrics(request: Request) -> Response:
        if not is_from_this_machine(request):
            raise HTTPException(404)
        written = await asyncio.to_thread(generate_latest, registry)
        return Response(written, media_type=CONTENT_TYPE_PLAIN_0_0_4, headers={**UNSNIFFED, "cache-control": "no-store"})

    return [Route("/metrics", metrics, methods=["GET"])]


def registry_of_workers(folder: Path, sampled: Collector | None = None) -> CollectorRegistry:
    """Return what adds up the files that the workers of this process keep in a folder; what is sampled is shown beside."""
    registry = CollectorRegistry()
    if sampled is not None:
        registry.register(sampled)
    registry.register(_Workers(folder))
    registry.register(_Build())
    return registry


class _Workers(Collector):
    """Forgets the gauges of workers that have died, then adds up."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def collect(self) -> Iterable[Metric]:
        for pid in {int(file.stem.rpartition("_")[2]) for file in self._folder.glob(_LIVE_FILES)}:
            if not _is_alive(pid):
                with suppress(FileNotFoundError):  # another scrape was quicker
                    _FILES.mark_process_dead(pid, str(self._folder))
        yield from self._added_up()

    def _added_up(self) -> list[Metric]:
        """Add up what the files hold; one that a worker is just making is still empty, or half written."""
        for _ in range(_TRIES - 1):
            with suppress(OSError, ValueError, RuntimeError, struct.error):
                return self._read()
            time.sleep(_PAUSE_SECONDS)
        return self._read()

    def _read(self) -> list[Metric]:
        files = [str(file) for file in self._folder.glob("*.db") if file.stat().st_size]
        return list(_FILES.MultiProcessCollector.merge(files))


class Sampled(Collector):
    """A gauge that is asked for at each scrape; None is no figure.

    Scrapes come in threads. They ask one after the other in a loop of its own, so that what asks may keep its connection.
    """

    def __init__(self, measure: Measure, ask: Ask, let_go: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Take what asks, and what lets go of its connection."""
        self._measure, self._ask, self._let_go = measure, ask, let_go
        self._turn, self._runner = Lock(), asyncio.Runner()
        self._is_closed = False

    def describe(self) -> Iterable[Metric]:
        """Say its name, without asking."""
        yield self._family()

    @override
    def collect(self) -> Iterable[Metric]:
        with self._turn:
            found = None if self._is_closed else self._runner.run(self._ask())
        if found is not None:
            family = self._family()
            family.add_metric([], found)
            yield family

    def close(self) -> None:
        """Let go of the connection, not from within a loop; scrapes that come later find no figure."""
        with self._turn:
            if not self._is_closed:
                self._is_closed = True
                with self._runner:
                    self._runner.run(self._let_go())

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"{PREFIX}_{self._measure.name}", self._measure.words)


class _Build(Collector):
    """Says which version this is."""

    @override
    def collect(self) -> Iterable[Metric]:
        said = {"version": __version__, "python": platform.python_version()}
        yield InfoMetricFamily(f"{PREFIX}_build", "The version that runs.", said)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):  # nobody, or by now somebody else's process: workers have this one's user
        return False
    return True
