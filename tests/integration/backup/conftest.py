"""A world with a row in every table, and what backups are taken with."""

from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from sqlalchemy import insert

from server.db.copying import Content, contents
from server.db.models import ForeignIdentityRow, GlobalGrantRow, GroupMemberRow, GroupRow, ProjectGrantRow
from server.db.session import Database
from server.domain.grants import GlobalPermission, ProjectPermission
from server.domain.ids import Kind, new_id
from server.stores.folder import FolderStore
from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.mutations.asking import do


def unheard(done: int) -> None:
    """Hear how far it is."""
    del done


def silent(what: str, total: int) -> Callable[[int], None]:
    """Take steps without a word."""
    del what, total
    return unheard


async def held(database: Database) -> dict[str, Content]:
    """Return what all tables hold."""
    async with database.reading() as session:
        return await contents(session)


async def fill(world: World) -> None:
    """Put something into every table."""
    board = world.ids["SALES dashboard"]
    for name in ("Weekly", "Été", "Third"):
        notebook = await world.save(name)
        await do(world, "coder", "publishNotebook", notebookId=notebook, targets=[{"dashboardId": board}], idempotencyKey=name, label="ü")
    await world.save("Weekly", notebook={"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []})
    await world.authorize(notebook)
    parts, user = world.application.parts, world.ids["analyst"]
    async with parts.database.writing() as session:
        group = new_id(Kind.GROUP)
        await session.execute(insert(GroupRow), {"id": group, "name": "team", "created_at": parts.clock()})
        await session.execute(insert(GroupMemberRow), {"group_id": group, "user_id": user})
        await session.execute(insert(GlobalGrantRow), {"group_id": group, "permission": GlobalPermission.CREATE_PROJECTS})
        await session.execute(
            insert(ProjectGrantRow), {"project_id": world.ids["SALES"], "group_id": group, "permission": ProjectPermission.READ_DASHBOARDS}
        )
        given = {"issuer": "hub", "subject": "ana", "user_id": user, "created_at": parts.clock()}
        await session.execute(insert(ForeignIdentityRow), given)
    assert min(content.rows for content in (await held(parts.database)).values()) > 0


@pytest.fixture
async def full(database_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    """A server with a row in every table, whose bytes lie in a folder."""
    made = await make_world(settings_for(database_url, tmp_path, store_url=(tmp_path / "blobs").as_uri()))
    await fill(made)
    yield made
    await end_world(made)


@pytest.fixture
def blobs(full: World, tmp_path: Path) -> FolderStore:
    """The folder of its bytes."""
    del full
    return FolderStore(tmp_path / "blobs")


@pytest.fixture(params=["sqlite", "postgresql"])
async def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Database]:
    """An empty database of either kind, without tables."""
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("unmigrated_postgresql_url")
    opened = Database(url)
    yield opened
    await opened.close()
