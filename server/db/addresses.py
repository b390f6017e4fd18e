"""Addresses of databases: read as operators write them, shown without what is secret in them."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

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
        raise _unreadable() from None
    if url.drivername not in _DRIVERS:
        msg = f"{url.drivername} is not a database nbinsight knows: use sqlite:///FILE or postgresql://USER@HOST/NAME."
        raise ValueError(msg)
    if url.drivername == "sqlite":
        _require_file(url)
    elif "@" in (url.host or ""):  # half of a password
        raise _unreadable()
    return url.set(drivername=_DRIVERS[url.drivername])


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for one of another kind."""
    return Path(url.database) if url.drivername.startswith("sqlite") and url.database else None


def shown_address(url: URL) -> str:
    """Write an address for people: without our driver and without any password."""
    plain = url.set(drivername=url.get_backend_name())
    if plain.drivername == "sqlite":
        return without_secrets(plain.render_as_string(hide_password=False))
    if plain.username is not None or plain.password is not None:
        plain = plain.set(username="***", password="")
    return without_secrets(unquote(plain.render_as_string(hide_password=False)))  # quoted, a misplaced password would look like a name


def _require_file(url: URL) -> None:
    if url.host or url.username or url.password or url.database in {None, "", ":memory:"}:
        msg = "SQLite needs a file: sqlite:///FILE, or sqlite:////FOLDER/FILE with the whole path."
        raise ValueError(msg)


def _unreadable() -> ValueError:
    return ValueError(f"The database's address cannot be read: {ESCAPED}")


def _parsed(database_url: str) -> URL:
    """Read an address; several hosts, which libpq has before the slash, go behind the question mark, where SQLAlchemy looks for them."""
    several = _SEVERAL_HOSTS.fullmatch(database_url)
    if several is None:
        return make_url(database_url)
    return make_url(f"{several['before']}{several['after'] or ''}").update_query_dict({"host": several["hosts"]})
