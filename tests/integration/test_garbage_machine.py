"""Publishing, deleting, crashing and collecting in any order: what a row names is always there, and what none does goes (R3)."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from server.db.models import RenderingRow
from server.db.session import Database
from server.resolvers.collect_garbage import Ages, Collector, hold_blob
from server.stores.memory import MemoryStore
from server.stores.port import StoredBlob

T = TypeVar("T")
CONTENTS = st.sampled_from([f"notebook {number}".encode() for number in range(3)])
AGES = Ages(renderings=timedelta(days=10_000))
START = datetime(2030, 1, 1, tzinfo=UTC)


Meddle = Callable[[], Coroutine[Any, Any, None]]


class MeddledStore(MemoryStore):
    """A store that something happens to just when it has been listed: before names are looked up."""

    meddle: Meddle | None = None

    @override
    async def walk(self) -> AsyncGenerator[StoredBlob]:
        blobs = [blob async for blob in super().walk()]
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            await meddle()
        for blob in blobs:
            yield blob


class MeddledDatabase(Database):
    """A database to which something happens just when names have been looked up: before anything is taken, or deleted."""

    meddle: Meddle | None = None

    @override
    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        async with super().reading() as session:
            yield session
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            await meddle()


class Publishing(RuleBasedStateMachine):
    """Rows are renderings' (a digest and nothing else that matters); they are named as notebooks are, by `hold_blob`."""

    template: Path

    def __init__(self) -> None:
        """Begin with a loop for what is asynchronous."""
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.now, self.numbers = START, 0
        self.in_flight: list[str] = []
        self.rows: dict[str, str] = {}

    @initialize()
    def begin(self) -> None:
        shutil.copyfile(self.template, self.folder / "nbinsight.db")
        self.database = MeddledDatabase(f"sqlite:///{self.folder / 'nbinsight.db'}")
        self.store = MeddledStore(lambda: self.now)

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    @override
    def teardown(self) -> None:
        self.now += timedelta(days=3)
        self.in_flight.clear()
        self.run(self._collect(dry_run=False))
        assert set(self.store.blobs) == set(self.rows.values()), "what nothing names has gone, what is named is there"
        self.run(self.database.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    @rule(content=CONTENTS)
    def store_bytes(self, content: bytes) -> None:
        """The first half of a publish."""
        self.in_flight.append(self.run(self.store.put(content)))

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def name_them(self, data: st.DataObject) -> None:
        """The second half, at once or much later."""
        digest = data.draw(st.sampled_from(self.in_flight))
        self.in_flight.remove(digest)
        self.run(self._name(digest))

    @precondition(lambda self: self.in_flight)
    @rule()
    def crash(self) -> None:
        """Bytes were stored, and the row never comes."""
        self.in_flight.clear()

    @rule(content=CONTENTS)
    def leave_bytes_behind(self, content: bytes) -> None:
        """A publish of yesterday that crashed; whoever else stores the same bytes writes nothing."""
        self.run(self.store.put(content))
        self.now += timedelta(hours=25)

    @rule(content=CONTENTS, at_once=st.booleans(), looked_up=st.booleans())
    def save_what_is_left_while_it_is_collected(self, content: bytes, *, at_once: bool, looked_up: bool) -> None:
        """The race itself: the row comes while the collector has the bytes on its list, or when they are gone."""
        self.leave_bytes_behind(content)
        self.collect_while_somebody_publishes(content, named=at_once, looked_up=looked_up)
        while self.in_flight:
            self.run(self._name(self.in_flight.pop()))

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def delete_a_row(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.rows)))
        del self.rows[key]

        async def forget() -> None:
            async with self.database.writing() as session:
                await session.execute(delete(RenderingRow).where(RenderingRow.key == key))

        self.run(forget())

    @rule(hours=st.integers(1, 40))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(dry_run=st.booleans())
    def collect(self, *, dry_run: bool) -> None:
        before = dict(self.store.blobs)
        self.run(self._collect(dry_run=dry_run))
        if dry_run:
            assert self.store.blobs == before

    @rule(content=CONTENTS, named=st.booleans(), looked_up=st.booleans())
    def collect_while_somebody_publishes(self, content: bytes, *, named: bool, looked_up: bool) -> None:
        """Old bytes that nothing names are saved again while the collector has them on its list, of the store or of what is unnamed."""

        async def publish() -> None:
            digest = await self.store.put(content)
            if named:
                await self._name(digest)
            else:
                self.in_flight.append(digest)

        meddled = self.database if looked_up else self.store
        meddled.meddle = publish
        self.run(self._collect(dry_run=False))
        meddled.meddle = None  # in an empty store nothing is looked up

    @invariant()
    def what_rows_name_is_there(self) -> None:
        if hasattr(self, "database"):
            assert set(self.rows.values()) <= set(self.store.blobs)
            assert self.run(self._named()) == set(self.rows.values())

    async def _name(self, digest: str) -> None:
        async with self.database.writing() as session:
            if not await hold_blob(session, self.store, digest):
                return  # a save would be refused
            self.numbers += 1
            key = hashlib.sha256(str(self.numbers).encode()).hexdigest()
            session.add(RenderingRow(key=key, digest=digest, byte_size=1, notices=[], created_at=START))
        self.rows[key] = digest

    async def _named(self) -> set[str]:
        async with self.database.reading() as session:
            return set(await session.scalars(select(RenderingRow.digest)))

    async def _collect(self, *, dry_run: bool) -> None:
        collector = Collector(self.database, self.store, lambda: self.now, AGES, dry_run=dry_run, strangers=True)
        await collector.collect()


def test_in_whatever_order_live_bytes_stay_and_orphans_go(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(Publishing, "template", sqlite_template, raising=False)
    few = settings(max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Publishing, settings=few)
