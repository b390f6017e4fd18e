"""Access tokens: `nbi_`, 32 random bytes, a checksum. Only their sha256 is stored: a 256-bit secret needs no slow hash."""

import re
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

_PREFIX: Final = "nbi_"
_CHECKSUM_LENGTH: Final = 6
_SHAPE: Final = re.compile(r"nbi_[A-Za-z0-9_-]{43}[A-Za-z0-9_-]{6}")


def make_token() -> str:
    """Make a token nobody can guess."""
    secret = secrets.token_urlsafe(32)
    return _PREFIX + secret + _checksum(secret)


def digest_of(token: str) -> str | None:
    """Return what is stored of a token, or None for what cannot be one: that costs no look-up."""
    if _SHAPE.fullmatch(token) is None:
        return None
    secret, checksum = token[len(_PREFIX) : -_CHECKSUM_LENGTH], token[-_CHECKSUM_LENGTH:]
    return sha256(token.encode()).hexdigest() if _checksum(secret) == checksum else None


def _checksum(secret: str) -> str:
    """Tell a mistyped or cut token from a foreign one; it protects nothing."""
    return urlsafe_b64encode(sha256(secret.encode()).digest()).decode()[:_CHECKSUM_LENGTH]
