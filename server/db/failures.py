"""What goes wrong between us and a database, whoever asked it: counted, and told from faults of ours."""

from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import Dialect, ExceptionContext
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError

from server.db.commits import NothingCommitted
from server.db.sqlite import is_refused_by_disk, was_in_haste
from server.domain.measures import DATABASE_ERRORS, Measures

_SHUTTING_DOWN: Final = ("57P01", "57P02", "57P03")
"""PostgreSQL ends this connection, has crashed, or is not ready yet."""


class DatabaseAway(ConnectionError):
    """No connection could be made; the message is the driver's, for logs and operators."""


def is_away(error: BaseException | None) -> bool:
    """Tell whether what was raised says that the database is not there, or not any more, or that its disk does not do its part."""
    match error:
        case DatabaseAway() | NothingCommitted():
            return True
        case DBAPIError():
            is_lost = error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _SHUTTING_DOWN
            return is_lost or is_refused_by_disk(error.orig)
        case _:
            return False


def reason_of(error: BaseException) -> str:
    """Name a failure for logs: by the database's own word, where it has one."""
    cause = error.__cause__ if isinstance(error, NothingCommitted) else error
    said = getattr(cause, "orig", None)
    return str(getattr(said, "sqlite_errorname", None) or getattr(said, "sqlstate", None) or type(cause).__name__)


def tell_failures(engine: Engine, measures: Measures) -> None:
    """Count statements that fail, by SQLAlchemy's class of the error; raise DatabaseAway where no connection can be made, and count it."""

    def note(context: ExceptionContext) -> None:
        if not was_in_haste(context):
            measures.add(DATABASE_ERRORS, type(context.sqlalchemy_exception or context.original_exception).__name__)

    def connect(dialect: Dialect, record: object, args: list[Any], parameters: dict[str, Any]) -> object:
        del record
        try:
            return dialect.connect(*args, **parameters)
        except Exception as error:
            measures.add(DATABASE_ERRORS, "no_connection")
            if isinstance(error, dialect.loaded_dbapi.Error):  # SQLAlchemy has a class of its own for these
                raise
            raise DatabaseAway(str(error) or "no answer in time") from error

    listen(engine, "handle_error", note)
    listen(engine, "do_connect", connect)
