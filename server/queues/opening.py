"""Which queue an address means."""

from importlib.util import find_spec
from typing import Final

from server.config import redis_address, scheme_of
from server.domain.traces import UNTRACED, Traces
from server.queues.port import RenderQueue

_SETTING: Final = "NBINSIGHT_QUEUE_URL"
_REDIS: Final = frozenset({"redis", "rediss", "valkey", "valkeys"})
_POSTGRESQL: Final = frozenset({"postgresql", "postgres"})


def open_queue(url: str, *, version: str, most_waiting: int, traces: Traces = UNTRACED) -> RenderQueue:
    """Open the queue of an address, on first use; raises ValueError for an address of none, or where a package is missing.

    Those of one `version` see each other's jobs alone. More than `most_waiting` jobs are not taken. A job carries the trace of
    whoever asked for it first, and is done as part of that.
    """
    scheme = scheme_of(url, _SETTING)
    if scheme not in _REDIS | _POSTGRESQL:
        what = (
            f"There is no queue for addresses that start with {scheme!r}"
            if scheme
            else "The queue's address does not say of which kind it is"
        )
        msg = f"{what}: {_SETTING} is `redis://…` or `postgresql://…`."
        raise ValueError(msg)
    if find_spec("saq") is None:
        msg = f"{_SETTING} needs the package saq: pip install 'nbinsight[queue]'."
        raise ValueError(msg)
    from server.queues.saq import SaqQueue  # noqa: PLC0415  an extra, which a server without workers need not have

    return SaqQueue(redis_address(url, _SETTING) if scheme in _REDIS else url, version=version, most_waiting=most_waiting, traces=traces)
