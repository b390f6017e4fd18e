"""The permission matrix is asked whole, by the files beside this one: over both databases, under both policies.

A file for each pair, since workers share a suite by files.
"""

from importlib import import_module
from pathlib import Path

from tests.contract.permission_matrix import MATRIX, ROLES
from tests.integration.matrix.cases import CASES
from tests.integration.matrix.checking import CELLS, each_cell
from tests.integration.matrix.stage import ANY_WRITER, HELD, MODERATED


def test_every_row_has_a_case_and_every_cell_a_test() -> None:
    assert set(CASES) == {(row.actions, row.situation) for row in MATRIX}
    assert len(CASES) == len(MATRIX) == 33
    assert set(HELD) == set(ROLES)
    assert len(set(CELLS)) == 33 * 13


def test_every_cell_is_asked_over_both_databases_under_both_policies() -> None:
    asked: list[tuple[str, str]] = []
    for file in Path(__file__).parent.glob("test_*_*.py"):
        module = import_module(f"tests.integration.matrix.{file.stem}")
        [stages] = [mark.args[1] for mark in (mark.mark for mark in module.pytestmark) if mark.args[:1] == ("stage",)]
        assert each_cell.mark in module.test_the_server_answers_as_the_matrix_says.pytestmark
        asked.extend(stages)
    assert sorted(asked) == sorted((database, policy) for database in ("sqlite", "postgresql") for policy in (ANY_WRITER, MODERATED))
