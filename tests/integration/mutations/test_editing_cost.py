"""What an edit costs: the same number of statements, however many tiles are on the page."""

from dataclasses import replace

from server.db.models import TileRow
from server.domain.dashboards import TileKind, TileTitleMode
from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import do
from tests.integration.mutations.boards import Board, add_page, add_text, box, layout, make_board
from tests.integration.queries.shop import statements


async def fill(world: World, board: Board, count: int) -> None:
    """Cover the top of a page with texts of 6 by 6."""
    parts = world.application.parts
    async with parts.database.writing() as session:
        session.add_all(
            TileRow(
                id=parts.new_id(Kind.TILE), page_id=board.page, project_id=world.ids["SALES"], kind=TileKind.TEXT, markdown="x",
                box_left=number % 6 * 6, box_top=number // 6 * 6, box_width=6, box_height=6, title_mode=TileTitleMode.NEVER,
            )
            for number in range(count)
        )  # fmt: skip


async def cost(world: World, field: str, **given: object) -> list[str]:
    """Return the statements that an edit takes; the audit trail and the rights are among them."""
    with statements(world) as seen:
        await do(world, "writer", field, **given)
    return [" ".join(statement.split()[:2]) for statement in seen]


async def test_a_tile_on_a_full_page_costs_what_it_costs_on_a_page_of_one(world: World) -> None:
    costs: list[dict[str, list[str]]] = []
    for count in (1, 500):
        board = await make_board(world)
        tile = await add_text(world, replace(board, page=""), page=await add_page(world, board))
        await fill(world, board, count)
        costs.append(
            {
                "moved": await cost(world, "moveTile", tileId=tile, pageId=board.page, box=box((0, 0, 36, 1))),
                "moved on": await cost(world, "moveTile", tileId=tile, box=box((0, 1, 36, 1))),
                "added": await cost(world, "addTextTile", dashboardId=board.id, markdown="x", box=box((0, 0, 36, 2))),
                "copied": await cost(world, "copyTile", tileId=tile, pageId=board.page),
                "removed": await cost(world, "removeTile", tileId=tile),
            }
        )
        pages = await layout(world, board)
        assert sum(len(page) for page in pages) == count + 2
        assert min(top for _, top, width, _ in pages[0].values() if width == 6) == 3
    few, many = costs
    assert few == many
    assert [few[edit].count("UPDATE tile") for edit in few] == [2, 2, 1, 0, 0], "one for the tile itself, one for all that it pushes"


async def test_pages_make_room_by_one_statement(world: World) -> None:
    board = await make_board(world)
    for _ in range(5):
        await add_page(world, board)
    assert (await cost(world, "addDashboardPage", dashboardId=board.id, index=0)).count("UPDATE dashboard_page") == 1
    assert (await cost(world, "updateDashboardPage", pageId=board.page, index=5)).count("UPDATE dashboard_page") == 2
    assert (await cost(world, "removeDashboardPage", pageId=board.page)).count("UPDATE dashboard_page") == 1
