"""What a read costs: one statement a level, however many rows it has."""

from asyncio import create_task, gather
from contextvars import ContextVar
from typing import Any, Final

import pytest
from sqlalchemy import event

from server.db.models import ExportRow, InsightRow, Model, NotebookRow, PageRow, TileRow
from server.domain.dashboards import ExportSelectionMode, TileClickAction, TileKind, TileTitleMode
from server.domain.ids import Kind
from server.domain.notebooks import ExportTrigger
from tests.integration.db import world as make
from tests.integration.queries.shop import WHO_ASKS, Shop, statements

EVERYTHING: Final = """query($id: ID!) { dashboard(id: $id) { id name version owner { login } project { key owner { login } }
    viewerCan { edit list } missingAuthorizations { name isDashboardAuthorized kernel { name } }
    pages { index displayedTitle tiles { id box { left top } title displayedTitle page { index } ... on InsightTile {
        showCode accessState targetInsight { name } insight { id name owner { login } project { key } accessState readerAccessible
            viewerCan { edit createExport } pinnedExport { sequence } displayedExport { id sequence isLatest digest createdBy { login }
                kernel { name } viewerCan { showCode } pinnedBy { name } notebook { name createdBy { login } } }
            notebook { name isPublished isDashboardAuthorized hasUnpublishedChanges latestExport { sequence } viewerCan { publish } }
            tiles { id } dashboards { name } }
        rendering { url codeIncluded } } ... on TextTile { markdown html } } } } }"""
MAIN: Final = """query($id: ID!) { dashboard(id: $id) { id name version owner { login } pages { index displayedTitle tiles { id
    box { left top width height } displayedTitle ... on InsightTile { accessState insight { id name displayedExport { sequence } }
        rendering { url codeIncluded } } ... on TextTile { markdown html } } } } }"""


async def add_tiles(shop: Shop, count: int) -> None:
    """Put more tiles on the dashboard, each of an insight, an export and a notebook of its own, owned by people in turn.

    Eight in a row are of every sort: pinned or not, authorized or not, titled or not. Every fourth begins a page.
    """
    world, parts = shop.world, shop.world.application.parts
    dashboard = world.ids["SALES dashboard"]
    [[page, position]] = await world.rows(
        "SELECT id, position FROM dashboard_page WHERE dashboard_id = :id ORDER BY position DESC LIMIT 1", id=dashboard
    )
    people = sorted(id_ for id_ in world.ids.values() if id_.startswith(Kind.USER))
    now, project = parts.clock(), world.ids["SALES"]
    async with parts.database.writing() as session:
        for number in range(count):
            who, row_ids = people[number % len(people)], {kind: parts.new_id(kind) for kind in Kind}
            document: dict[str, Any] = {"digest": "0" * 64, "byte_size": 1, "cell_count": 1}
            kernel: dict[str, Any] = {"kernel_name": "python3", "kernel_display_name": None, "language": "python"}
            notebook = NotebookRow(
                id=row_ids[Kind.NOTEBOOK], project_id=project, name=row_ids[Kind.NOTEBOOK], has_outputs=True, has_active_content=False,
                last_sequence=1, published=True, created_at=now, created_by_id=who, modified_at=now, modified_by_id=who,
                **document, **kernel,
            )  # fmt: skip
            export = ExportRow(
                id=row_ids[Kind.EXPORT], notebook_id=notebook.id, project_id=project, sequence=1, notebook_name="Copy", label=None,
                trigger=ExportTrigger.MANUAL,
                author_may_create_active_content=False, created_at=now, created_by_id=who, **document, **kernel,
            )  # fmt: skip
            pinned, authorized, titled = (bool(number >> bit & 1) for bit in range(3))
            rows: list[Model] = [notebook, export]
            if authorized:
                rows.append(make.authorization(notebook))
            insight = InsightRow(
                id=row_ids[Kind.INSIGHT], project_id=project, notebook_id=notebook.id, authorized=authorized, name="Copy",
                owner_id=who, listed=number % 3 == 0,
                mode=ExportSelectionMode.PINNED if pinned else ExportSelectionMode.LATEST, pinned_export_id=export.id if pinned else None,
                created_at=now, modified_at=now,
            )  # fmt: skip
            rows.append(insight)
            if number % 4 == 0:
                page, position = row_ids[Kind.PAGE], position + 1
                rows.append(PageRow(id=page, dashboard_id=dashboard, project_id=project, position=position))
            tile = TileRow(
                id=row_ids[Kind.TILE], page_id=page, project_id=project, kind=TileKind.INSIGHT, insight_id=insight.id, box_left=0,
                box_top=100 + number, box_width=1, box_height=1, show_code=True, title_mode=TileTitleMode.ALWAYS,
                click_action=TileClickAction.NONE, title="Numbers" if titled else None,
            )  # fmt: skip
            note = TileRow(
                id=parts.new_id(Kind.TILE), page_id=page, project_id=project, kind=TileKind.TEXT, markdown=f"*Words* {number % 3}",
                box_left=1, box_top=100 + number, box_width=1, box_height=1, title_mode=TileTitleMode.NEVER,
            )  # fmt: skip
            for row in (*rows, tile, note):
                session.add(row)
                await session.flush()


async def cost(shop: Shop, who: str, query: str) -> int:
    """Return how many statements a read of the dashboard takes."""
    with statements(shop.world) as seen:
        await shop.world.ok(who, query, id=shop.world.ids["SALES dashboard"])
    return len(seen)


@pytest.mark.parametrize("who", ["dash_reader", "dash_writer", "analyst", "coder"])
async def test_a_dashboard_costs_the_same_with_18_tiles_and_with_82(own_shop: Shop, who: str) -> None:
    await add_tiles(own_shop, 8)
    few = {query: await cost(own_shop, who, query) for query in (MAIN, EVERYTHING)}
    await add_tiles(own_shop, 32)
    many = {query: await cost(own_shop, who, query) for query in (MAIN, EVERYTHING)}
    [[tiles]] = await own_shop.world.rows("SELECT count(*) FROM tile WHERE project_id = :id", id=own_shop.world.ids["SALES"])
    assert tiles == 82
    assert few[MAIN] == many[MAIN] <= 12 - 5, "five more may look up who asks"
    # fields of different depths ask for rows of one kind at nearly the same moment: one or two batches, never one a tile
    assert max(few[EVERYTHING], many[EVERYTHING]) <= 24


OPERATION: ContextVar[list[str] | None] = ContextVar("OPERATION", default=None)
"""What the operation at hand has sent: each runs in a context of its own."""


async def test_a_dashboard_costs_the_same_in_a_crowd_and_where_the_use_of_the_token_is_noted(own_shop: Shop) -> None:
    world = own_shop.world
    await add_tiles(own_shop, 32)
    alone = await cost(own_shop, "dash_writer", MAIN)

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if (sent := OPERATION.get()) is not None and statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            sent.append(statement)

    async def read() -> list[str]:
        sent: list[str] = []
        OPERATION.set(sent)
        await world.ok("dash_writer", MAIN, id=world.ids["SALES dashboard"])
        return sent

    engine = world.application.parts.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        crowd = await gather(*(create_task(read()) for _ in range(12)))
        await own_shop.change("UPDATE access_token SET last_used_at = NULL")
        after_a_while = await create_task(read())
    finally:
        event.remove(engine, "before_cursor_execute", note)
    asks_who = [sum(any(mark in " ".join(each.split()) for mark in WHO_ASKS) for each in sent) for sent in (*crowd, after_a_while)]
    assert [len(sent) for sent in (*crowd, after_a_while)] == [alone + count for count in asks_who]
    assert [sent[:19] for sent in after_a_while if not sent.startswith("SELECT")] == ["UPDATE access_token"]
    # the note is a change too, for which who asks is looked up once more, once a minute
    assert len(after_a_while) == (11 if world.application.parts.database.is_sqlite else 13)
