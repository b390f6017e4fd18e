"""What errors of a database say in logs and tracebacks, which is nothing that anybody has written, and which of them are counted."""

import traceback
from typing import Final

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from server.db.models import TileRow, UserRow
from server.db.session import Database
from server.http.metrics import PrometheusMeasures
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


async def test_who_will_not_wait_for_sqlites_one_writer_has_not_failed(sqlite_url: str, sqlite_database: Database) -> None:
    """Another process writes: the time at which a token was used is noted later, and no alarm is given."""
    measures = PrometheusMeasures()
    hasty = Database(sqlite_url, measures=measures)

    def counted() -> float | None:
        return measures.registry.get_sample_value("nbinsight_database_errors_total", {"kind": "OperationalError"})

    add = text("INSERT INTO schema_note VALUES (1)")
    async with sqlite_database.writing() as writer:
        await writer.execute(text("CREATE TABLE schema_note (id INTEGER)"))
        with pytest.raises(OperationalError, match="locked"):
            async with hasty.noting() as session:
                await session.execute(add)
        assert counted() is None
        async with hasty.reading() as session:
            await session.execute(text("PRAGMA busy_timeout=0"))
            with pytest.raises(OperationalError, match="locked"):
                await session.execute(text("UPDATE user_account SET login = login"))
        assert counted() == 1, "who is not in haste has failed"
    async with hasty.noting() as session:
        await session.execute(add)
    with pytest.raises(OperationalError, match="no such table"):
        async with hasty.noting() as session:
            await session.execute(text("SELECT 1 FROM nowhere"))
    assert counted() == 2, "nor is everything forgiven to who is"
    await hasty.close()
