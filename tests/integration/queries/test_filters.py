"""Filters of a project's lists: the same on both databases, and never a word about what is hidden."""

from typing import Any, Final

import pytest

from server.db.models import ProjectRow
from server.domain.ids import Kind, new_id
from tests.fixtures import make
from tests.fixtures.world import World
from tests.integration.mutations.asking import do

ALL: Final = ("ÄRGER", "Straße", "100% sure", "a_b", "axb", "back\\slash", "Sales Weekly", "sales monthly")
QUERY: Final = """query($key: String!, $after: String, $notebooks: NotebookFilter, $insights: InsightFilter, $dashboards: DashboardFilter) {
    project(key: $key) { notebooks(filter: $notebooks, first: 3, after: $after) { totalCount nodes { name } pageInfo { endCursor } }
        insights(filter: $insights, first: 100) { totalCount nodes { name } }
        dashboards(filter: $dashboards, first: 100) { totalCount nodes { name } } } }"""


async def found(world: World, who: str, kind: str, after: str | None = None, **wanted: object) -> list[str]:
    """Return the names that a filter finds on all pages; the total must agree."""
    names: list[str] = []
    while True:
        data = (await world.ok(who, QUERY, key="SALES", after=after, **{kind: wanted}))["project"][kind]
        names += [node["name"] for node in data["nodes"]]
        if kind != "notebooks" or not data["nodes"]:
            assert data["totalCount"] == len(names)
            return names
        after = data["pageInfo"]["endCursor"]


async def named(world: World, *names: str) -> dict[str, str]:
    """Notebooks of these names."""
    return {name: await world.save(name) for name in names}


TEXTS: Final = [
    ("", ALL),
    ("SALES", ("Sales Weekly", "sales monthly")),
    ("sales w", ("Sales Weekly",)),
    ("ärger", ("ÄRGER",)),
    ("A\u0308RGER", ("ÄRGER",)),
    ("STRASSE", ("Straße",)),
    ("%", ("100% sure",)),
    ("_", ("a_b",)),
    ("a_b", ("a_b",)),
    ("\\", ("back\\slash",)),
    ("sales  weekly", ()),
    ("' OR 1=1 --", ()),
    ("*", ()),
    ("\0", ()),
    ("s\x1b", ()),
    ("x" * 10_000, ()),
]
"""Texts, and the names of ALL that contain them."""


async def test_a_name_contains_a_text_whatever_the_case_and_nothing_is_special(world: World) -> None:
    await named(world, *ALL)
    for text, names in TEXTS:
        assert await found(world, "analyst", "notebooks", nameContains=text) == list(names), text


async def test_a_name_is_found_by_its_new_form_after_a_renaming(world: World) -> None:
    notebook = (await named(world, "Before"))["Before"]
    insight = (await world.publish(notebook))["insight"]
    await world.authorize(notebook)
    document = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'
    await do(world, "coder", "saveNotebook", projectKey="SALES", name="Before", newName="After", content=document)
    await do(world, "coder", "updateInsight", insightId=insight, name="Ünder")
    for who in ("dash_writer", "analyst_dash"):
        assert await found(world, who, "notebooks", nameContains="AFT") == ["After"]
        assert await found(world, who, "notebooks", nameContains="befo") == []
        assert await found(world, who, "insights", nameContains="üNDER") == ["Ünder"]
        assert await found(world, who, "insights", nameContains="before") == []


async def shown(world: World) -> dict[str, str]:
    """Notebooks `open` (authorized, published), `closed` (published), `draft` (authorized), `plain`; in R, but for `plain`."""
    document = make.notebook(make.code("1"), language="R", kernel="ir")
    ids = {name: await world.save(name, notebook=None if name == "plain" else document) for name in ("open", "closed", "draft", "plain")}
    for name in ("open", "closed"):
        await do(world, "coder", "publishNotebook", notebookId=ids[name], insightName=f"insight of {name}")
    for name in ("open", "draft"):
        await world.authorize(ids[name])
    return ids


@pytest.mark.parametrize(
    ("wanted", "analyst", "reader"),
    [
        ({}, "open closed draft plain", "open"),
        ({"published": True}, "open closed", "open"),
        ({"published": False}, "draft plain", ""),
        ({"authorized": True}, "open draft", "open"),
        ({"authorized": False}, "closed plain", ""),
        ({"authorized": False, "published": True}, "closed", ""),
        ({"authorized": True, "published": False}, "draft", ""),
        ({"language": "r"}, "open closed draft", "open"),
        ({"language": "PYTHON"}, "plain", ""),
        ({"language": "pyth"}, "", ""),
        ({"language": "\0"}, "", ""),
        ({"nameContains": "o", "language": "R", "authorized": None}, "open closed", "open"),
    ],
)
async def test_notebooks_are_narrowed_and_a_dashboard_reader_learns_nothing_of_others(
    world: World, wanted: dict[str, Any], analyst: str, reader: str
) -> None:
    await shown(world)
    assert await found(world, "analyst", "notebooks", **wanted) == analyst.split()
    assert await found(world, "admin", "notebooks", **wanted) == analyst.split()
    for who in ("dash_reader", "dash_writer", "dash_coder"):
        assert await found(world, who, "notebooks", **wanted) == reader.split()


async def test_readers_find_by_the_language_of_the_newest_export_alone(world: World) -> None:
    """The live document is not theirs to know."""
    await shown(world)
    await world.save("open", notebook=make.notebook(make.code("1"), language="julia", kernel="julia"))
    assert await found(world, "dash_reader", "notebooks", language="julia") == []
    assert await found(world, "dash_reader", "notebooks", language="R") == ["open"]
    assert await found(world, "analyst", "notebooks", language="julia") == ["open"]
    [[notebook]] = await world.rows("SELECT id FROM notebook WHERE name = 'open'")
    await do(world, "coder", "createExport", notebookId=notebook)
    assert await found(world, "dash_reader", "notebooks", language="julia") == ["open"]
    assert await found(world, "dash_reader", "notebooks", language="R") == []


async def test_with_the_projects_switch_on_every_published_notebook_is_authorized(world: World) -> None:
    await shown(world)
    async with world.application.parts.database.writing() as session:
        (await session.get_one(ProjectRow, world.ids["SALES"])).authorizes_all_objects = True
    assert await found(world, "dash_reader", "notebooks") == ["open", "closed"]
    assert await found(world, "dash_reader", "notebooks", authorized=True, nameContains="CLO") == ["closed"]
    assert await found(world, "analyst", "notebooks", authorized=True) == ["open", "closed", "draft", "plain"]
    assert await found(world, "analyst", "notebooks", authorized=False) == []


async def test_the_list_of_readers_follows_every_first_and_last_export(world: World) -> None:
    ids = await shown(world)
    for name, expected in (("draft", ["open", "draft"]), ("plain", ["open", "draft"])):
        await do(world, "coder", "createExport", notebookId=ids[name])
        assert await found(world, "dash_reader", "notebooks") == expected
    for export, _ in await world.rows("SELECT id, notebook_id FROM export WHERE notebook_id = :id", id=ids["open"]):
        await do(world, "coder", "deleteExport", exportId=export)
    assert await found(world, "dash_reader", "notebooks") == ["draft"]
    assert await found(world, "analyst", "notebooks", published=False) == ["open"]
    await do(world, "coder", "deleteNotebook", notebookId=ids["draft"])
    assert await found(world, "dash_reader", "notebooks") == []


@pytest.mark.parametrize(
    ("wanted", "writer", "analyst", "reader"),
    [
        ({}, "open closed mine", "open closed", "open"),
        ({"listed": True}, "open closed", "open closed", "open"),
        ({"listed": False}, "mine", "", ""),
        ({"ownerLogin": "coder"}, "open closed", "open closed", "open"),
        ({"ownerLogin": "writer"}, "mine", "", ""),
        ({"ownerLogin": "Coder"}, "", "", ""),
        ({"ownerLogin": "nobody\0"}, "", "", ""),
        ({"nameContains": "INSIGHT of C"}, "closed", "closed", ""),
    ],
)
async def test_insights_are_narrowed(world: World, wanted: dict[str, Any], writer: str, analyst: str, reader: str) -> None:
    ids = await shown(world)
    for name in ("open", "closed"):
        [[insight]] = await world.rows("SELECT id FROM insight WHERE notebook_id = :id", id=ids[name])
        await do(world, "coder", "setInsightListed", insightId=insight, listed=True)
    await do(world, "writer", "createInsight", notebookId=ids["open"], name="insight of mine")
    for who, names in (("writer", writer), ("analyst", analyst), ("dash_reader", reader)):
        assert await found(world, who, "insights", **wanted) == [f"insight of {name}" for name in names.split()], who


async def test_insights_are_found_by_their_notebook_and_a_hidden_one_is_like_none(world: World) -> None:
    ids = await shown(world)
    for name in ("open", "closed"):
        assert await found(world, "coder", "insights", notebookId=ids[name]) == [f"insight of {name}"]
    for garbage in (ids["closed"], ids["plain"], new_id(Kind.NOTEBOOK), world.ids["SALES"], "", "\0", "x" * 10_000):
        assert await found(world, "dash_writer", "insights", notebookId=garbage) == []


@pytest.mark.parametrize(
    ("wanted", "writer", "reader"),
    [
        ({}, ["Dashboard", "Mine", "Listed"], ["Dashboard", "Listed"]),
        ({"listed": True}, ["Dashboard", "Listed"], ["Dashboard", "Listed"]),
        ({"listed": False}, ["Mine"], []),
        ({"ownerLogin": "writer"}, ["Mine", "Listed"], ["Listed"]),
        ({"ownerLogin": "writer", "nameContains": "mIN"}, ["Mine"], []),
    ],
)
async def test_dashboards_are_narrowed(world: World, wanted: dict[str, Any], writer: list[str], reader: list[str]) -> None:
    await do(world, "writer", "createDashboard", projectKey="SALES", name="Mine")
    listed = (await do(world, "writer", "createDashboard", projectKey="SALES", name="Listed"))["dashboard"]["id"]
    await do(world, "writer", "setDashboardListed", dashboardId=listed, listed=True)
    assert await found(world, "dash_writer", "dashboards", **wanted) == writer
    assert await found(world, "dash_reader", "dashboards", **wanted) == reader
