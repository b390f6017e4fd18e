"""How texts with addresses in them are shown: without passwords."""

import re
from typing import Final

_PASSWORDS: Final = (
    (re.compile(r"(://[^/\s:@?]*:)[^/\s]+@"), r"\1***@"),
    (re.compile(r"([?&][a-z_]*(?:password|passwd|pwd|secret|token)=)[^&#\s'\"]+", re.IGNORECASE), r"\1***"),
)


def without_passwords(text: str) -> str:
    """Hide what stands between name and host of an address, and what parameters of it call a password, a secret or a token."""
    for shape, shown in _PASSWORDS:
        text = shape.sub(shown, text)
    return text
