"""What measuring costs a request: `python -m bench.measures`, one figure a line, in microseconds.

Several processes count in files that they map into memory (`PROMETHEUS_MULTIPROC_DIR`); one counts in memory. The calls are those of
one query over HTTP: its answer, its duration, its answer's bytes twice, and of one rendering that was in memory.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from timeit import repeat

from prometheus_client import CollectorRegistry, generate_latest

from server.domain.measures import ANSWERS, OPERATION_SECONDS, RENDERINGS_FOUND, UNMEASURED, UNSENT_BYTES, Measures
from server.http.metrics import FOLDER_VARIABLE, PrometheusMeasures, registry_of_workers

_CALLS = 1_000
_ROUNDS = 200


def one_request(measures: Measures) -> None:
    """Count what one request does."""
    measures.add(ANSWERS, "graphql", "200")
    measures.observe(OPERATION_SECONDS, 0.012, "dashboard", "query", "ok")
    measures.add(RENDERINGS_FOUND, "memory")
    measures.add(UNSENT_BYTES, by=4_000)
    measures.add(UNSENT_BYTES, by=-4_000)


def microseconds(measures: Measures) -> float:
    """Return the best of some rounds, for one request."""
    return min(repeat(lambda: one_request(measures), number=_CALLS, repeat=_ROUNDS)) / _CALLS * 1e6


def tell(what: str, measures: Measures, registry: CollectorRegistry | None) -> None:
    """Print a line, and with a registry one for a scrape."""
    print(f"{what:<28}{microseconds(measures):8.2f} µs a request")
    if registry is not None:
        scrape = min(repeat(lambda: generate_latest(registry), number=10, repeat=_ROUNDS)) / 10 * 1e6
        print(f"{what + ', a scrape':<28}{scrape:8.0f} µs")


def main() -> None:
    """Measure all three; processes that count in files find that out when they import prometheus-client."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is not None:
        tell("one of several processes", PrometheusMeasures(), registry_of_workers(Path(folder)))
        return
    tell("nobody asks", UNMEASURED, None)
    measures = PrometheusMeasures()
    tell("one process", measures, measures.registry)
    with TemporaryDirectory() as made:
        subprocess.run([sys.executable, "-m", "bench.measures"], check=True, env=os.environ | {FOLDER_VARIABLE: made})


if __name__ == "__main__":
    main()
