"""Spans by OpenTelemetry's SDK. What goes on is remembered here and not by the SDK, whose context must be left where it was entered.

A subscription's task is ended by others, so a block may be left in another context than that in which it was entered.
"""

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Thread
from typing import Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from server import __version__
from server.domain.traces import SpanKind

_CLOSE_SECONDS: Final = 5
"""A collector that does not answer is not waited for longer: nobody may be kept from stopping."""
_PARENT: Final = "traceparent"
_KINDS: Final = {SpanKind.ASKED: trace.SpanKind.SERVER, SpanKind.ASKING: trace.SpanKind.CLIENT, SpanKind.OWN: trace.SpanKind.INTERNAL}
_GOES_ON: Final[ContextVar[trace.Span | None]] = ContextVar("nbinsight_span", default=None)
_ASKED_BY: Final[ContextVar[trace.Span | None]] = ContextVar("nbinsight_asked_by", default=None)

_carrier: Final = TraceContextTextMapPropagator()


class OpenTelemetrySpan:
    """Fits `domain.traces.Span`."""

    def __init__(self, span: trace.Span) -> None:
        """Take the SDK's."""
        self._span = span

    def tell(self, name: str, said: Mapping[str, str], *, is_fault: bool) -> None:
        """Say what it was."""
        self._span.update_name(name)
        self._span.set_attributes(said)
        if is_fault:
            self._span.set_status(trace.StatusCode.ERROR)


class OpenTelemetryTraces:
    """Fits `domain.traces.Traces`."""

    def __init__(self, processor: SpanProcessor, service: str | None = None) -> None:
        """Take what spans are handed to, and what they come from; None: the environment says that."""
        named = {} if service is None else {"service.name": service}
        resource = Resource.create({**named, "service.version": __version__})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("nbinsight", __version__)

    @property
    def is_on(self) -> bool:
        """Say that somebody asks."""
        return True

    @contextmanager
    def span(self, name: str, kind: SpanKind) -> Generator[OpenTelemetrySpan]:
        """Trace the block."""
        before = _GOES_ON.get()
        span = self._begin(name, kind, before or _ASKED_BY.get())
        _GOES_ON.set(span)
        try:
            yield OpenTelemetrySpan(span)
        finally:
            _GOES_ON.set(before)
            span.end()

    def add(self, name: str, kind: SpanKind, said: Mapping[str, str], *, began_ns: int, is_fault: bool) -> None:
        """Trace what has just ended, unless nothing goes on."""
        parent = _GOES_ON.get()
        if parent is None:
            return
        span = self._begin(name, kind, parent, said, began_ns)
        if is_fault:
            span.set_status(trace.StatusCode.ERROR)
        span.end()

    @contextmanager
    def joined(self, carried: str | None) -> Generator[None]:
        """Make the block part of what goes on in another process."""
        with _taken(carried, _GOES_ON):
            yield

    @contextmanager
    def asked_by(self, carried: str | None) -> Generator[None]:
        """Let spans of the block lie in the trace of whoever asks for it."""
        with _taken(carried, _ASKED_BY):
            yield

    def carried(self) -> str | None:
        """Return what goes on as a `traceparent`."""
        span, headers = _GOES_ON.get(), dict[str, str]()
        if span is not None:
            _carrier.inject(headers, trace.set_span_in_context(span))
        return headers.get(_PARENT)

    async def close(self) -> None:
        """Send what is left; what a collector has not taken in time is lost."""
        sending = Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        await asyncio.to_thread(sending.join, _CLOSE_SECONDS)

    def _begin(
        self, name: str, kind: SpanKind, parent: trace.Span | None, said: Mapping[str, str] | None = None, began_ns: int | None = None
    ) -> trace.Span:
        context = trace.set_span_in_context(trace.INVALID_SPAN if parent is None else parent)
        return self._tracer.start_span(name, context, _KINDS[kind], said, start_time=began_ns)


@contextmanager
def _taken(carried: str | None, variable: ContextVar[trace.Span | None]) -> Generator[None]:
    """Remember another process' span until the block ends, unless it is none."""
    before = variable.get()
    if carried is not None:
        span = trace.get_current_span(_carrier.extract({_PARENT: carried}))
        variable.set(span if span.get_span_context().is_valid else before)
    try:
        yield
    finally:
        variable.set(before)


def sending_traces(service: str | None) -> OpenTelemetryTraces:
    """Send spans where the environment says, some at a time."""
    return OpenTelemetryTraces(BatchSpanProcessor(OTLPSpanExporter()), service)
