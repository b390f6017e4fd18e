"""Counts what goes wrong between us and a database, whoever asked it."""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import Dialect, ExceptionContext
from sqlalchemy.event import listen

from server.domain.measures import DATABASE_ERRORS, Measures


def count_failures(engine: Engine, measures: Measures) -> None:
    """Count statements that fail, by SQLAlchemy's class of the error, and connections that cannot be made."""

    def note(context: ExceptionContext) -> None:
        measures.add(DATABASE_ERRORS, type(context.sqlalchemy_exception or context.original_exception).__name__)

    def connect(dialect: Dialect, record: object, args: list[Any], parameters: dict[str, Any]) -> object:
        del record
        try:
            return dialect.connect(*args, **parameters)
        except Exception:
            measures.add(DATABASE_ERRORS, "no_connection")
            raise

    listen(engine, "handle_error", note)
    listen(engine, "do_connect", connect)
