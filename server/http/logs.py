"""Logs: everything goes to stderr in one form, for people in a terminal, else a JSON object a line; no secret gets into them."""

import logging
import re
import sys
from typing import Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from server.config import without_secrets

_SECRETS: Final = (
    (re.compile(r"nbi_[A-Za-z0-9_-]{8,}"), "nbi_…"),
    (re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?"), "eyJ…"),
    (re.compile(r"/content/[A-Za-z0-9_=%-]{8,}"), "/content/…"),
)
"""Access tokens, JWTs, signed addresses, and passwords in addresses: nobody logs them on purpose, a driver's message might."""


def set_up_logs(*, human: bool | None = None) -> None:
    """Send our own logs and those of libraries to stderr; `human` None asks whether that is a terminal."""
    is_human = sys.stderr.isatty() if human is None else human
    stamps = structlog.processors.TimeStamper(fmt="%H:%M:%S" if is_human else "iso", utc=not is_human)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        stamps,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    said_beside = structlog.stdlib.ExtraAdder({"rendering", "error"})
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=[*shared, said_beside], processors=_last_steps(is_human=is_human))
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("server").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


def set_up_events() -> None:
    """Hand our events to the standard library's logging, unless the host has chosen otherwise; handlers stay the host's."""
    if not structlog.is_configured():
        last: list[Processor] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(), hide_secrets]
        structlog.configure(
            processors=[structlog.stdlib.add_log_level, *last],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
        )


def hide_secrets(logger: WrappedLogger, method: str, line: EventDict | str) -> str:
    """Take out of a finished line whatever looks like a secret."""
    del logger, method
    text = str(line)
    for shape, shown in _SECRETS:
        text = shape.sub(shown, text)
    return without_secrets(text)


def _last_steps(*, is_human: bool) -> list[Processor]:
    """Write tracebacks without the values of variables, which may be tokens: structlog's default in a terminal shows them."""
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if is_human:
        return [drop, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback), hide_secrets]
    return [drop, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(), hide_secrets]
