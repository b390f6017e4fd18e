"""Signed addresses of rendered content: made for one viewer and one token, alive 150 to 300 s, and the same for 150 s."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Final

from server.domain.rendering import RenderFormat, RenderProfile, RenderTheme
from server.render.formats import formats

_BUCKET_SECONDS: Final = 150
_SIGNATURE_BYTES: Final = 32
_MAX_ADDRESS: Final = 1000
"""A token of 256 characters, sealed, fits in."""
_PURPOSE: Final = b"nbinsight content address 1\0"


@dataclass(frozen=True, slots=True)
class Claims:
    """What an address names; rights are looked up again when it is used."""

    export_id: str
    format: RenderFormat
    show_code: bool
    theme: RenderTheme
    profile: RenderProfile
    holder: str
    tile_id: str | None = None


class AddressSigner:
    """Signs claims with the server's key and reads them back."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        """Derive keys of its own from the server's when they are needed: commands sign nothing, and need not have it."""
        self._server_key = key

    def sign(self, claims: Claims, now: datetime) -> tuple[str, datetime]:
        """Return the last part of the address, and when it ends."""
        expires = (int(now.timestamp()) // _BUCKET_SECONDS + 2) * _BUCKET_SECONDS
        words = [_word(getattr(claims, field.name)) for field in fields(claims)]
        payload = ".".join([*words, str(expires)]).encode()
        address = urlsafe_b64encode(self._signature(payload) + payload).decode().rstrip("=")
        return address, datetime.fromtimestamp(expires, UTC)

    def read(self, address: str, now: datetime) -> Claims | None:
        """Return the claims of an address that we signed and that has not ended."""
        raw = _decode(address)
        payload = raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(raw[:_SIGNATURE_BYTES], self._signature(payload)):
            return None
        export_id, format_, show_code, theme, profile, holder, tile_id, expires = payload.decode().split(".")
        found = formats().get(format_)  # None: the plug-in that brought it is gone
        if found is None or now.timestamp() >= int(expires):
            return None
        return Claims(
            export_id,
            found,
            show_code == "1",
            RenderTheme(theme),
            RenderProfile(profile),
            holder,
            tile_id or None,
        )

    def etag(self, *parts: str) -> str:
        """Return a quoted tag that reveals nothing of what it was made from."""
        return f'"{hmac.digest(self._etag_key, chr(0).join(parts).encode(), sha256).hex()[:32]}"'

    @cached_property
    def _key(self) -> bytes:
        return hmac.digest(self._server_key(), _PURPOSE, sha256)

    @cached_property
    def _etag_key(self) -> bytes:
        return hmac.digest(self._server_key(), b"nbinsight etag 1\0", sha256)

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, sha256)


def _word(value: object) -> str:
    match value:
        case RenderFormat() | RenderTheme() | RenderProfile():
            return value.name
        case bool():
            return "1" if value else "0"
        case _:
            return "" if value is None else str(value)


def _decode(address: str) -> bytes:
    """Decode strictly: another spelling of the same bytes is not the address we made."""
    if len(address) > _MAX_ADDRESS:
        return b""
    try:
        raw = urlsafe_b64decode(address + "=" * (-len(address) % 4))
    except (Error, ValueError):
        return b""
    return raw if urlsafe_b64encode(raw).decode().rstrip("=") == address else b""
