"""Spans of time as options take them."""

import re
from datetime import timedelta
from typing import Final

from server.cli.failures import USAGE, CommandFailed

_UNITS: Final = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_SPAN: Final = re.compile(r"([1-9][0-9]{0,5})([dhm])")


def span_of(text: str, option: str) -> timedelta:
    """Read `30d`, `12h` or `45m`; raises CommandFailed, which names the option."""
    match = _SPAN.fullmatch(text)
    if match is None:
        msg = f"{option} {text}: give a number from 1 to 999999 and d, h or m, such as 30d, 12h or 45m."
        raise CommandFailed(msg, USAGE)
    return int(match[1]) * _UNITS[match[2]]
