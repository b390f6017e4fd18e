"""Texts that only this server reads again: sealed with its key, the same text always the same way."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import sha512

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


class Sealer:
    """Seals and opens; a seal has letters, digits, `-` and `_`."""

    def __init__(self, key: bytes) -> None:
        """Derive a key of its own from the server's."""
        self._cipher = AESSIV(hmac.digest(key, b"nbinsight seal 1\0", sha512))

    def seal(self, text: str) -> str:
        """Return what `open` makes the text of again; addresses made twice from one text are the same, hence no nonce."""
        return urlsafe_b64encode(self._cipher.encrypt(text.encode(), None)).decode().rstrip("=")

    def open(self, seal: str) -> str | None:
        """Return the text; None for what this key did not seal."""
        try:
            return self._cipher.decrypt(urlsafe_b64decode(seal + "=" * (-len(seal) % 4)), None).decode()
        except (InvalidTag, Error, ValueError):
            return None
