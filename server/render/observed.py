"""What is measured and traced of renderings, by the work that they are: a format, `cells`, `inspect`."""

from collections.abc import Awaitable
from time import monotonic

from server.domain.errors import RenderFailed, RenderPending, RenderTimeout
from server.domain.measures import RENDER_SECONDS, Measures
from server.domain.traces import Span, SpanKind, Traces
from server.render.outcomes import Invalid, Trouble
from server.render.pool import Killed, Pool, TimedOut

_WELL = frozenset({"ok", "cut", "pending"})


class Observed:
    """Runs work where it is done, in sight of whoever measures and traces."""

    def __init__(self, pool: Pool, measures: Measures, traces: Traces) -> None:
        """Take the children of this process."""
        self._pool, self._measures, self._traces = pool, measures, traces

    async def run(self, work: str, name: str, *args: object) -> object:
        """Return what a function of `worker.py` returns. Raises Killed and TimedOut."""
        began, outcome = monotonic(), "cut"
        with self._traces.span("render", SpanKind.OWN) as span:
            try:
                result = await self._pool.run(name, *args)
                outcome = "failed" if isinstance(result, Invalid | Trouble) else "ok"
            except TimedOut:
                outcome = "timeout"
                raise
            except Killed:
                outcome = "killed"
                raise
            finally:
                self._measures.observe(RENDER_SECONDS, monotonic() - began, work, outcome)
                _tell(span, work, outcome, "here")
        return result

    async def elsewhere(self, work: str, making: Awaitable[None]) -> None:
        """Wait for a worker. Raises what `making` raises."""
        outcome = "cut"
        with self._traces.span("render", SpanKind.ASKING) as span:
            try:
                await making
                outcome = "ok"
            except RenderPending:
                outcome = "pending"
                raise
            except RenderTimeout:
                outcome = "timeout"
                raise
            except RenderFailed:
                outcome = "failed"
                raise
            finally:
                _tell(span, work, outcome, "worker")


def _tell(span: Span, work: str, outcome: str, where: str) -> None:
    said = {"nbinsight.render.work": work, "nbinsight.outcome": outcome, "nbinsight.render.where": where}
    span.tell(f"render {work}", said, is_fault=outcome not in _WELL)
