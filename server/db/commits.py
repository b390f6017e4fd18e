"""What may be done again after a connection was lost, a deadlock or a wait that was too long: the argument, and the code that holds to it.

A deed is one transaction, and an error tells where that stands:

1. Before COMMIT was sent, PostgreSQL has committed nothing, whatever happened: it rolls back what has no COMMIT. So `NothingCommitted`.
2. Where PostgreSQL answers COMMIT with an error of its own (a constraint looked at late, a deadlock, a serialization failure), it has
   rolled back. So the error itself; the deed's edge knows which of them another try helps.
3. Where the connection is lost after COMMIT was sent and before its answer came, nobody on this side knows. Doing it again might do it
   twice; to say that it failed might be a lie. PostgreSQL knows: a deed's last statement asks for the number of its transaction
   (`announce` in `db/signals.py`, along with the notice, so that it costs nothing), and `pg_xact_status` tells from another connection
   whether that one was committed, was rolled back, or still runs. Committed: the deed is done, and answers as if nothing had been.
   Rolled back, which a crash of the server makes of whatever ran: `NothingCommitted`. Still running, or the server away for longer
   than the wait: `CommitUnknown`, an error as any unforeseen one. After a failover to a replica that lagged behind, the number may be
   another transaction's: then a deed may be taken for done that the failover has lost, as it loses acknowledged ones.

Idempotency keys are for callers, whose answer is lost on its way to them; nothing here needs one.

SQLite has no connection to lose: COMMIT is a call, and its error means that nothing was committed.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from server.domain.errors import RateLimited
from server.domain.measures import DATABASE_ERRORS, UNMEASURED, Measures

TRANSACTION: Final = "nbinsight_transaction"
"""Under this name `session.info` holds the number of a transaction, as text, once that was asked for."""
COMMITTED: Final = "nbinsight_committed"
"""Under this name it says that the transaction was committed, also to whoever is stopped at that moment."""

_NO_LOCK, _TOO_MANY_CONNECTIONS = "55P03", "53300"
_WHY_BUSY: Final = {
    _NO_LOCK: "Others are changing what this would change.",
    _TOO_MANY_CONNECTIONS: "The database takes no more connections now.",
}
_ROLLED_BACK: Final = ("40001", "40P01")
"""Serialization failure and deadlock: PostgreSQL has taken the deed back, and doing it again helps."""
_LOST: Final = ("08", "57P01", "57P02", "57P03")
"""Classes of errors that come with the end of a connection, or in place of one."""
_LOOKS: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 1.6)
"""Seconds between looks at a transaction whose end was not heard of: a server that restarts is back by then."""
_LONGEST_END_SECONDS: Final = 10
"""So long a commit may go on after its operation was stopped; a database that gives no answer by then has hung."""


class NothingCommitted(Exception):
    """The connection was lost, and what was done on it is undone: it may be done again."""


class CommitUnknown(Exception):
    """The connection was lost while it was being committed, and nobody could tell in time what has become of it."""


@contextmanager
def as_domain_errors(measures: Measures = UNMEASURED) -> Generator[None]:
    """Tell callers to come back where something is taken for too long; nothing has changed then."""
    try:
        yield
    except PoolTimeout as error:
        measures.add(DATABASE_ERRORS, "pool_exhausted")
        raise RateLimited(1, "All connections to the database are taken.") from error
    except DBAPIError as error:
        why = _WHY_BUSY.get(_state_of(error))
        if why is None:
            raise
        raise RateLimited(1, why) from error


@contextmanager
def before_commit() -> Generator[None]:
    """Say of a connection that is lost meanwhile that nothing was committed."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        if not _is_lost(error):
            raise
        raise NothingCommitted from error


async def commit(session: AsyncSession, engine: AsyncEngine | None) -> None:
    """Commit, and find out from the engine of PostgreSQL what has become of it where the answer is lost.

    Whoever is stopped meanwhile, by a deadline or a client that has gone, is so when the end is known, and finds it in `session.info`.
    """
    committing = asyncio.ensure_future(_commit(session, engine))
    try:
        await asyncio.shield(committing)
    except asyncio.CancelledError:
        await asyncio.wait([committing], timeout=_LONGEST_END_SECONDS)
        if committing.done():
            committing.exception()  # heard: whoever is stopped is told that alone
        else:
            committing.cancel()
        raise


def may_be_repeated(error: Exception) -> bool:
    """Tell whether PostgreSQL has taken a deed back because of others, so that doing it again helps."""
    return isinstance(error, DBAPIError) and _state_of(error) in _ROLLED_BACK


async def _commit(session: AsyncSession, engine: AsyncEngine | None) -> None:
    try:
        await session.commit()
    except (DBAPIError, OSError) as error:
        if engine is None or not _is_lost(error):
            raise
        if not await _was_committed(engine, session.info.get(TRANSACTION)):
            raise NothingCommitted from error
    session.info[COMMITTED] = True


async def _was_committed(engine: AsyncEngine, transaction: str | None) -> bool:
    """Ask PostgreSQL, on another connection, again and again for some seconds; raises CommitUnknown."""
    for seconds in _LOOKS if transaction is not None else ():
        match await _status(engine, str(transaction)):
            case "committed":
                return True
            case "aborted":
                return False
            case _:
                await asyncio.sleep(seconds)
    msg = "The connection was lost while a change was being committed: look whether it is there."
    raise CommitUnknown(msg)


async def _status(engine: AsyncEngine, transaction: str) -> str | None:
    """Return PostgreSQL's word for a transaction's end; None for one that is too old to be known, or while nobody answers."""
    try:
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            status = await connection.scalar(text("SELECT pg_xact_status(CAST(CAST(:id AS text) AS xid8))"), {"id": transaction})
            return None if status is None else str(status)
    except (SQLAlchemyError, OSError):
        return None


def _state_of(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _is_lost(error: DBAPIError | OSError) -> bool:
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _state_of(error).startswith(_LOST)
    return isinstance(error, ConnectionError)
