"""How texts with addresses in them are shown: without what may be secret. The one rule, for every kind of address."""

import re
from typing import Final

_HARMLESS: Final = frozenset({"host", "port", "dbname", "db", "mode", "sslmode", "connect_timeout", "application_name", "region"})
"""Parameters whose values are shown. Of all others nobody knows: each library has its own names for a password."""
_WHOLE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:(?!://).)*", re.DOTALL)
_WORD: Final = re.compile(r"(?<=://)\S+")
_REST_OF_WHOLE: Final = re.compile(r"(?<=://).+", re.DOTALL)
_ADDRESS: Final = re.compile(r"(?<=://)[^\s\"'<>]+")
_PARAMETER: Final = re.compile(r"([?&;])([^=&;?#]*)(=?)([^&;?#]*)")


def without_secrets(text: str) -> str:
    """Hide what stands before the last @ of each address, what is behind its #, and the values of parameters that are not known.

    What cannot be read as an address is hidden rather than shown: a password may hold any sign, if nobody has written it as `%40`.
    """
    behind_scheme = _REST_OF_WHOLE if _WHOLE.fullmatch(text) else _WORD
    return _ADDRESS.sub(_shown, behind_scheme.sub(_from_host, text))


def _from_host(found: re.Match[str]) -> str:
    """Look for the @ in what was found once: a shape with the @ in it would look again at each `://` of a long word without one."""
    _, at, host = found[0].rpartition("@")
    return f"***@{host}" if at else found[0]


def _shown(found: re.Match[str]) -> str:
    place, sharp, _ = found[0].partition("#")
    return f"{_PARAMETER.sub(_parameter, place)}{'#***' if sharp else ''}"


def _parameter(found: re.Match[str]) -> str:
    sign, name, equals, value = found.groups()
    if not equals:
        return f"{sign}***" if name else sign
    return f"{sign}{name}={value if name.lower() in _HARMLESS else '***'}"
