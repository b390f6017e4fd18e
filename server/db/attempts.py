"""Deeds that are done again: the loser of two that want the same, and whoever lost the connection with nothing committed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from server.db.commits import NothingCommitted, may_be_repeated
from server.domain.errors import Vanished

T = TypeVar("T")

_ATTEMPTS: Final = 10
"""Two callers may take the same name or key at once: the loser tries again and meets what the winner left.

So does who edits a tile that others move meanwhile: with 3 attempts, 7 of 24 lost it to others that moved it to and fro.
"""
_PAUSES: Final = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds before a deed is tried again whose connection was lost with nothing committed: a database that restarts is back by then."""


async def attempted(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return what an attempt returns, a whole transaction each; `db/commits.py` has the argument for what is tried again."""
    pauses = iter(_PAUSES)
    for _ in range(_ATTEMPTS - 1):
        try:
            return await attempt()
        except (IntegrityError, StaleDataError, Vanished):
            continue
        except NothingCommitted:
            if (pause := next(pauses, None)) is None:
                raise
            await asyncio.sleep(pause)
        except DBAPIError as error:
            if not may_be_repeated(error):
                raise
    return await attempt()
