"""The permission matrix through the API over PostgreSQL, where any writer may publish: one test a cell."""

from tests.contract.permission_matrix import Row
from tests.integration.matrix.checking import check, each_cell, on, shared
from tests.integration.matrix.stage import ANY_WRITER, Stage

pytestmark = [shared, on("postgresql", ANY_WRITER)]


@each_cell
async def test_the_server_answers_as_the_matrix_says(stage: Stage, row: Row, role: str) -> None:
    await check(stage, row, role)
