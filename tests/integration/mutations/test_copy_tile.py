"""copyTile: onto a page of the project, with an insight of the copier's own unless it is shared."""

from typing import Any

from sqlalchemy import text

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import Spoilt, bad_ids, check_faults, do, elsewhere, forbidden, last_subject, moderate
from tests.integration.mutations.boards import (
    READERS,
    WRITE,
    add_page,
    add_text,
    box,
    check_editors,
    check_versions,
    layout,
    make_board,
)

FIELD = "copyTile"
DASHBOARD_ONLY = ("dash_writer", "dash_moderator", "dash_coder")


async def change(world: World, sql: str, **values: object) -> None:
    async with world.application.parts.database.writing() as session:
        await session.execute(text(sql), values)


async def insights(world: World) -> int:
    [(count,)] = await world.rows("SELECT count(*) FROM insight")
    return int(count)


async def test_a_copy_looks_the_same_and_shows_an_insight_of_its_makers_own(world: World) -> None:
    source, target = await make_board(world), await make_board(world, "coder")
    notebook = await world.save()
    await world.authorize(notebook)
    made = await world.publish(notebook, source.id, show_code=True)
    await do(world, "coder", "selectExport", insightId=made["insight"], mode="PINNED", exportId=made["export"])
    await do(world, "coder", "updateTile", tileId=made["tiles"][0], title="Week 1", titleMode="ON_HOVER", clickAction="OPEN_INSIGHT")
    covered = await add_text(world, target, (0, 0, 30, 2))
    done = await do(world, "dash_writer", FIELD, tileId=made["tiles"][0], pageId=target.page, expectedVersion=2)
    tile: dict[str, Any] = done["tile"]
    insight = tile.pop("insight")
    assert tile.pop("id") != made["tiles"][0]
    look = {"title": "Week 1", "titleMode": "ON_HOVER", "clickAction": "OPEN_INSIGHT", "showCode": True, "targetInsight": None}
    assert tile == look | {"box": box((0, 2, 12, 15)), "page": {"id": target.page}, "accessState": "ACCESSIBLE"}
    assert done["dashboard"] == {"id": target.id, "version": 3}
    assert insight.pop("id") != made["insight"]
    [[name]] = await world.rows("SELECT name FROM insight WHERE id = :id", id=made["insight"])
    pinned = {"selectionMode": "PINNED", "pinnedExport": {"id": made["export"]}}
    assert insight == {"name": name, "owner": {"login": "dash_writer"}, "listed": False, **pinned}
    assert (await layout(world, source), len((await layout(world, target))[0])) == ([{made["tiles"][0]: (0, 0, 12, 15)}], 2)
    assert (await layout(world, target))[0][covered] == (0, 0, 30, 2)
    assert await last_subject(world) == target.id
    await do(world, "coder", "selectExport", insightId=made["insight"], mode="LATEST")
    [[mode]] = await world.rows("SELECT mode FROM insight WHERE id <> :id", id=made["insight"])
    assert mode == "PINNED", "the copy is a copy"


async def test_a_shared_insight_is_the_same_one(world: World) -> None:
    source = await make_board(world)
    made = await world.publish(await world.save(), source.id)
    done = await do(world, "writer", FIELD, tileId=made["tiles"][0], pageId=source.page, shareInsight=True)
    assert done["tile"]["insight"]["id"] == made["insight"]
    assert await insights(world) == 1
    assert await layout(world, source) == [{made["tiles"][0]: (0, 0, 12, 15), done["tile"]["id"]: (12, 0, 12, 15)}]


async def test_a_text_is_copied(world: World) -> None:
    board = await make_board(world)
    page, tile = await add_page(world, board), await add_text(world, board, (3, 3, 7, 8))
    copy = (await do(world, "dash_writer", FIELD, tileId=tile, pageId=page))["tile"]
    assert {key: value for key, value in copy.items() if key != "id"} == {
        "title": None, "titleMode": "NEVER", "box": box((0, 0, 7, 8)), "page": {"id": page}, "markdown": "Words",
    }  # fmt: skip
    await do(world, "writer", "updateTile", tileId=tile, markdown="Other words")
    [[kept]] = await world.rows("SELECT markdown FROM tile WHERE id = :id", id=copy["id"])
    assert kept == "Words"


async def test_only_editors_of_the_dashboard_copied_onto_copy(world: World) -> None:
    source = await make_board(world, "project_admin")
    tile = await add_text(world, source, who="project_admin")

    async def given_of(who: str) -> dict[str, object]:
        return {"tileId": tile, "pageId": (await make_board(world, who)).page}

    await check_editors(world, FIELD, given_of, hidden="tileId")


async def test_a_hidden_insight_is_neither_copied_nor_shown_anew(world: World) -> None:
    """Rules 12 and 20: the tile tells that something is hidden, and a copy would be a way to keep it at hand."""
    board = await make_board(world)
    notebook = await world.save()
    made = await world.publish(notebook, board.id)
    given = {"tileId": made["tiles"][0], "pageId": board.page}
    for shared in (True, False):
        for who in DASHBOARD_ONLY:
            assert await forbidden(world, who, FIELD, **given, shareInsight=shared) == ["READ_PROJECT_CONTENT"]
        for who in READERS:
            assert await forbidden(world, who, FIELD, **given, shareInsight=shared) == WRITE
    assert (await do(world, "analyst_dash", FIELD, **given))["tile"]["insight"]["owner"] == {"login": "analyst_dash"}
    await world.authorize(notebook)
    assert (await do(world, "dash_writer", FIELD, **given))["tile"]["insight"]["owner"] == {"login": "dash_writer"}


async def test_a_hidden_target_of_a_click_is_left_out_like_a_deleted_one(world: World) -> None:
    board = await make_board(world)
    opened, hidden = await world.save("Open"), await world.save("Hidden")
    await world.authorize(opened)
    made, target = await world.publish(opened, board.id), (await world.publish(hidden))["insight"]
    tile = made["tiles"][0]
    await do(world, "coder", "updateTile", tileId=tile, clickAction="OPEN_OTHER_INSIGHT", targetInsightId=target)
    seen = (await do(world, "writer", FIELD, tileId=tile, pageId=board.page))["tile"]
    assert (seen["clickAction"], seen["targetInsight"]) == ("OPEN_OTHER_INSIGHT", {"id": target})
    unseen = (await do(world, "dash_writer", FIELD, tileId=tile, pageId=board.page))["tile"]
    await change(world, "UPDATE tile SET target_insight_id = NULL")
    deleted = (await do(world, "dash_writer", FIELD, tileId=tile, pageId=board.page))["tile"]
    for copy in (unseen, deleted):
        assert (copy["clickAction"], copy["targetInsight"]) == ("NONE", None)
    assert await world.rows("SELECT id FROM tile WHERE id = :id AND target_insight_id IS NOT NULL", id=unseen["id"]) == []


async def test_a_deleted_insight_stays_deleted_and_one_without_notebook_stays_without(world: World) -> None:
    """Rule 27: every such state is a state."""
    board = await make_board(world)
    gone, bare = [(await world.publish(await world.save(name), board.id)) for name in ("Gone", "Bare")]
    await change(world, "UPDATE tile SET insight_id = NULL WHERE insight_id = :id", id=gone["insight"])
    await change(world, "DELETE FROM insight WHERE id = :id", id=gone["insight"])
    await change(world, "UPDATE insight SET notebook_id = NULL WHERE id = :id", id=bare["insight"])
    for shared in (True, False):
        copy = (await do(world, "dash_writer", FIELD, tileId=gone["tiles"][0], pageId=board.page, shareInsight=shared))["tile"]
        assert (copy["accessState"], copy["insight"]) == ("INSIGHT_DELETED", None)
    assert await insights(world) == 1
    copy = (await do(world, "writer", FIELD, tileId=bare["tiles"][0], pageId=board.page))["tile"]
    assert (copy["accessState"], copy["insight"]["owner"]) == ("NOTEBOOK_DELETED", {"login": "writer"})
    assert await forbidden(world, "dash_writer", FIELD, tileId=bare["tiles"][0], pageId=board.page) == ["READ_PROJECT_CONTENT"]


async def test_a_title_that_the_copier_may_not_read_is_not_in_the_copy(world: World) -> None:
    """Once the insight is deleted, only editors of the dashboard read the title: copying would be a way to it."""
    theirs, mine = await make_board(world, "project_admin"), await make_board(world, "dash_writer")
    made = await world.publish(await world.save(), theirs.id)
    tile = made["tiles"][0]
    await do(world, "project_admin", "updateTile", tileId=tile, title="Layoffs in May")
    await do(world, "coder", "deleteInsight", insightId=made["insight"])
    await moderate(world)
    titles = {}
    for who in ("dash_writer", "dash_moderator"):
        copy = (await do(world, who, FIELD, tileId=tile, pageId=mine.page if who == "dash_writer" else theirs.page))["tile"]
        assert (copy["accessState"], copy["insight"]) == ("INSIGHT_DELETED", None)
        [[titles[who]]] = await world.rows("SELECT title FROM tile WHERE id = :id", id=copy["id"])
    assert titles == {"dash_writer": None, "dash_moderator": "Layoffs in May"}


async def test_who_may_edit_only_the_dashboard_copied_onto_may_copy_from_one_they_read(world: World) -> None:
    theirs, mine = await make_board(world, "project_admin"), await make_board(world, "dash_writer")
    tile = await add_text(world, theirs, who="project_admin")
    await moderate(world)
    await do(world, "dash_writer", FIELD, tileId=tile, pageId=mine.page)
    assert len((await layout(world, mine))[0]) == 1


async def test_a_stale_version_copies_nothing(world: World) -> None:
    board = await make_board(world)
    made = await world.publish(await world.save(), board.id)
    await check_versions(world, FIELD, {"tileId": made["tiles"][0], "pageId": board.page}, board)
    assert await insights(world) == 2


async def test_a_bad_input_copies_nothing(world: World) -> None:
    board, other = await make_board(world), await elsewhere(world, seen_by=["writer"])
    tile = await add_text(world, board)
    spoilt: list[Spoilt] = [
        ({"pageId": other["page"]}, "InvalidInput", ["pageId"]),
        ({"tileId": other["tile"]}, "InvalidInput", ["pageId"]),
        *bad_ids("tileId", Kind.TILE, board.id),
        *bad_ids("pageId", Kind.PAGE, board.id),
    ]
    await check_faults(world, "writer", FIELD, {"tileId": tile, "pageId": board.page}, *spoilt)
    names = {"pageId": "page", "tileId": "tile"}
    hidden: list[Spoilt] = [({key: other[name]}, "NotFound", [key]) for key, name in names.items()]
    await check_faults(world, "coder", FIELD, {"tileId": tile, "pageId": board.page}, *hidden)


async def test_a_full_page_takes_no_copy(world: World) -> None:
    board = await make_board(world)
    tile, page = await add_text(world, board), await add_page(world, board)
    await add_text(world, board, (0, 0, 36, 100_000), page=page)
    await check_faults(world, "writer", FIELD, {"tileId": tile, "pageId": page}, ({}, "InvalidInput", ["pageId"]))
