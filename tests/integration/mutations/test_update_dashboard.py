"""updateDashboard: a dashboard's name and description."""

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import bad_ids, bad_names, check_faults, do, elsewhere, last_subject
from tests.integration.mutations.boards import check_editors, check_versions, make_board

FIELD = "updateDashboard"


async def test_what_is_given_changes_and_the_rest_stays(world: World) -> None:
    board = await make_board(world)
    changes: list[tuple[dict[str, object], str, str | None]] = [
        ({"name": "  Sales ", "description": "two\nlines"}, "Sales", "two\nlines"),
        ({"name": "Stock"}, "Stock", "two\nlines"),
        ({"name": None}, "Stock", "two\nlines"),
        ({"description": "one"}, "Stock", "one"),
        ({"description": None}, "Stock", None),
        ({}, "Stock", None),
        ({"name": "x" * 200, "description": "y" * 10_000}, "x" * 200, "y" * 10_000),
        ({"description": ""}, "x" * 200, None),
    ]
    for number, (change, name, description) in enumerate(changes, start=2):
        made = await do(world, "dash_writer", FIELD, dashboardId=board.id, **change)
        assert made == {"dashboard": {"id": board.id, "name": name, "description": description, "version": number}}
    assert await last_subject(world) == board.id


async def test_only_editors_change_it(world: World) -> None:
    async def given_of(who: str) -> dict[str, object]:
        return {"dashboardId": (await make_board(world, who)).id, "name": "New"}

    await check_editors(world, FIELD, given_of, hidden="dashboardId")


async def test_a_stale_version_changes_nothing(world: World) -> None:
    board = await make_board(world)
    await check_versions(world, FIELD, {"dashboardId": board.id, "name": "New"}, board)


async def test_a_bad_input_changes_nothing(world: World) -> None:
    board, other = await make_board(world), await elsewhere(world)
    texts = [({"description": text}, "InvalidInput", ["description"]) for text in ("x" * 10_001, "a\0", "a\x1b")]
    ids = bad_ids("dashboardId", Kind.DASHBOARD, other["dashboard"], board.page)
    await check_faults(world, "writer", FIELD, {"dashboardId": board.id, "name": "New"}, *bad_names(), *texts, *ids)
