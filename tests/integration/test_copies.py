"""Whatever is done, in whatever order or at once: what lists are found by is what it was copied or worked out from."""

import asyncio
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from server.db.models import AuthorizedObjectRow, DashboardRow, ExportRow, InsightRow, NameColumns, NotebookRow
from server.domain.ids import Kind
from server.domain.names import fold
from tests.fixtures.world import World
from tests.integration.mutations.asking import ask

IDS: Final = {Kind.NOTEBOOK: "notebook", Kind.INSIGHT: "insight", Kind.EXPORT: "export", Kind.TILE: "tile"}
DEEDS: Final[tuple[tuple[str, Kind, dict[str, Any]], ...]] = (
    ("publishNotebook", Kind.NOTEBOOK, {}),
    ("publishNotebook", Kind.NOTEBOOK, {"authorize": True, "targets": True}),
    ("createInsight", Kind.NOTEBOOK, {}),
    ("createInsight", Kind.NOTEBOOK, {"createExport": True, "authorize": True, "targets": True}),
    ("authorizeNotebook", Kind.NOTEBOOK, {}),
    ("authorizeNotebook", Kind.NOTEBOOK, {"codeExposure": "ALWAYS"}),
    ("revokeAuthorization", Kind.NOTEBOOK, {}),
    ("deleteNotebook", Kind.NOTEBOOK, {"force": True}),
    ("deleteExport", Kind.EXPORT, {"unpin": True}),
    ("setInsightListed", Kind.INSIGHT, {"listed": True, "authorize": True}),
    ("setInsightListed", Kind.INSIGHT, {"listed": False}),
    ("updateInsight", Kind.INSIGHT, {"name": "ÉTÉ"}),
    ("deleteInsight", Kind.INSIGHT, {}),
    ("copyTile", Kind.TILE, {"pageId": True}),
)
Steps = st.lists(st.tuples(st.integers(0, len(DEEDS) - 1), st.integers(0, 5)), min_size=1, max_size=8)


async def step(world: World, number: int, place: int) -> None:
    """Do one deed to one of the things there are, as somebody who may do everything; it may be refused as a fault."""
    field, kind, given_ = DEEDS[number]
    rows = await world.rows(f"SELECT id FROM {IDS[kind]} ORDER BY id")  # noqa: S608  a constant of ours
    if not rows:
        return
    board = world.ids["SALES dashboard"]
    told = {**given_, f"{IDS[kind]}Id": rows[place % len(rows)][0]}
    told |= {"targets": [{"dashboardId": board}]} if "targets" in told else {}
    if "pageId" in told:
        [[told["pageId"]]] = await world.rows("SELECT id FROM dashboard_page WHERE dashboard_id = :id", id=board)
    answer = await ask(world, "admin", field, told)
    assert "errors" not in answer, answer


async def check(world: World) -> None:
    """Work out every copy from what it is a copy of."""
    async with world.application.parts.database.reading() as session:
        authorized = set(await session.scalars(select(AuthorizedObjectRow.notebook_id)))
        published = set(await session.scalars(select(ExportRow.notebook_id)))
        notebooks = list(await session.scalars(select(NotebookRow)))
        insights = list(await session.scalars(select(InsightRow)))
        dashboards = list(await session.scalars(select(DashboardRow)))
    assert {row.id for row in notebooks if row.authorized} == authorized
    assert {row.id for row in notebooks if row.published} == published
    showing = [row for row in insights if row.notebook_id is not None]  # the others keep what was so when their notebook was deleted
    assert {row.id: row.authorized for row in showing} == {row.id: row.notebook_id in authorized for row in showing}
    named: list[NameColumns] = [*notebooks, *insights, *dashboards]
    assert [row.name_folded for row in named] == [fold(row.name) for row in named]


async def begin(world: World) -> None:
    """Make a notebook that is published and two that are not."""
    for number in range(3):
        notebook = await world.save(f"N{number} {len(world.ids)}")
        world.ids[f"N{len(world.ids)}"] = notebook
        if number == 0:
            await world.publish(notebook, world.ids["SALES dashboard"])


@given(steps=Steps)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_copies_are_true_after_any_deeds(world: World, steps: list[tuple[int, int]]) -> None:
    await begin(world)
    for number, place in steps:
        await step(world, number, place)
    await check(world)


async def test_copies_are_true_after_all_deeds_at_once(world: World) -> None:
    await begin(world)
    for place in range(3):
        await asyncio.gather(*(step(world, number, place) for number in range(len(DEEDS))))
        await check(world)
    [[made]] = await world.rows("SELECT count(*) FROM insight")
    assert made > 0
