"""What makes a name a digest, and bytes the right ones."""

import hashlib
import logging
import re
from typing import Final

from server.domain.measures import STORE_DAMAGED, UNMEASURED, Measures

_SHAPE: Final = re.compile("[0-9a-f]{64}")
_log: Final = logging.getLogger("server.stores")


def digest_of(content: bytes) -> str:
    """Return the sha256 of the bytes in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def is_digest(value: object) -> bool:
    """Tell whether something is a digest, such as what stands in a row that somebody has edited by hand."""
    return isinstance(value, str) and _SHAPE.fullmatch(value) is not None


def require_digest(value: str) -> str:
    """Return the value if it is a digest, so that it can be part of a path; raises ValueError without repeating it."""
    if not is_digest(value):
        message = "A blob's name is 64 lower-case hex digits."
        raise ValueError(message)
    return value


class DamageLog:
    """Says once of each blob that its bytes are no longer its own."""

    def __init__(self, measures: Measures = UNMEASURED) -> None:
        """Start with nothing said."""
        self._said: set[str] = set()
        self._measures = measures

    def report(self, digest: str) -> None:
        """Log an error, unless this blob has one already."""
        if digest not in self._said:
            self._said.add(digest)
            self._measures.add(STORE_DAMAGED)
            _log.error(
                "Blob %s is damaged and is treated as absent: a rendering is made again, a notebook is to be saved again or restored.",
                digest,
            )

    def heal(self, digest: str) -> None:
        """Note that good bytes were stored, so that new damage is said again."""
        self._said.discard(digest)
