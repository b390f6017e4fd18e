"""PostgreSQL as operators have it: addresses of libpq's, TLS, passwords, limits on waiting, pools that are used up, a pooler in front."""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from server.config import load_settings
from server.db.commits import NothingCommitted
from server.db.migrate import run_alembic
from server.db.postgresql import Connections
from server.db.session import Database
from server.db.signals import NotifiedSignals
from server.domain.errors import RateLimited
from tests.fixtures.databases import Postgres
from tests.fixtures.wire import Wire, wired
from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.mutations.asking import address, version

ADD: Final = """mutation($id: ID!) { addTextTile(input: {dashboardId: $id, markdown: "x"}) { tile { id } errors { message } } }"""
ASLEEP: Final = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
PASSWORD: Final = "s3 @:/?#%41+ü'\"\\"


@asynccontextmanager
async def database_at(url: str, connections: Connections | None = None) -> AsyncGenerator[Database]:
    opened = Database(url, connections or Connections())
    try:
        yield opened
    finally:
        await opened.close()


async def word(database: Database, sql: str) -> str:
    async with database.reading() as session:
        return str(await session.scalar(text(sql)))


async def test_who_listens_for_changes_takes_one_of_the_connections_that_the_pool_has(postgresql_url: str) -> None:
    """So nobody need count it, who works out what PostgreSQL must allow."""
    async with database_at(postgresql_url, Connections(size=1, overflow=0, wait_seconds=0.1)) as database:
        signals = NotifiedSignals(database.engine)
        await signals.wait(0)
        with pytest.raises(RateLimited, match="All connections to the database are taken"):
            await database.check()
        await signals.close()
        await database.check()


@pytest.fixture
def someone(postgres: Postgres, postgresql_url: str) -> Iterator[str]:
    """A role of PostgreSQL that needs its password; the line that says so lies before the one that trusts everybody."""
    role = f"role_{make_url(postgresql_url).database}"
    file = Path(postgres.ask("SHOW hba_file"))
    before, line = file.read_text(encoding="utf-8"), f"local all {role} scram-sha-256\n"
    postgres.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD.replace(chr(39), chr(39) * 2)}'")
    file.write_text(line + before, encoding="utf-8")
    postgres.execute("SELECT pg_reload_conf()")
    yield role
    file.write_text(file.read_text(encoding="utf-8").replace(line, ""), encoding="utf-8")
    postgres.execute("SELECT pg_reload_conf()")
    postgres.execute(f"DROP ROLE {role}")


async def test_a_password_of_any_characters_is_sent_as_it_is_and_shown_nowhere(
    postgres: Postgres, postgresql_url: str, someone: str
) -> None:
    name = make_url(postgresql_url).database
    for password, given in ((PASSWORD, quote(PASSWORD, safe="")), ("other", "other")):
        url = f"postgresql://{someone}:{given}@/{name}?host={quote(str(postgres.socket.parent), safe='')}"
        async with database_at(url) as database:
            shown = [database.address, repr(database.engine), repr(load_settings(database_url=url))]
            if password == PASSWORD:
                assert await word(database, "SELECT current_user") == someone
            else:
                with pytest.raises(DBAPIError, match="password authentication failed") as refused:
                    await database.check()
                shown.append(str(refused.value))
        assert not [line for line in shown if given in line or password in line]


async def test_a_user_and_a_host_may_stand_behind_the_question_mark(postgres: Postgres, postgresql_url: str) -> None:
    name = make_url(postgresql_url).database
    url = f"postgresql:///{name}?host={postgres.socket.parent}&user=postgres&application_name=mine&connect_timeout=5&gssencmode=disable"
    async with database_at(url) as database:
        assert await word(database, "SELECT current_user") == "postgres"
        assert database.address == (
            f"postgresql:///{name}?application_name=mine&connect_timeout=5&gssencmode=***&host={postgres.socket.parent}&user=***"
        )


async def test_of_several_hosts_the_first_that_answers_is_taken(postgres: Postgres, postgresql_url: str) -> None:
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))  # and nobody listens
        async with wired(postgres.socket) as alive:
            url = f"postgresql://postgres@127.0.0.1:{dead.getsockname()[1]},127.0.0.1:{alive.port}/{make_url(postgresql_url).database}"
            async with database_at(url) as database:
                assert await word(database, "SELECT current_user") == "postgres"


def certificate(folder: Path, name: str) -> Path:
    """Make a certificate for 127.0.0.1, which vouches for itself, and its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number(), now - timedelta(1), now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + plain)
    return file


@pytest.mark.parametrize(
    ("query", "serves_tls", "fault"),
    [
        ("sslmode=require", True, None),
        ("sslmode=verify-full&sslrootcert={own}", True, None),
        ("sslmode=verify-full&sslrootcert={other}", True, "CERTIFICATE_VERIFY_FAILED"),
        ("sslmode=require", False, "rejected SSL upgrade"),
        ("sslmode=disable", False, None),
    ],
)
async def test_tls_is_asked_for_as_libpq_does(
    postgres: Postgres, postgresql_url: str, tmp_path: Path, query: str, *, serves_tls: bool, fault: str | None
) -> None:
    own, other = certificate(tmp_path, "own"), certificate(tmp_path, "other")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own)
    async with wired(postgres.socket, tls=context if serves_tls else None) as wire:
        url = f"{wire.url(str(make_url(postgresql_url).database))}?{query.format(own=own, other=other)}"
        async with database_at(url) as database:
            if fault is None:
                await database.check()
            else:
                with pytest.raises((OSError, DBAPIError), match=fault):
                    await database.check()
        assert wire.secured == (1 if serves_tls and fault is None else 0)


async def test_limits_on_waiting_hold_on_every_connection_but_not_while_migrating(postgresql_url: str) -> None:
    limits = Connections(lock_seconds=1.5, statement_seconds=20, idle_seconds=40)
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "application_name")
    async with database_at(postgresql_url, limits) as database:
        assert [await word(database, f"SHOW {name}") for name in names] == ["1500ms", "20s", "40s", "nbinsight"]
        told: list[str] = []
        await run_alembic(
            database,
            lambda config: told.extend(config.attributes["connection"].execute(text(f"SHOW {name}")).scalar_one() for name in names[:3]),
        )
        assert told == ["10s", "0", "0"]


async def test_who_reads_everything_may_take_as_long_as_it_takes_and_whoever_comes_next_may_not(postgresql_url: str) -> None:
    names = ("statement_timeout", "idle_in_transaction_session_timeout")
    async with database_at(postgresql_url, Connections(size=1, overflow=0, statement_seconds=20, idle_seconds=40)) as database:
        async with database.snapshot() as session:
            assert [await session.scalar(text(f"SHOW {name}")) for name in names] == ["0", "0"]
        assert [await word(database, f"SHOW {name}") for name in names] == ["20s", "40s"]


async def test_a_row_that_somebody_else_holds_for_too_long_is_told_and_nothing_changes(postgresql_url: str, tmp_path: Path) -> None:
    world = await make_world(settings_for(postgresql_url, tmp_path, database_lock_seconds=0.1))
    board, before = world.ids["SALES dashboard"], await world.state()
    async with world.application.parts.database.writing() as session:
        await session.execute(text("SELECT id FROM dashboard WHERE id = :id FOR UPDATE"), {"id": board})
        error = await world.refused("admin", ADD, id=board)
    assert error["message"] == "Others are changing what this would change. Ask again in 1 s."
    assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfterSeconds": 1}
    assert await world.state() == before
    await world.ok("admin", ADD, id=board)
    assert await version(world, board) == 2
    await end_world(world)


async def test_a_change_that_goes_to_sleep_lets_go_of_what_it_holds(postgresql_url: str) -> None:
    async with database_at(postgresql_url, Connections(idle_seconds=0.1)) as database:
        with pytest.raises(NothingCommitted):
            await _sleep_in_a_change(database)
        assert await word(database, ASLEEP) == "0"


async def _sleep_in_a_change(database: Database) -> None:
    async with database.writing() as session:
        await session.execute(text("SELECT 1"))
        async with asyncio.timeout(20):
            while await word(database, ASLEEP) != "0":  # noqa: ASYNC110  nothing tells it
                await asyncio.sleep(0.05)
        await session.execute(text("SELECT 1"))


@pytest.fixture
async def cramped(database_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    """A server whose pool has two connections."""
    given = {"database_pool_size": 1, "database_pool_overflow": 1, "database_pool_wait_seconds": 0.05}
    world = await make_world(settings_for(database_url, tmp_path, **given))
    yield world
    await end_world(world)


async def test_who_comes_while_all_connections_are_taken_is_told_to_come_back(cramped: World) -> None:
    made = await cramped.publish(await cramped.save())
    url = await address(cramped, "analyst", made["export"])
    query = {"query": '{ project(key: "SALES") { name } }'}
    headers = {"authorization": f"Bearer {await cramped.token(cramped.ids['analyst'])}"}
    message = "All connections to the database are taken. Ask again in 1 s."
    async with AsyncExitStack() as taken:
        for _ in range(2):
            session = await taken.enter_async_context(cramped.application.parts.database.reading())
            await session.execute(text("SELECT 1"))
        with pytest.raises(RateLimited, match="All connections to the database are taken"):
            await cramped.application.parts.database.check()
        refused = await cramped.client.post("/graphql", json=query, headers=headers)
        content = await cramped.client.get(url)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json() == {"errors": [{"message": message, "extensions": {"code": "RATE_LIMITED", "retryAfterSeconds": 1}}]}
    assert (content.status_code, content.headers["retry-after"], content.text) == (503, "1", message)
    answer = await cramped.client.post("/graphql", json=query, headers=headers)
    assert answer.json() == {"data": {"project": {"name": "Sales"}}}
    assert (await cramped.client.get(url)).status_code == 200


@pytest.fixture
async def wire(postgres: Postgres) -> AsyncGenerator[Wire]:
    """A wire to the PostgreSQL of the tests."""
    async with wired(postgres.socket) as laid:
        yield laid


@pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="needs PgBouncer, which no package of Python brings")
async def test_it_works_behind_a_pooler_in_transaction_mode(wire: Wire, postgresql_url: str, tmp_path: Path) -> None:
    """Two connections serve everybody: whatever stays on one between transactions would show up in somebody else's."""
    name, port = make_url(postgresql_url).database, 20_000 + os.getpid() % 10_000
    (tmp_path / "users").write_text('"postgres" ""\n', encoding="utf-8")
    file = tmp_path / "pgbouncer.ini"
    file.write_text(
        f"[databases]\n* = host=127.0.0.1 port={wire.port} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = trust\nauth_file = {tmp_path / 'users'}\npool_mode = transaction\ndefault_pool_size = 2\n",
        encoding="utf-8",
    )
    with subprocess.Popen(["pgbouncer", *(["-u", "nobody"] if os.getuid() == 0 else []), str(file)]) as pooler:  # noqa: ASYNC220, S603, S607
        try:
            for part in (tmp_path, *tmp_path.parents[:3]):
                part.chmod(0o755)
            async with asyncio.timeout(20):
                while pooler.poll() is None:
                    try:
                        _, writer = await asyncio.open_connection("127.0.0.1", port)
                    except OSError:
                        await asyncio.sleep(0.05)
                        continue
                    writer.close()
                    break
            url = f"postgresql://postgres@127.0.0.1:{port}/{name}"
            world = await make_world(settings_for(url, tmp_path, database_pooler=True))
            board = world.ids["SALES dashboard"]
            await asyncio.gather(*(world.ok("admin", ADD, id=board) for _ in range(20)))
            assert await version(world, board) == 21
            async with world.application.parts.database.writing() as session:
                assert await session.scalar(text("SHOW lock_timeout")) == "5s"
            assert await word(world.application.parts.database, "SHOW lock_timeout") == "0"
            await end_world(world)
        finally:
            pooler.terminate()
