"""Several processes publish and delete while two others collect, without pause and at no age at all (R3)."""

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from server.app import now
from server.config import Settings
from server.db.session import Database
from server.resolvers.collect_garbage import Ages, Collector
from server.stores.opening import open_store
from tests.fixtures import make
from tests.fixtures.running import ROOT, Running, environment, serving
from tests.fixtures.world import settings_for

pytestmark = pytest.mark.timeout(600)

CLIENTS, SAVES = 4, 12
DAWDLED_SECONDS = 0.1
REFUSED = "The same bytes were being removed from the store, as nothing named them any more: send them again."
PROJECT = 'mutation { createProject(input: {key: "SALES", name: "Sales"}) { project { id } errors { message } } }'
SAVE = """mutation($name: String!, $content: String!) { saveNotebook(input: {projectKey: "SALES", name: $name, content: $content}) {
    notebook { id } errors { message } } }"""
EXPORT = "mutation($id: ID!) { createExport(input: {notebookId: $id}) { export { id } errors { message } } }"
DELETE = "mutation($id: ID!) { deleteNotebook(input: {notebookId: $id, force: true}) { errors { message } } }"
NAMED = "SELECT digest FROM notebook UNION SELECT digest FROM export UNION SELECT digest FROM rendering"
SOURCE = "query($id: ID!) { notebook(id: $id) { source } }"
COLLECT = """
import asyncio, sys
from server.app import close_parts, make_parts, now
from server.config import load_settings
from server.resolvers.collect_garbage import Collector
from tests.integration.test_garbage_race import AT_ONCE, DawdlingDatabase

async def main():
    told = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    parts = make_parts(load_settings())
    database = DawdlingDatabase(load_settings().database)
    collector, removed = Collector(database, parts.store, now, AT_ONCE, strangers=True), 0
    print("begun", flush=True)
    while not told.done():
        removed += (await collector.collect()).blobs
        await asyncio.sleep(0.02)
    print(removed, flush=True)
    await database.close()
    await close_parts(parts)

asyncio.run(main())
"""
AT_ONCE = Ages(blobs=timedelta(seconds=-1))


class DawdlingDatabase(Database):
    """One that takes its time once names have been looked up, so that rows come before anything is taken."""

    @override
    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        async with super().reading() as session:
            yield session
        await asyncio.sleep(DAWDLED_SECONDS)


@contextmanager
def collecting(given: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Collect in a process of its own, again and again, until it is stopped."""
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603  our own words
        [sys.executable, "-c", COLLECT], stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=environment(**given)
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        yield process


def stopped(collector: "subprocess.Popen[str]") -> int:
    """End it; return how many blobs it removed."""
    out, _ = collector.communicate(timeout=60)
    assert collector.returncode == 0
    return int(out)


async def publish(server: Running, token: str, number: int) -> int:
    """Save some of a few documents under names of one's own, read, export and delete them again; return how many saves were refused."""
    chance, refused = random.Random(number), 0  # noqa: S311  no secret
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as client:

        async def done(query: str, **variables: object) -> dict[str, Any]:
            answer = (await client.post(server.address, json={"query": query, "variables": variables})).json()
            assert "errors" not in answer, answer
            [payload] = answer["data"].values()
            return dict(payload)

        for turn in range(SAVES):
            document = json.dumps(make.notebook(make.code(f"document {chance.randrange(5)}")))
            saved = await done(SAVE, name=f"{number} {turn % 3}", content=document)
            if saved["errors"]:
                assert saved["errors"] == [{"message": REFUSED}]
                refused += 1
                continue
            await asyncio.sleep(DAWDLED_SECONDS * chance.random() * 2)  # what was looked up before the save is removed by then
            assert await done(SOURCE, id=saved["notebook"]["id"]) == {"source": json.loads(document)}
            if chance.random() < 0.3:
                assert (await done(EXPORT, id=saved["notebook"]["id"]))["errors"] == []
            if chance.random() < 0.7:
                assert (await done(DELETE, id=saved["notebook"]["id"]))["errors"] == []
    return refused


async def named_and_held(settings: Settings) -> tuple[set[str], set[str]]:
    """Collect once more; return what rows name, and what lies in the store whole."""
    database, store = Database(settings.database), open_store(settings.store)
    try:
        await Collector(database, store, now, AT_ONCE, strangers=True).collect()
        async with database.reading() as session:
            named = set(await session.scalars(text(NAMED)))
        return named, {blob.digest async for blob in store.walk() if await store.get(blob.digest) is not None}
    finally:
        await database.close()


def test_nothing_that_is_named_goes_and_nothing_else_stays(database_url: str, tmp_path: Path) -> None:
    settings = settings_for(database_url, tmp_path, store_url=(tmp_path / "blobs").as_uri())
    given = {
        "NBINSIGHT_DATABASE_URL": settings.database,
        "NBINSIGHT_STORE_URL": settings.store,
        "NBINSIGHT_DATA_DIR": str(tmp_path),
        "NBINSIGHT_SECRET_KEY": "k" * 64,
        "NBINSIGHT_REQUEST_TIMEOUT_SECONDS": "60",
        "NBINSIGHT_RENDER_WORKERS": "1",
    }
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(cwd=tmp_path, **given)) for _ in range(2)]
        token = servers[0].token
        servers[0].data(PROJECT, token)
        collectors = [stack.enter_context(collecting(given)) for _ in range(2)]

        async def all_publish() -> list[int]:
            return await asyncio.gather(*(publish(servers[number % 2], token, number) for number in range(CLIENTS)))

        refused = asyncio.run(all_publish())
        removed = [stopped(collector) for collector in collectors]
    named, held = asyncio.run(named_and_held(settings))
    assert named == held
    assert sum(removed) > 0
    assert sum(refused) < CLIENTS * SAVES / 2
