"""Eight processes run `nbinsight db upgrade` at once, on an empty database and on an old one: all succeed, and nothing is lost."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text

from alembic import command
from server.db.migrate import head, run_alembic
from server.db.session import Database
from tests.contract.test_migrated_rows import BEFORE
from tests.fixtures.databases import Postgres
from tests.fixtures.running import ROOT, environment

TOGETHER: Final = 8
UPGRADES: Final = """
import json, os, sys
from server.cli import app
from server.cli.databases import commands  # loaded once, for all

addresses, together = json.loads(sys.argv[1]), int(sys.argv[2])

def upgrade(address, gate):
    os.read(gate, 1)  # all wait here until the last one is there
    os.environ["NBINSIGHT_DATABASE_URL"] = address
    output = os.open(os.devnull, os.O_WRONLY)
    os.dup2(output, 1)
    try:
        app(["db", "upgrade"])
    except SystemExit as left:
        os._exit(left.code or 0)
    finally:
        os._exit(9)

codes = []
for address in addresses:
    gate, start = os.pipe()
    children = []
    for _ in range(together):
        child = os.fork()
        if child == 0:
            os.close(start)
            upgrade(address, gate)
        children.append(child)
    os.write(start, b"." * together)
    codes.append([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
    os.close(gate)
    os.close(start)
print(json.dumps(codes))
"""


async def upgraded_together(addresses: list[str], folder: Path) -> tuple[list[list[int]], str]:
    """Upgrade each database in eight processes at once; return their exit codes, and what they complained of."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", UPGRADES, json.dumps(addresses), str(TOGETHER)),
        cwd=folder,
        env=environment(PYTHONPATH=str(ROOT)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return json.loads(out), err.decode()


@pytest.fixture
def addresses(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Any:  # noqa: ANN401  pytest's generators
    """The addresses of as many databases as there are rounds, without any table."""
    rounds: int = request.config.getoption("--rounds")
    if kind == "sqlite":
        yield [f"sqlite:///{tmp_path / f'{number}.db'}" for number in range(rounds)]
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    names = [postgres.create() for _ in range(rounds)]
    yield [postgres.url(name) for name in names]
    for name in names:
        postgres.drop(name)


async def rows(address: str, sql: str) -> list[tuple[object, ...]]:
    database = Database(address)
    async with database.reading() as session:
        found = [tuple(row) for row in await session.execute(text(sql))]
    await database.close()
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("old", [False, True], ids=["empty", "old"])
async def test_processes_that_upgrade_together_all_succeed(addresses: list[str], tmp_path: Path, *, old: bool) -> None:
    for address in addresses if old else ():
        database = Database(address)
        await run_alembic(database, lambda config: command.upgrade(config, "0001"))
        async with database.writing() as session:
            for statement in BEFORE:
                await session.execute(text(statement))
        await database.close()
    codes, complaints = await upgraded_together(addresses, tmp_path)
    assert (codes, complaints) == ([[0] * TOGETHER] * len(addresses), "")
    for address in addresses:
        assert await rows(address, "SELECT version_num FROM alembic_version") == [(head(),)]
        kept = await rows(address, "SELECT (SELECT count(*) FROM notebook), (SELECT count(*) FROM insight)")
        assert kept == [(3, 3) if old else (0, 0)]
