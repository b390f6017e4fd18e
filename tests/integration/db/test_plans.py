"""How databases find pages: in an index that holds what lists filter by, never by reading a whole table."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, text, true
from sqlalchemy.event import listen, remove
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.models import DashboardRow, InsightRow, ProjectRow
from server.db.repositories import dashboards
from server.db.repositories.filters import name_contains
from server.db.repositories.notebooks import ALL_NOTEBOOKS, AUTHORIZED_NOTEBOOKS
from server.db.repositories.paging import Order, count, list_page
from server.db.session import Database
from server.domain.pages import PageRequest
from tests.integration.db import world as make
from tests.integration.db.world import store

COUNT = 100
NAMES = (None, "NOTEBOOK 17", "nothing like it")


async def fill(database: Database) -> ProjectRow:
    """Make projects with many notebooks, all published, half of them authorized; each has an insight. Return one."""
    ada = make.user("ada")
    projects = [make.project(ada, f"P{number}") for number in range(9)]
    await store(database, ada, *projects)
    rows = [make.notebook(project, f"Notebook {number}", published=True) for project in projects for number in range(COUNT)]
    async with database.writing() as session:
        session.add_all(rows)
        await session.flush()
        session.add_all([make.insight(row, ada) for row in rows])
        session.add_all([make.dashboard(place, "Board") for place in projects for _ in range(COUNT)])
        session.add_all([make.authorization(row) for row in rows[::2]])
    if not database.is_sqlite:  # there nobody does that: plans must be good without
        async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.execute(text("VACUUM ANALYZE"))
    return projects[4]


async def plan_of(database: Database, session: AsyncSession, run: Callable[[], Awaitable[object]]) -> str:
    """Run one statement and return how the database went about it."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Connection, cursor: object, statement: str, parameters: object, *rest: object) -> None:
        del connection, cursor, rest
        sent.append((statement, parameters))

    listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        await run()
    finally:
        remove(database.engine.sync_engine, "before_cursor_execute", note)
    [(statement, parameters)] = [entry for entry in sent if entry[0].startswith("SELECT")]
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    rows = await (await session.connection()).exec_driver_sql(explain + statement, parameters)
    return "\n".join(str(row[-1]) for row in rows)


async def check(database: Database, query: Select[Any], order: Order, *indexes: str) -> None:
    """Hold first page, second page and total to one of the indexes, so that rows left out are not read."""
    async with database.reading() as session:
        if not database.is_sqlite:  # so few rows are read quicker by reading the table
            for way in ("seqscan", "bitmapscan"):
                await session.execute(text(f"SET LOCAL enable_{way} = off"))
        first = await list_page(session, query, order, PageRequest(20))
        for key in (None, *first.keys[:1]):
            plan = await plan_of(database, session, partial(list_page, session, query, order, PageRequest(20, key)))
            if database.is_sqlite:
                assert any(f"USING COVERING INDEX {index} " in plan for index in indexes), plan
                assert not re.search(r"SCAN (?!SUBQUERY)", plan), plan
            else:  # while tables are small, several of its indexes are as good
                assert re.search(r"Limit.*\n.*Scan using (ix|pk|uq)_", plan), plan
                assert "Seq Scan" not in plan
        plan = await plan_of(database, session, partial(count, session, query))
        assert ("USING COVERING INDEX" if database.is_sqlite else "Scan using") in plan, plan


async def test_pages_and_totals_are_found_in_one_index(database: Database) -> None:
    project = await fill(database)
    everything, published = "ix_notebook_page", "ix_notebook_published"
    for name in NAMES:
        for found_in, of_published, indexes in (
            (ALL_NOTEBOOKS, False, [everything, published]),
            (ALL_NOTEBOOKS, True, [published]),
            (AUTHORIZED_NOTEBOOKS, True, ["ix_authorized_object_page"]),
        ):
            wanted: list[ColumnElement[bool]] = [found_in.published] if of_published else []
            wanted += [] if name is None else [name_contains(found_in.name_folded, name)]
            await check(database, found_in.of(project.id, and_(true(), *wanted)), found_in.order, *indexes)
        for list_of, order, kind in (
            (dashboards.insights_of_project, dashboards.INSIGHTS_BY_AGE, InsightRow),
            (dashboards.dashboards_of, dashboards.DASHBOARDS_BY_AGE, DashboardRow),
        ):
            named = true() if name is None else name_contains(kind.name_folded, name)
            await check(database, list_of(project.id, named), order, f"ix_{kind.__tablename__}_page")
