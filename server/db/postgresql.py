"""PostgreSQL as this server needs it: addresses as libpq's users write them, and an end to every wait.

| wait | ended by | what the caller is told |
|---|---|---|
| for a connection of the pool | `DATABASE_POOL_WAIT_SECONDS` | RATE_LIMITED |
| for a row that another deed holds | `lock_timeout`, `DATABASE_LOCK_SECONDS` | RATE_LIMITED |
| for a statement | `statement_timeout`, `DATABASE_STATEMENT_SECONDS` | the deadline of the operation comes first |
| for a connection that fell silent without an end | a question before its use, which has 3 s; the pool is made anew | nothing |
| to part with one | 2 s each, 5 s for all at the end of a process | nothing |
| of others, for a deed whose process hangs | `idle_in_transaction_session_timeout`, `DATABASE_IDLE_SECONDS` | nobody is there to be told |

Each process has a pool of its own, from which whoever listens for changes takes a connection too: docs/how-to/run-on-postgresql.md counts.

A pooler in transaction mode, such as PgBouncer, gives each transaction whatever connection is free. So no statement may stay prepared,
limits on waiting are set within each deed instead of once a connection, and nobody listens on one (`db/signals.py`).
"""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, cast
from uuid import uuid4

from sqlalchemy.engine import URL, AdaptedConnection
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.sql import text

from server.db.planning import plan_for_indexes

_CONNECT_SECONDS: Final = 5
"""Who would wait longer is better told that there is none."""
_ANSWER_SECONDS: Final = 3
"""Within which a connection that was idle has to answer: one that was cut off without a word never would."""
_BINDING: Final = "channel_binding"
_UNSUPPORTED: Final = frozenset({_BINDING, "gssencmode", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"})
"""Parameters of libpq that asyncpg would send to the server as settings of its own, which refuses the connection."""

NO_HURRY: Final = "SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)"
"""Lets one transaction take as long as it takes: a migration, a copy of everything."""


@dataclass(frozen=True, slots=True)
class Connections:
    """How many connections a process holds, and how long anybody waits; the defaults are those of the settings."""

    size: int = 10
    overflow: int = 20
    wait_seconds: float = 3
    recycle_seconds: int = 1800
    lock_seconds: float = 5
    statement_seconds: float = 30
    idle_seconds: float = 60
    pooler: bool = False

    @property
    def pool(self) -> dict[str, Any]:
        """What SQLAlchemy's pool is told, of either database."""
        return {
            "pool_size": self.size,
            "max_overflow": self.overflow,
            "pool_timeout": self.wait_seconds,
            "pool_recycle": self.recycle_seconds,
            # whoever was used last knows pages and plans: on SQLite, a total took each connection twice as long the first time
            "pool_use_lifo": True,
        }

    @property
    def limits(self) -> dict[str, str]:
        """PostgreSQL's settings that end what waits."""
        waits = {
            "lock_timeout": self.lock_seconds,
            "statement_timeout": self.statement_seconds,
            "idle_in_transaction_session_timeout": self.idle_seconds,
        }
        return {name: f"{int(seconds * 1000)}ms" for name, seconds in waits.items()}


def postgresql_engine(url: URL, connections: Connections) -> AsyncEngine:
    """Make an engine; asyncpg reads the address itself, as it knows TLS, sockets and several hosts as libpq does.

    Raises ValueError for a parameter that cannot be kept, and where asyncpg is not installed.
    """
    if find_spec("asyncpg") is None:
        msg = "PostgreSQL as NBINSIGHT_DATABASE_URL needs the package asyncpg: pip install 'nbinsight[postgres]'."
        raise ValueError(msg)
    address, timeout = _dsn(url)
    given: dict[str, Any] = {"timeout": timeout}
    if connections.pooler:
        given["statement_cache_size"] = 0
    else:
        given["server_settings"] = {"application_name": "nbinsight", **connections.limits}

    async def connect(**parts: object) -> Any:  # noqa: ANN401  asyncpg ships no types
        del parts  # what SQLAlchemy has made of the address
        asyncpg = cast("Any", import_module("asyncpg"))  # an installation for SQLite alone does without; it ships no types
        try:
            return await asyncpg.connect(address, **given)
        except (FileNotFoundError, TimeoutError) as error:  # a socket that is not there: nobody listens, as elsewhere
            raise ConnectionError(error.errno, error.strerror or f"no answer within {timeout:g} s") from error

    arguments: dict[str, Any] = {"async_creator_fn": connect}
    if connections.pooler:
        arguments |= {"prepared_statement_cache_size": 0, "prepared_statement_name_func": lambda: f"nbinsight_{uuid4().hex}"}
    plain = url.set(query={})  # SQLAlchemy would read there what asyncpg does
    engine = create_async_engine(plain, pool_pre_ping=True, hide_parameters=True, connect_args=arguments, **connections.pool)
    plan_for_indexes(engine)
    _wait_in_vain_for_none(engine)
    listen(engine.sync_engine, "handle_error", _leave_out_values)
    return engine


async def require_answer(driver: Any) -> None:  # noqa: ANN401  asyncpg ships no types
    """Ask for nothing, which takes one round trip and is whole behind a pooler; raises what asyncpg raises, TimeoutError among it."""
    await driver.execute(";", timeout=_ANSWER_SECONDS)


def _wait_in_vain_for_none(engine: AsyncEngine) -> None:
    """Have connections asked so before they are used, and two seconds for a goodbye.

    SQLAlchemy's own ways wait for ever where nobody answers, and to ask takes three round trips.
    """
    dialect = cast("Any", engine.dialect)
    usual = dialect.do_ping

    def ping(connection: AdaptedConnection) -> bool:
        try:
            connection.run_async(require_answer)
        except TimeoutError:
            return False
        except Exception:  # noqa: BLE001  asyncpg's, which SQLAlchemy's own way tells and counts in SQLAlchemy's words
            return bool(usual(connection))
        return True

    dialect.do_ping, dialect.do_close = ping, dialect.do_terminate


async def limit_waiting(session: AsyncSession, connections: Connections) -> None:
    """Set the limits for the transaction alone, behind a pooler."""
    names = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in connections.limits.items())
    await session.execute(text(f"SELECT {names}"))


def _leave_out_values(context: ExceptionContext) -> None:
    """Let no traceback tell a value: beside what hide_parameters hides, DETAIL quotes the key that is there already, or the whole row."""
    error: Any = context.original_exception.__cause__  # asyncpg's own, which writes it down after its message
    if getattr(error, "detail", None) is not None:
        error.detail = None


def _dsn(url: URL) -> tuple[str, float]:
    """Write the address for asyncpg, with each part quoted; return it and the time that connecting may take."""
    query = dict(url.query)
    if query.get(_BINDING) == "require":
        msg = "channel_binding=require cannot be kept here: leave it out of the database's address, and use sslmode=verify-full."
        raise ValueError(msg)
    timeout = str(query.get("connect_timeout", _CONNECT_SECONDS))
    if not timeout.isdecimal():
        msg = "connect_timeout in the database's address is a number of seconds."
        raise ValueError(msg)
    plain = url.set(drivername="postgresql").difference_update_query([*_UNSUPPORTED, "connect_timeout"])
    hosts = plain.normalized_query.get("host")
    if hosts:  # SQLAlchemy has several of them one by one, asyncpg takes them together
        plain = plain.update_query_dict({"host": ",".join(hosts)})
    return plain.render_as_string(hide_password=False), float(timeout) or _CONNECT_SECONDS
