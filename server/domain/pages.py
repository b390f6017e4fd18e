"""Pages of a list: how many, after which; cursors are opaque to callers."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from server.domain.errors import BadInput

MAX_FIRST: Final = 100
_MAX_CURSOR: Final = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most `first` rows, after the one whose key `after` holds."""

    first: int
    after: str | None = None

    @classmethod
    def of(cls, first: int, after: str | None) -> "PageRequest":
        """Check a caller's arguments; raises BadInput."""
        if not 1 <= first <= MAX_FIRST:
            msg = f"`first` is {first}: ask for 1 to {MAX_FIRST}."
            raise BadInput(msg)
        return cls(first, None if after is None else _decode(after))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in order, each with its key beside it."""

    rows: tuple[T, ...]
    keys: tuple[str, ...]
    has_next: bool
    has_previous: bool


def cursor_of(key: str) -> str:
    """Make an opaque cursor from a row's key."""
    return urlsafe_b64encode(f"after:{key}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> str:
    prefix, _, key = _plain(cursor).partition(":")
    if prefix != "after" or not key or cursor_of(key) != cursor:
        msg = "`after` is not a cursor of this list: send an `endCursor` back unchanged."
        raise BadInput(msg)
    return key


def _plain(cursor: str) -> str:
    """Decode what may be anything; what cannot be a cursor becomes empty."""
    if len(cursor) > _MAX_CURSOR:
        return ""
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (Error, ValueError):
        return ""
