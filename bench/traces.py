"""What tracing costs an operation: `python -m bench.traces`, one figure a line, in microseconds.

The calls are those of one operation with five statements. Spans are made and dropped: sending them is a thread's work.
"""

from time import time_ns
from timeit import repeat

from opentelemetry.sdk.trace import SpanProcessor

from server.domain.traces import UNTRACED, SpanKind, Traces
from server.tracing.spans import OpenTelemetryTraces

_CALLS = 2_000
_ROUNDS = 5
_STATEMENT = {"db.system.name": "sqlite", "db.operation.name": "SELECT", "db.query.text": "SELECT 1"}


def one_operation(traces: Traces) -> None:
    """Trace what one operation does; statements are listened to only where traces are on."""
    with traces.joined(None), traces.span("operation", SpanKind.ASKED) as span:
        if traces.is_on:
            for _ in range(5):
                traces.add("SELECT", SpanKind.ASKING, _STATEMENT, began_ns=time_ns(), is_fault=False)
        said = {"graphql.operation.type": "query", "nbinsight.operation": "dashboard", "nbinsight.outcome": "ok"}
        span.tell("query dashboard", said, is_fault=False)


def main() -> None:
    """Measure both."""
    for what, traces in (("off", UNTRACED), ("on", OpenTelemetryTraces(SpanProcessor()))):
        best = min(repeat(lambda traces=traces: one_operation(traces), number=_CALLS, repeat=_ROUNDS)) / _CALLS * 1e6
        print(f"{what:<4}{best:8.2f} µs an operation with five statements")


if __name__ == "__main__":
    main()
