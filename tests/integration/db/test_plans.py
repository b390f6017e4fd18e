"""How databases find pages: in an index that holds what lists filter by, never by reading a whole table."""

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, false, text, update
from sqlalchemy.event import listen, remove
from sqlalchemy.ext.asyncio import AsyncSession

from server.auth.rules import Action
from server.auth.shelves import DASHBOARDS, INSIGHTS, NOTEBOOKS
from server.auth.viewer import Viewer
from server.db.models import DashboardRow, Entity, InsightRow, ProjectRow
from server.db.repositories import blobs
from server.db.repositories.filters import name_contains
from server.db.repositories.paging import count, list_shelves
from server.db.session import Database
from server.domain.grants import DashboardWritePolicy, expand
from server.domain.grants import ProjectPermission as P
from server.domain.ids import Kind, new_id
from server.domain.pages import Page, PageRequest
from tests.integration.db import world as make
from tests.integration.db.world import statements, store

COUNT = 100
WHO = (P.ADMIN, P.READ_PROJECT_CONTENT, P.WRITE_DASHBOARDS, P.READ_DASHBOARDS)
_INSIGHTS = {"ix_insight_shelf", "ix_insight_own_shelf"}
_DASHBOARDS = {"ix_dashboard_shelf", "ix_dashboard_own_shelf"}
PLANS: tuple[tuple[Any, Action, Sequence[Collection[str]]], ...] = (
    (NOTEBOOKS, Action.VIEW_NOTEBOOK, ({"ix_notebook_page"}, {"ix_notebook_page"}, {"ix_notebook_shelf"}, {"ix_notebook_shelf"})),
    (NOTEBOOKS, Action.LIST_INSIGHT_SOURCES, [{"ix_notebook_shelf"}] * 4),
    (INSIGHTS, Action.LIST_INSIGHTS, ({"ix_insight_page"}, _INSIGHTS, {"ix_insight_shelf"}, _INSIGHTS)),
    (DASHBOARDS, Action.LIST_DASHBOARDS, ({"ix_dashboard_page"}, _DASHBOARDS, {"ix_dashboard_page"}, _DASHBOARDS)),
    (DASHBOARDS, Action.EDIT_DASHBOARD, ({"ix_dashboard_page"}, (), {"ix_dashboard_own_shelf"}, ())),
)
"""Which indexes the lists of an action are found in, for each of WHO; none where there is nothing to find."""

NAMES = (None, "NOTEBOOK 17", "nothing like it")


async def fill(database: Database) -> ProjectRow:
    """Make projects with many notebooks, all published, half of them authorized; each has an insight. Return one."""
    ada = make.user("ada")
    projects = [make.project(ada, f"P{number}") for number in range(9)]
    for project in projects:
        project.dashboard_write_policy = DashboardWritePolicy.OWNER_OR_MODERATOR
    await store(database, ada, *projects)
    rows = [make.notebook(project, f"Notebook {number}", published=True) for project in projects for number in range(COUNT)]
    authorizations = [make.authorization(row) for row in rows[::2]]
    async with database.writing() as session:
        session.add_all(rows)
        await session.flush()
        session.add_all([make.insight(row, ada) for row in rows])
        session.add_all([make.dashboard(place, "Board") for place in projects for _ in range(COUNT)])
        session.add_all(authorizations)
    if not database.is_sqlite:  # there nobody does that: plans must be good without
        async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.execute(text("VACUUM ANALYZE"))
    return projects[4]


def viewer(project: ProjectRow, permission: P) -> Viewer:
    """Return somebody who owns nothing and was granted one permission on the project."""
    return Viewer(new_id(Kind.USER), "somebody", "", can_write=True, projects={project.id: expand({permission})})


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


async def check(database: Database, kind: type[Entity], shelves: Sequence[Select[Any]], indexes: Collection[str]) -> None:
    """Hold first page, second page and total to the indexes, so that rows left out are not read."""
    async with database.reading() as session:
        if not database.is_sqlite:  # so few rows are read quicker by reading the table
            for way in ("seqscan", "bitmapscan"):
                await session.execute(text(f"SET LOCAL enable_{way} = off"))
        first = await list_shelves(session, kind, shelves, PageRequest(20))
        for key in (None, *first.keys[:1]):
            plan = await plan_of(database, session, partial(list_shelves, session, kind, shelves, PageRequest(20, key)))
            if database.is_sqlite:
                assert set(re.findall(r"USING COVERING INDEX (\w+) ", plan)) == set(indexes), plan
                assert not re.search(rf"SCAN {kind.__tablename__}", plan), plan
                assert not re.search(r"COVERING INDEX .*\nUSE TEMP B-TREE", plan), plan  # sorted is what shelves gave, never a shelf
            else:  # while tables are small, several of its indexes are as good
                assert len(re.findall(r"Limit.*\n.*(?:Index Only Scan|Index Scan) using (?:ix|pk|uq)_", plan)) >= len(shelves), plan
                assert "Seq Scan" not in plan
        plan = await plan_of(database, session, partial(count, session, *shelves))
        assert plan.count("USING COVERING INDEX" if database.is_sqlite else "Scan using") >= len(shelves), plan


async def test_pages_and_totals_are_found_in_indexes_whoever_asks(database: Database) -> None:
    project = await fill(database)
    asked = [
        (who, shelving, action, indexes)
        for shelving, action, answers in PLANS
        for who, indexes in zip(WHO, answers, strict=True)
        if indexes
    ]
    assert len(asked) == 18
    for who, shelving, action, indexes in asked:
        shelves = shelving.open_to(viewer(project, who), project, action)
        for name in NAMES:
            named = [] if name is None else [name_contains(shelving.kind.name_folded, name)]
            await check(database, shelving.kind, [shelf.where(*named) for shelf in shelves], indexes)


async def test_the_insights_of_a_notebook_that_is_authorized_are_found_by_it(database: Database) -> None:
    project = await fill(database)
    renewed = update(InsightRow).values(authorized=True)  # as the foreign key does
    of_one = InsightRow.notebook_id == new_id(Kind.NOTEBOOK), InsightRow.project_id == project.id, InsightRow.authorized == false()
    async with database.reading() as session:
        if not database.is_sqlite:  # so few rows are read quicker by reading the table
            await session.execute(text("SET LOCAL enable_seqscan = off"))
        bind = session.get_bind()
        statement = str(renewed.where(*of_one).compile(bind, compile_kwargs={"literal_binds": True}))
        rows = await session.execute(text(f"EXPLAIN {'QUERY PLAN ' * database.is_sqlite}{statement}"))
        plan = "\n".join(str(row[-1]) for row in rows)
    assert re.findall(r"(?:SEARCH insight USING.* INDEX|Index Scan using) (\w+)", plan) == ["ix_insight_copy"], plan


async def test_rows_that_name_a_blob_are_found_by_it(database: Database) -> None:
    await fill(database)
    digests = [f"{number:064x}" for number in range(100)]
    async with database.reading() as session:
        if not database.is_sqlite:  # so few rows are read quicker by reading the table
            for way in ("seqscan", "bitmapscan"):
                await session.execute(text(f"SET LOCAL enable_{way} = off"))
        for tables, look in (
            (("export", "notebook", "rendering"), partial(blobs.list_named, session, make.AT, digests)),
            (("export", "notebook"), partial(blobs.list_digests, session, blobs.SOURCES, digests[50], 100)),
            (("rendering",), partial(blobs.list_digests, session, blobs.RENDERINGS, digests[50], 100)),
            (("rendering",), partial(blobs.list_sizes, session, blobs.RENDERINGS, digests)),
        ):
            plan = await plan_of(database, session, look)
            found = re.findall(r"(?:SEARCH \w+ USING (?:COVERING )?INDEX|Index (?:Only )?Scan using) (\w+)", plan)
            assert sorted(found) == [f"ix_{table}_digest" for table in tables], plan
            assert not re.search(r"SCAN (?:notebook|export|rendering)|Seq Scan", plan), plan


async def test_who_sees_nothing_of_a_list_asks_the_database_nothing(database: Database) -> None:
    project = await fill(database)
    assert DASHBOARDS.open_to(viewer(project, P.READ_DASHBOARDS), project, Action.EDIT_DASHBOARD) == ()
    async with database.reading() as session, statements(database) as sent:
        assert await list_shelves(session, DashboardRow, (), PageRequest(20)) == Page((), (), has_next=False, has_previous=False)
        assert await count(session) == 0
        assert sent == []
