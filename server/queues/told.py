"""What the log says of SAQ's own doing in a worker: its faults, each once."""

import logging
from typing import Final

import psycopg
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from typing_extensions import override


class ToldError(Exception):
    """A rendering could not be made or kept, as the log says already."""


_NO_NEWS: Final = (ToldError, OSError, RedisConnectionError, RedisTimeoutError, psycopg.OperationalError)


def hear_saq() -> None:
    """Let SAQ tell what goes wrong, and not each job, nor what was told; whoever takes jobs tells that the queue is away, once."""
    saq = logging.getLogger("saq")
    saq.setLevel(logging.WARNING)
    if _FAULTS not in saq.filters:
        saq.addFilter(_FAULTS)


class _Faults(logging.Filter):
    @override
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, _NO_NEWS)


_FAULTS: Final = _Faults()
