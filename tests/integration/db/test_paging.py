"""Pages of real lists: joined they are the list, and they stay so while others add and remove."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import ExportRow, GroupRow
from server.db.repositories.notebooks import EXPORTS_NEWEST_FIRST
from server.db.repositories.paging import Order, count, list_page
from server.db.session import Database
from server.domain.ids import Kind, new_id
from server.domain.pages import Page, PageRequest
from tests.integration.db import world as make

BY_AGE = Order(GroupRow.id)
LIST = select(GroupRow)
IDS = sorted(new_id(Kind.GROUP) for _ in range(12))
ALL = st.sets(st.integers(0, len(IDS) - 1))
# what happens between two pages: these places of the list change, from absent to present or back
CHANGES = st.lists(st.sets(st.integers(0, len(IDS) - 1), max_size=3), min_size=len(IDS), max_size=len(IDS))


async def toggle(session: AsyncSession, places: Iterable[int]) -> None:
    """Add the rows that are not there, remove those that are."""
    for place in places:
        gone = await session.scalar(delete(GroupRow).where(GroupRow.id == IDS[place]).returning(GroupRow.id))
        if gone is None:
            session.add(GroupRow(id=IDS[place], name=f"group {place}", created_at=make.AT))
        await session.flush()
        session.expunge_all()


def ids(page: Page[GroupRow]) -> list[str]:
    return [row.id for row in page.rows]


@pytest.mark.parametrize("size", range(5))
@pytest.mark.parametrize("first", [1, 2, 3, 4, 5])
async def test_pages_joined_are_the_whole_list(database: Database, size: int, first: int) -> None:
    async with database.writing() as session:
        await toggle(session, range(size))
    after, joined = None, list[str]()
    async with database.reading() as session:
        assert await count(session, LIST) == size
        while True:
            page = await list_page(session, LIST, BY_AGE, PageRequest(first, after))
            assert len(page.rows) == min(first, size - len(joined))
            joined += ids(page)
            assert page.keys == tuple(ids(page))
            assert page.has_previous == (after is not None)
            assert page.has_next == (len(joined) < size)
            if not page.has_next:
                break
            after = page.keys[-1]
    assert joined == IDS[:size]


@given(first=st.integers(1, 5), initial=ALL, changes=CHANGES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_row_that_stays_is_met_exactly_once_whatever_others_do(
    database: Database, first: int, initial: set[int], changes: list[set[int]]
) -> None:
    present, untouched = set(initial), set(initial)
    after, met = None, list[str]()
    async with database.writing() as session:  # one transaction for all: each example leaves the table empty
        await toggle(session, sorted(initial))
        for between in changes:
            page = await list_page(session, LIST, BY_AGE, PageRequest(first, after))
            assert set(ids(page)) <= {IDS[place] for place in present}
            met += ids(page)
            if not page.has_next:
                break
            after = page.keys[-1]
            await toggle(session, between)
            present ^= between
            untouched -= between
        await session.execute(delete(GroupRow))
    assert met == sorted(set(met))
    assert {IDS[place] for place in untouched} <= set(met)


async def test_a_list_by_number_goes_on_below_the_last_number(database: Database) -> None:
    owner = make.user("ada")
    project = make.project(owner, "SALES")
    source, other = make.notebook(project, "churn"), make.notebook(project, "other")
    exports = [make.export(source, sequence) for sequence in range(1, 13)]
    random.Random(7).shuffle(exports)  # noqa: S311  any order but the list's own
    await make.store(database, owner, project, source, other, make.export(other, 99), *exports)
    query = select(ExportRow).where(ExportRow.notebook_id == source.id)
    async with database.reading() as session:
        newest = await list_page(session, query, EXPORTS_NEWEST_FIRST, PageRequest(5))
        middle = await list_page(session, query, EXPORTS_NEWEST_FIRST, PageRequest(5, newest.keys[-1]))
        oldest = await list_page(session, query, EXPORTS_NEWEST_FIRST, PageRequest(5, middle.keys[-1]))
    assert [row.sequence for page in (newest, middle, oldest) for row in page.rows] == list(range(12, 0, -1))
    assert newest.keys == ("12", "11", "10", "9", "8")
    assert [page.has_next for page in (newest, middle, oldest)] == [True, True, False]
    assert [page.has_previous for page in (newest, middle, oldest)] == [False, True, True]


async def test_a_number_beyond_the_column_is_behind_every_row(database: Database) -> None:
    async with database.reading() as session:
        page = await list_page(session, select(ExportRow), Order(ExportRow.sequence), PageRequest(5, "9" * 30))
    assert page == Page((), (), has_next=False, has_previous=True)


async def test_ids_are_listed_by_byte_on_both_databases(database: Database) -> None:
    mixed = ["r0" + "a" * 25, "r0" + "v" * 25, "r09" + "a" * 24, "r0a" + "0" * 24, "r00" + "v" * 24]
    await make.store(database, *(GroupRow(id=key, name=key, created_at=make.AT) for key in mixed))
    async with database.reading() as session:
        page = await list_page(session, LIST, BY_AGE, PageRequest(10))
    assert ids(page) == sorted(mixed)
