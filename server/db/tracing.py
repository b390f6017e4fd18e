"""Statements as spans: their text without values, and which database it is; never an address, which may hold a password."""

from time import time_ns
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.event import listen

from server.domain.traces import SpanKind, Traces

_BEGAN: Final = "nbinsight_began"
_LONGEST_TEXT: Final = 2_000


def trace_statements(engine: Engine, traces: Traces) -> None:
    """Have a span for each statement, in that of whoever runs it."""

    def add(connection: Connection, statement: str, **failed: str) -> None:
        text = " ".join(statement.split())
        word = text.partition(" ")[0].upper()
        said = {"db.system.name": engine.dialect.name, "db.operation.name": word, "db.query.text": text[:_LONGEST_TEXT], **failed}
        traces.add(word, SpanKind.ASKING, said, began_ns=connection.info.pop(_BEGAN, time_ns()), is_fault=bool(failed))

    def begin(connection: Connection, *rest: object) -> None:
        del rest
        connection.info[_BEGAN] = time_ns()

    def end(connection: Connection, cursor: object, statement: str, *rest: Any) -> None:  # noqa: ANN401  SQLAlchemy's
        del cursor, rest
        add(connection, statement)

    def fail(context: ExceptionContext) -> None:
        if context.connection is not None and context.statement is not None:
            add(context.connection, context.statement, **{"error.type": type(context.original_exception).__name__})

    listen(engine, "before_cursor_execute", begin)
    listen(engine, "after_cursor_execute", end)
    listen(engine, "handle_error", fail)
