"""What dashboards show, and where."""

from sqlalchemy import true

from server.db.models import AuthorizedObjectRow, DashboardRow, IdempotencyKeyRow, InsightRow, NotebookRow, TileRow
from server.db.repositories import dashboards
from server.db.repositories.facts import is_authorized
from server.db.repositories.idempotency_keys import find_answer
from server.db.session import Database
from server.domain.grid import Box
from tests.integration.db import world as make
from tests.integration.db.world import AT, DIGEST, statements, store


class World:
    """A project with two notebooks, each shown on both of two dashboards."""

    def __init__(self) -> None:
        self.ada = make.user("ada")
        self.sales = make.project(self.ada, "SALES")
        self.churn, self.stock = make.notebook(self.sales, "churn"), make.notebook(self.sales, "stock")
        self.export = make.export(self.churn, 1)
        self.latest, self.pinned = make.insight(self.stock, self.ada), make.insight(self.churn, self.ada, pins=self.export)
        self.first, self.second = make.dashboard(self.sales, "First"), make.dashboard(self.sales, "Second")
        self.pages = [make.page(self.first, 1), make.page(self.first, 0), make.page(self.second, 0)]
        self.lower, self.upper = make.tile(self.pages[0], self.latest, top=20), make.tile(self.pages[0], self.pinned)
        self.text, self.alone = make.tile(self.pages[1], None), make.tile(self.pages[2], self.latest)

    async def stored(self, database: Database) -> "World":
        content = [self.ada, self.sales, self.churn, self.stock, self.export, self.latest, self.pinned]
        await store(database, *content, self.first, self.second, *self.pages, self.lower, self.upper, self.text, self.alone)
        return self


async def test_pages_and_tiles_come_in_the_order_of_reading(database: Database) -> None:
    world = await World().stored(database)
    async with statements(database) as sent, database.reading() as session:
        pages = await dashboards.list_pages(session, [world.first.id, world.second.id])
        query = dashboards.tiles_of_pages(InsightRow.id != world.pinned.id)
        tiles = await dashboards.list_tiles(session, [page.id for page in world.pages], query)
    assert len(sent) == 2
    assert {key: [row.id for row, _ in rows] for key, rows in pages.items()} == {
        world.first.id: [world.pages[1].id, world.pages[0].id],
        world.second.id: [world.pages[2].id],
    }
    shown = {key: [(tile.id, insight and insight.id) for tile, insight in rows] for key, rows in tiles.items()}
    assert shown == {
        world.pages[0].id: [(world.upper.id, None), (world.lower.id, world.latest.id)],
        world.pages[1].id: [(world.text.id, None)],
        world.pages[2].id: [(world.alone.id, world.latest.id)],
    }


async def test_tiles_of_insights_come_with_visible_dashboards_only(database: Database) -> None:
    world = await World().stored(database)
    asked = [world.latest.id, world.pinned.id]
    async with database.reading() as session:
        everywhere = await dashboards.list_tiles_of_insights(session, asked, true())
        somewhere = await dashboards.list_tiles_of_insights(session, asked, DashboardRow.id == world.second.id)
    assert {key: {(tile.id, board.id) for tile, board in rows} for key, rows in everywhere.items()} == {
        world.latest.id: {(world.lower.id, world.first.id), (world.alone.id, world.second.id)},
        world.pinned.id: {(world.upper.id, world.first.id)},
    }
    assert {key: [tile.id for tile, _ in rows] for key, rows in somewhere.items()} == {world.latest.id: [world.alone.id]}


async def test_insights_are_found_by_notebook_and_by_the_export_they_pin(database: Database) -> None:
    world = await World().stored(database)
    async with database.reading() as session:
        of_stock = await dashboards.list_insights_of_notebook(session, world.stock.id, true())
        pinning = await dashboards.list_insights_pinning(session, [world.export.id], true())
        hidden = await dashboards.list_insights_pinning(session, [world.export.id], InsightRow.id == world.latest.id)
    assert [row.id for row in of_stock] == [world.latest.id]
    assert {key: [row.id for row in rows] for key, rows in pinning.items()} == {world.export.id: [world.pinned.id]}
    assert hidden == {}


async def test_sources_without_authorization_are_those_shown_on_the_dashboard(database: Database) -> None:
    world = await World().stored(database)
    authorized = is_authorized(NotebookRow.authorized, NotebookRow.project_id)

    async def missing(dashboard: DashboardRow) -> set[str]:
        async with database.reading() as session:
            return {row.id for row in await dashboards.list_sources_without_authorization(session, dashboard.id, authorized)}

    assert (await missing(world.first), await missing(world.second)) == ({world.churn.id, world.stock.id}, {world.stock.id})
    granted: AuthorizedObjectRow = make.authorization(world.stock)
    await store(database, world.stock, granted)
    assert (await missing(world.first), await missing(world.second)) == ({world.churn.id}, set())


async def test_tiles_are_pushed_to_the_rows_given(database: Database) -> None:
    world = await World().stored(database)
    async with database.writing() as session:
        held = await session.get_one(TileRow, world.lower.id)
        await dashboards.push_tiles(session, {world.lower.id: Box(24, 40, 12, 15)})
        assert held.box_top == 40
        await dashboards.push_tiles(session, {})
    async with database.reading() as session:
        boxes = await dashboards.list_boxes(session, world.pages[0].id)
    assert boxes == {world.upper.id: Box(24, 0, 12, 15), world.lower.id: Box(24, 40, 12, 15)}


async def test_a_project_is_asked_whether_any_dashboard_meets_a_condition(database: Database) -> None:
    world = await World().stored(database)
    async with database.reading() as session:
        assert await dashboards.any_dashboard(session, world.sales.id, DashboardRow.name == "Second") is True
        assert await dashboards.any_dashboard(session, world.sales.id, DashboardRow.name == "Third") is False


async def test_an_answer_is_found_by_user_deed_and_key_together(database: Database) -> None:
    ada, grace = make.user("ada"), make.user("grace")
    answer = {"ids": {"insight": ["i0"]}, "warnings": []}
    row = IdempotencyKeyRow(user_id=ada.id, mutation="publishNotebook", key="one", input_digest=DIGEST, answer=answer, created_at=AT)
    await store(database, ada, grace, row)
    async with database.reading() as session:
        found = await find_answer(session, ada.id, "publishNotebook", "one")
        assert found is not None
        assert (found.answer, found.input_digest) == (answer, DIGEST)
        others = [(grace.id, "publishNotebook", "one"), (ada.id, "createExport", "one"), (ada.id, "publishNotebook", "two")]
        for user_id, mutation, key in others:
            assert await find_answer(session, user_id, mutation, key) is None
