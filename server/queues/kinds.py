"""SAQ's queues in Redis or Valkey, and in PostgreSQL, as nbinsight needs them: what each does otherwise than SAQ has it."""

import asyncio
import logging
from abc import abstractmethod
from typing import Any, Final, cast

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from psycopg.waiting import wait_async
from psycopg_pool import AsyncConnectionPool
from redis import asyncio as redis
from redis.exceptions import RedisError
from saq import Job, Queue, Status
from saq.queue.postgres import PostgresQueue
from saq.queue.redis import RedisQueue
from typing_extensions import override

from server.config import unreadable

_SETTING: Final = "NBINSIGHT_QUEUE_URL"
CALL_SECONDS: Final = 2.0
"""Within which the queue has to answer; readiness asks too, and has as long."""
TAKE_SECONDS: Final = 1
"""How long a worker asks for a job at a time: the queue answers by then, if only that there is none."""
SILENT_SECONDS: Final = 8
"""How long a worker may be silent before its job is given to another."""
_FEWEST, _MOST = 1, 4
"""Connections of one process to PostgreSQL as a queue."""
_CONNECT_SECONDS: Final = 5
"""Within which PostgreSQL takes a connection, unless the address says another time."""
_USABLE_SECONDS: Final = 1.0
"""Within which a connection of PostgreSQL that was idle has to answer: one that was cut off without a word never would."""
_GONE: Final = """
SET tcp_keepalives_idle = 5;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 3;
SET tcp_user_timeout = 20000
"""
"""PostgreSQL finds out in 20 s that whoever connected has vanished, machine and all: it may hold the lock of those who look after jobs."""
_MAKING_TABLES: Final = 0x6E62_7175
"""An advisory lock of PostgreSQL, any number that is the same everywhere."""
AWAY: Final = (OSError, RedisError, psycopg.Error)
"""What a queue raises that cannot be reached; TimeoutError and psycopg_pool's are among them."""
_WORTH_A_LOOK: Final = f"""
local jobs = {{}}
if redis.call('SET', KEYS[1], 1, 'NX', 'EX', ARGV[1]) then
    local now = redis.call('TIME')[1]
    for _, id in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
        local job = redis.call('GET', id)
        local silent_seconds = math.huge
        if job and cjson.decode(job).status ~= '{Status.ACTIVE.value}' then
            local first_seen = KEYS[2] .. ':' .. redis.sha1hex(job)
            redis.call('SET', first_seen, now, 'NX', 'EX', {4 * SILENT_SECONDS})
            silent_seconds = now - redis.call('GET', first_seen)
        end
        if silent_seconds > {SILENT_SECONDS} then jobs[#jobs + 1] = {{id, job}} end
    end
end
return jobs
"""
"""What a sweep looks at, in Redis: all jobs that somebody has in hand, of those that are not marked so the ones that stay like that."""

_WORKERS: Final = "SELECT count(*) FROM saq_stats WHERE queue_key = %s AND expire_at >= EXTRACT(EPOCH FROM now())"

_log = logging.getLogger("server.queues")


def queue_at(url: str, name: str) -> "_Patient":
    """Return the queue of a name at an address, which is connected to on first use; raises ValueError for one that libpq cannot read."""
    if not url.startswith("postgres"):
        return _RedisQueue(url, name)
    _require_readable(url)
    return _PostgresQueue(url, name)


def _require_readable(url: str) -> None:
    """Refuse what libpq refuses at each try in words that quote the password, which a pool logs, or takes half of for a host."""
    try:
        host = str(conninfo_to_dict(url).get("host", ""))
    except (psycopg.ProgrammingError, UnicodeDecodeError):
        raise unreadable(_SETTING) from None
    if "@" in host:
        raise unreadable(_SETTING)


class _Patient(Queue):
    """Waits a little where no job can be had, and says so once: SAQ's workers ask again at once, and say nothing."""

    _is_away = False

    @abstractmethod
    async def workers(self) -> int:
        """Return how many workers have said within the last seconds that they are there, by the queue's own clock."""

    @override
    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Job | None:
        try:
            job: Job | None = await super().dequeue(timeout, poll_interval)  # type: ignore[safe-super]  # the class beside this one has it
        except AWAY as error:
            if not self._is_away:
                _log.error("the queue of renderings cannot be reached: %s", type(error).__name__)
            self._is_away = True
            await asyncio.sleep(1)
            return None
        if self._is_away:
            _log.warning("the queue of renderings is back")
        self._is_away = False
        return job


class _Connection(psycopg.AsyncConnection[TupleRow]):
    """Waits for no answer without an end: where a firewall forgets a connection, TCP alone finds out after a quarter of an hour."""

    answer_seconds = TAKE_SECONDS + CALL_SECONDS

    @override
    async def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return await self._answer(gen, interval, min(self.answer_seconds, timeout or self.answer_seconds))
        except asyncio.CancelledError:  # to withdraw what was asked, as psycopg would, takes 10 s where nobody answers
            try:
                await self._answer(gen, interval, _USABLE_SECONDS)
            except asyncio.CancelledError:
                self.pgconn.finish()
            except psycopg.Error as error:
                _log.debug("what was given up failed: %s", type(error).__name__)
            raise

    async def _answer(self, gen: PQGen[RV], interval: float, seconds: float) -> RV:
        try:
            return await wait_async(gen, self.pgconn.socket, interval, seconds)
        except psycopg.OperationalError:
            self.pgconn.finish()  # what is answered late would be taken for the next answer
            raise


async def _configure(connection: _Connection) -> None:
    async with connection.transaction():
        await connection.execute(_GONE)


class _PostgresQueue(_Patient, PostgresQueue):
    """Makes its tables in turn, takes no more connections than it needs, of SAQ's four, and all anew where one has fallen silent."""

    def __init__(self, url: str, name: str) -> None:
        self._connections: AsyncConnectionPool[_Connection] = AsyncConnectionPool(
            url,
            connection_class=_Connection,
            kwargs={} if "connect_timeout" in conninfo_to_dict(url) else {"connect_timeout": _CONNECT_SECONDS},
            configure=_configure,
            check=self._require_answer,
            min_size=_FEWEST,
            max_size=_MOST,
            open=False,
            timeout=TAKE_SECONDS + CALL_SECONDS,
            reconnect_timeout=SILENT_SECONDS,  # its pauses grow up to this; whoever asks next begins anew
        )
        super().__init__(cast("Any", self._connections), name=name, min_size=_FEWEST, max_size=_MOST, manage_pool_lifecycle=True)
        self._url = url

    async def _require_answer(self, connection: _Connection) -> None:
        """Ask a connection before its use; where there is no answer, those that lie beside it have most likely none either."""
        connection.answer_seconds = _USABLE_SECONDS
        try:
            await AsyncConnectionPool.check_connection(connection)
        except psycopg.Error:
            await self._connections.drain()
            raise
        del connection.answer_seconds

    @override
    async def init_db(self) -> None:
        """Make SAQ's tables, in turn: whoever comes second would go on without them while the first is making them."""
        async with self.pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING_TABLES,))
            await super().init_db()

    @override
    async def workers(self) -> int:
        """Count them without SAQ's pool, which makes its tables when it is opened; where there are none, no worker has been there."""
        async with await _Connection.connect(self._url) as connection:
            there = await (await connection.execute("SELECT to_regclass('saq_stats')")).fetchone()
            if there is None or there[0] is None:
                return 0
            found = await (await connection.execute(_WORKERS, (self.name,))).fetchone()
            return 0 if found is None else int(found[0])

    @override
    async def disconnect(self) -> None:
        """Close the pool also where it was opened and nothing came of that: SAQ would leave it."""
        await self.pool.close()
        await super().disconnect()


class _RedisQueue(_Patient, RedisQueue):
    """Leaves alone what was taken a moment ago: SAQ marks a job after taking it, and takes one that is not marked for lost.

    No answer is waited for without an end: a Redis that vanishes with its machine or a route ends no connection. So nothing subscribes
    either, where silence means nothing: a sweep asks again and again how a job stands.
    """

    listen = Queue.listen

    def __init__(self, url: str, name: str) -> None:
        connections: redis.Redis = redis.from_url(url, socket_connect_timeout=CALL_SECONDS, socket_timeout=TAKE_SECONDS + CALL_SECONDS)
        super().__init__(connections, name=name)
        self._cleanup_script = connections.register_script(_WORTH_A_LOOK)

    @override
    async def workers(self) -> int:
        """Count what Redis still keeps of them: SAQ would compare the clock here with those of the workers."""
        asked = cast("Any", self.redis)  # not all types of its answers are known
        said = await asked.zrange(self._stats, 0, -1)
        return int(await asked.exists(*said)) if said else 0

    @override
    async def disconnect(self) -> None:
        """Close what is connected: SAQ would connect before that, to end a subscription."""
        await self.redis.aclose()
