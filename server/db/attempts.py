"""Deeds that meet others are done again: the loser of two that want the same finds what the winner has left."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from server.domain.errors import Vanished

T = TypeVar("T")

_ATTEMPTS: Final = 10
"""Two callers may take the same name or key at once: the loser tries again and meets what the winner left.

So does who edits a tile that others move meanwhile: with 3 attempts, 7 of 24 lost it to others that moved it to and fro.
"""
_DEADLOCK: Final = "40P01"
"""PostgreSQL stopped one of two deeds that waited for each other; the other one goes on, so trying again helps."""


async def attempted(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return what an attempt returns, a whole transaction each, when it met nobody or was the last of several."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return await attempt()
        except (IntegrityError, StaleDataError, Vanished):
            continue
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _DEADLOCK:
                raise
    return await attempt()
