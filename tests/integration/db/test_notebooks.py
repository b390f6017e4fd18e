"""What is known of notebooks: their state, their names, their renderings."""

import asyncio

import pytest
from sqlalchemy import func, select, true

from server.db.models import NotebookRow, RenderingRow
from server.db.repositories import nodes, notebooks
from server.db.repositories.facts import is_authorized, is_published
from server.db.repositories.renderings import Renderings
from server.db.session import Database
from server.domain.grants import CodeExposure
from server.domain.ids import Kind, new_id
from server.domain.rendering import RenderingRecord, RenderNotice, RenderNoticeCode
from tests.integration.db import world as make
from tests.integration.db.world import AT, statements, store


async def test_states_tell_project_exposure_and_newest_export_in_one_statement(database: Database) -> None:
    ada = make.user("ada")
    closed, opened = make.project(ada, "CLOSED"), make.project(ada, "OPENED", open_to=CodeExposure.ALWAYS)
    plain, allowed = make.notebook(closed, "plain"), make.notebook(closed, "allowed")
    switched, exception = make.notebook(opened, "switched"), make.notebook(opened, "exception")
    newest, only = make.export(allowed, 10), make.export(switched, 1)
    await store(
        database,
        *(ada, closed, opened, plain, allowed, switched, exception),
        *(make.export(allowed, 9), newest, make.export(allowed, 2), only),
        make.authorization(allowed, CodeExposure.TILES),
        make.authorization(exception, CodeExposure.NEVER),
    )
    asked = [plain.id, allowed.id, switched.id, exception.id, new_id(Kind.NOTEBOOK)]
    async with statements(database) as sent, database.reading() as session:
        states = await notebooks.list_states(session, asked)
    assert len(sent) == 1
    told = {key: (state.project.key, state.code_exposure, state.latest_export and state.latest_export.id) for key, state in states.items()}
    assert told == {
        plain.id: ("CLOSED", None, None),
        allowed.id: ("CLOSED", CodeExposure.TILES, newest.id),
        switched.id: ("OPENED", CodeExposure.ALWAYS, only.id),
        exception.id: ("OPENED", CodeExposure.NEVER, None),
    }


async def test_facts_about_notebooks_hold_in_sql_too(database: Database) -> None:
    ada = make.user("ada")
    closed, opened = make.project(ada, "CLOSED"), make.project(ada, "OPENED", open_to=CodeExposure.TILES)
    plain, allowed, switched = (
        make.notebook(closed, "plain", published=True),
        make.notebook(closed, "allowed"),
        make.notebook(opened, "switched"),
    )
    await store(database, ada, closed, opened, plain, allowed, switched, make.authorization(allowed), make.export(plain, 1))
    async with database.reading() as session:
        authorized = await session.scalars(select(NotebookRow.id).where(is_authorized(NotebookRow.authorized, NotebookRow.project_id)))
        published = await session.scalars(select(NotebookRow.id).where(is_published()))
        assert (set(authorized), set(published)) == ({allowed.id, switched.id}, {plain.id})


async def test_a_name_finds_the_notebook_of_its_project_if_it_is_visible(database: Database) -> None:
    ada = make.user("ada")
    sales, stock = make.project(ada, "SALES"), make.project(ada, "STOCK")
    mine, other = make.notebook(sales, "churn"), make.notebook(stock, "churn")
    await store(database, ada, sales, stock, mine, other)
    async with database.reading() as session:
        found = await notebooks.find_notebook_by_name(session, sales.id, "churn")
        assert found is not None
        assert found.id == mine.id
        assert await notebooks.find_notebook_by_name(session, sales.id, "Churn") is None
        assert await notebooks.find_visible_notebook(session, sales.id, "churn", NotebookRow.id == other.id) is None
        assert await notebooks.project_key_is_taken(session, "SALES") is True
        assert await notebooks.project_key_is_taken(session, "STAFF") is False
        assert set(await notebooks.list_projects_by_key(session, ["SALES", "STAFF"], notebooks.projects_by_key(true()))) == {"SALES"}


async def test_authorizations_are_found_by_notebook_and_listed_by_age(database: Database) -> None:
    ada = make.user("ada")
    sales = make.project(ada, "SALES")
    first, second, plain = (make.notebook(sales, name) for name in ("first", "second", "plain"))
    given = [make.authorization(first), make.authorization(second)]
    await store(database, ada, sales, first, second, plain, *given)
    async with database.reading() as session:
        found = await notebooks.find_authorization(session, second.id)
        assert found is not None
        assert found.id == given[1].id
        assert await notebooks.find_authorization(session, plain.id) is None
        assert [row.id for row in await notebooks.list_authorizations(session, sales.id, true())] == sorted(row.id for row in given)


async def test_rows_of_every_kind_are_found_by_id_but_for_those_hidden(database: Database) -> None:
    ada, crew = make.user("ada"), make.group("crew")
    sales = make.project(ada, "SALES")
    source = make.notebook(sales, "churn")
    authorization, export = make.authorization(source), make.export(source, 1)
    insight, board = make.insight(source, ada), make.dashboard(sales, "Sales")
    page = make.page(board, 0)
    things = [sales, source, export, authorization, insight, board, page, make.tile(page, insight)]
    rows = [ada, crew, make.token(ada), *things, make.event(ada)]
    await store(database, *rows)
    asked = [row.id for row in rows]
    assert {key[0] for key in asked} == {kind.value for kind in nodes.KINDS}
    async with statements(database) as sent, database.reading() as session:
        found = await nodes.list_by_ids(session, [*asked, "nonsense", new_id(Kind.TILE)], lambda kind: nodes.by_ids(kind, true()))
    assert {key: type(row) for key, row in found.items()} == {row.id: type(row) for row in rows}
    assert len(sent) == len(nodes.KINDS)
    async with database.reading() as session:
        visible = await nodes.list_by_ids(session, asked, lambda kind: nodes.by_ids(kind, kind.id != board.id))
    assert set(asked) - set(visible) == {board.id}


@pytest.fixture
def renderings(database: Database) -> Renderings:
    return Renderings(database, lambda: AT)


CODE = next(iter(RenderNoticeCode))
NOTICES = (RenderNotice(CODE, "Something was left out.", 3), RenderNotice(CODE, "So was this.", None))
RECORD = RenderingRecord("k" * 64, "d" * 64, 1234, NOTICES)


async def test_a_rendering_is_found_as_it_was_kept(renderings: Renderings) -> None:
    assert await renderings.find(RECORD.key) is None
    await renderings.keep(RECORD)
    assert await renderings.find(RECORD.key) == RECORD


async def test_a_rendering_kept_by_many_at_once_is_kept_once(renderings: Renderings, database: Database) -> None:
    await asyncio.gather(*(renderings.keep(RECORD) for _ in range(10)))
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(RenderingRow)) == 1
    assert await renderings.find(RECORD.key) == RECORD
