"""Orders of lists."""

import pytest
from sqlalchemy import ClauseElement
from sqlalchemy.dialects import sqlite

from server.db.models import ExportRow, NotebookRow
from server.db.repositories.paging import Order
from server.domain.errors import BadInput


def sql(expression: ClauseElement) -> str:
    return str(expression.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))


def test_an_ascending_list_goes_on_with_what_is_greater() -> None:
    order = Order(NotebookRow.id)
    assert sql(order.after("n0")) == "notebook.id > 'n0'"
    assert sql(order.by()) == "notebook.id ASC"


def test_a_descending_list_goes_on_with_what_is_less() -> None:
    order = Order(ExportRow.sequence, descending=True)
    assert sql(order.after("7")) == "export.sequence < 7"
    assert sql(order.by()) == "export.sequence DESC"


def test_a_number_beyond_the_column_stands_for_its_largest() -> None:
    assert sql(Order(ExportRow.sequence).after("9" * 60)) == "export.sequence > 2147483647"


@pytest.mark.parametrize("key", ["n0", "-1", "1.5", "", " 1", "0x10"])
def test_a_key_of_another_list_is_refused(key: str) -> None:
    with pytest.raises(BadInput, match=r"^`after` is a cursor of another list.$"):
        Order(ExportRow.sequence).after(key)
