"""The permission matrix over SQLite, where publishing is moderated: one test a cell, and tests that wrong cells are found."""

import pytest

from tests.contract.permission_matrix import ROLES, Row
from tests.integration.matrix.cases import CASES
from tests.integration.matrix.checking import ask, check, each_cell, each_row, effect_of, on, shared
from tests.integration.matrix.stage import MODERATED, Stage

pytestmark = [shared, on("sqlite", MODERATED)]


@each_cell
async def test_the_server_answers_as_the_matrix_says(stage: Stage, row: Row, role: str) -> None:
    await check(stage, row, role)


@each_row
async def test_a_wrong_cell_of_any_row_is_found(stage: Stage, row: Row) -> None:
    """Flip one Y and one - of the row, in memory."""
    cells = row.moderated or row.any_writer
    for place in (cells.rindex("Y"), cells.index("-")):
        wrong = cells[:place] + {"Y": "-", "-": "Y"}[cells[place]] + cells[place + 1 :]
        with pytest.raises(AssertionError):
            await check(stage, row._replace(any_writer=wrong, moderated=wrong), ROLES[place])


@each_row
async def test_an_effect_is_not_there_before_its_deed(stage: Stage, row: Row) -> None:
    for deed in (await CASES[row.actions, row.situation](stage)).deeds:
        assert await effect_of(stage, deed) != deed.after, deed.mutation
        assert "errors" not in await ask(stage, "admin", deed)
        assert await effect_of(stage, deed) == deed.after, deed.mutation
