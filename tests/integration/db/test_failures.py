"""What errors of a database say in logs and tracebacks: the statement and its fault, and nothing that anybody has written."""

import traceback
from typing import Final

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from server.db.models import TileRow, UserRow
from server.db.session import Database
from tests.integration.db import world as make

WORD: Final = "takeover-of-acme"


async def test_a_key_that_is_there_already_is_not_told(database: Database) -> None:
    await make.store(database, make.user(WORD))
    with pytest.raises(IntegrityError) as refused:
        await make.store(database, make.user(WORD))
    told = "".join(traceback.format_exception(refused.value))
    assert "INSERT INTO user_account" in told
    assert WORD not in told.lower()
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(UserRow)) == 1


async def test_rows_that_break_a_rule_are_not_told(database: Database) -> None:
    """Several at once, which go by another way, and of each the whole row would be told."""
    owner = make.user("ada")
    project = make.project(owner, "SALES")
    board = make.dashboard(project, "Board")
    page = make.page(board, 0)
    await make.store(database, owner, project, board, page)
    tiles = [make.tile(page, None), make.tile(page, None)]
    for tile in tiles:
        tile.markdown, tile.box_width = WORD, -1
    with pytest.raises(IntegrityError) as refused:
        async with database.writing() as session:
            session.add_all(tiles)
    told = "".join(traceback.format_exception(refused.value))
    assert "INSERT INTO tile" in told
    assert WORD not in told
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(TileRow)) == 0
