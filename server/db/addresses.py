"""Addresses of databases: read as operators write them, shown without what is secret in them."""

import re
from typing import Final

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from server.config import ESCAPED, without_secrets

_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_SEVERAL_HOSTS: Final = re.compile(r"(?P<before>postgres(?:ql)?://(?:[^@/]*@)?)(?P<hosts>[^/?@]+,[^/?@]+)(?P<after>[/?].*)?")


def address_of(database_url: str) -> URL:
    """Return SQLAlchemy's address of `sqlite:///FILE` or `postgresql://…`; raises ValueError, with nothing secret, for anything else."""
    try:
        url = _parsed(database_url)
    except (ArgumentError, ValueError):  # the text of these may repeat a part of the password
        msg = f"The database's address cannot be read: {ESCAPED}"
        raise ValueError(msg) from None
    if url.drivername not in _DRIVERS:
        msg = f"{url.drivername} is not a database nbinsight knows: use sqlite:///FILE or postgresql://USER@HOST/NAME."
        raise ValueError(msg)
    return url.set(drivername=_DRIVERS[url.drivername])


def shown_address(url: URL) -> str:
    """Write an address for people: without our driver and without any password."""
    return without_secrets(url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False))


def _parsed(database_url: str) -> URL:
    """Read an address; several hosts, which libpq has before the slash, go behind the question mark, where SQLAlchemy looks for them."""
    several = _SEVERAL_HOSTS.fullmatch(database_url)
    if several is None:
        return make_url(database_url)
    return make_url(f"{several['before']}{several['after'] or ''}").update_query_dict({"host": several["hosts"]})
