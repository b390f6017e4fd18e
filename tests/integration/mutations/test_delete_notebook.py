"""deleteNotebook. Rule 27: refused while insights show it, unless `force`, after which they say NOTEBOOK_DELETED."""

import asyncio

from server.domain.ids import Kind
from tests.fixtures.world import World
from tests.integration.mutations.asking import (
    ask,
    bad_ids,
    check_faults,
    check_refusals,
    do,
    elsewhere,
    fault,
    last_subject,
    moderate,
    pages,
)

FIELD = "deleteNotebook"
WRITE = ["WRITE_PROJECT_CONTENT"]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
ALLOWED = ["writer", "coder", "project_admin", "admin"]
SEEN = """query($notebook: ID!, $export: ID!, $insight: ID!, $board: ID!) { notebook(id: $notebook) { id } export(id: $export) { id }
    insight(id: $insight) { name accessState selectionMode notebook { id } pinnedExport { id } displayedExport { id } readerAccessible }
    dashboard(id: $board) { version pages { tiles { ... on InsightTile { accessState displayedTitle insight { id } rendering { url } } } } }
    }"""


async def test_a_notebook_that_no_insight_shows_goes_with_exports_and_authorization(world: World) -> None:
    notebook = await world.save()
    await do(world, "coder", "createExport", notebookId=notebook)
    await world.authorize(notebook)
    assert await do(world, "writer", FIELD, notebookId=notebook) == {"deletedNotebookId": notebook, "affectedInsights": []}
    assert await last_subject(world) == notebook
    for table in ("notebook", "export", "authorized_object"):
        assert await world.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608  a constant of ours
    assert await world.save() != notebook, "the name is free again"


async def test_one_that_insights_show_is_protected_and_they_are_named(world: World) -> None:
    notebook = await world.save()
    first = (await world.publish(notebook))["insight"]
    error = await fault(world, "writer", FIELD, notebookId=notebook)
    assert (error["__typename"], error["code"], error["field"]) == ("NotebookInUse", "FAILED_PRECONDITION", ["input", "notebookId"])
    assert error["insights"] == [{"id": first}]
    await world.authorize(notebook)
    second = (await do(world, "dash_writer", "createInsight", notebookId=notebook))["insight"]["id"]
    more = await fault(world, "admin", FIELD, notebookId=notebook, force=False)
    assert (more["insights"], more["message"]) == ([{"id": first}, {"id": second}], error["message"]), "it tells of no number"
    for insight in (first, second):
        await do(world, "writer", "deleteInsight", insightId=insight)
    await do(world, "writer", FIELD, notebookId=notebook)


async def test_by_force_insights_and_tiles_stay_and_say_that_it_was_deleted(world: World) -> None:
    notebook, board = await world.save(), world.ids["SALES dashboard"]
    made = await world.publish(notebook, board)
    await world.authorize(notebook)
    pinned = await do(world, "dash_writer", "createInsight", notebookId=notebook, mode="PINNED", exportId=made["export"], name="Pinned")
    ids = {"notebook": notebook, "export": made["export"], "insight": made["insight"], "board": board}
    before = (await world.ok("dash_reader", SEEN, **ids))["dashboard"]["pages"][0]["tiles"][0]
    name = (await world.ok("analyst", SEEN, **ids))["insight"]["name"]
    done = await do(world, "project_admin", FIELD, notebookId=notebook, force=True)
    gone = {"accessState": "NOTEBOOK_DELETED", "selectionMode": "LATEST", "notebook": None, "displayedExport": None}
    affected = [{"id": made["insight"], "name": name, **gone}, {"id": pinned["insight"]["id"], "name": "Pinned", **gone}]
    assert done == {"deletedNotebookId": notebook, "affectedInsights": affected}
    assert (await world.client.get(before["rendering"]["url"])).status_code == 404
    tile = {"accessState": "NOTEBOOK_DELETED", "displayedTitle": name, "insight": {"id": made["insight"]}, "rendering": None}
    for who, accessible in (("analyst", None), ("writer", False), ("dash_reader", None)):  # those who saw it are told
        insight = {"name": name, **gone, "pinnedExport": None, "readerAccessible": accessible}
        dashboard = {"version": 2, "pages": [{"tiles": [tile]}]}
        assert await world.ok(who, SEEN, **ids) == {"notebook": None, "export": None, "insight": insight, "dashboard": dashboard}
    copied = await do(world, "dash_writer", "copyTile", tileId=made["tiles"][0], pageId=(await pages(world, "analyst", board))[0])
    assert copied["tile"]["accessState"] == "NOTEBOOK_DELETED"
    again = await world.save()
    await world.publish(again)
    assert (await world.ok("analyst", SEEN, **ids))["insight"]["accessState"] == "NOTEBOOK_DELETED", "its name brings nothing back"


async def test_those_who_did_not_see_it_are_not_told_that_it_was_deleted(world: World) -> None:
    """The states in their order: what hides an insight hides what became of its notebook, until the project's switch opens all."""
    notebook, board = await world.save(), world.ids["SALES dashboard"]
    made = await world.publish(notebook, board)
    ids = {"notebook": notebook, "export": made["export"], "insight": made["insight"], "board": board}
    before = await world.ok("dash_reader", SEEN, **ids)
    hidden = {"accessState": "NOT_AUTHORIZED", "displayedTitle": None, "insight": None, "rendering": None}
    assert before == {"notebook": None, "export": None, "insight": None, "dashboard": {"version": 2, "pages": [{"tiles": [hidden]}]}}
    await do(world, "project_admin", FIELD, notebookId=notebook, force=True)
    assert await world.ok("dash_reader", SEEN, **ids) == before
    for enabled, state in ((True, "NOTEBOOK_DELETED"), (False, "NOT_AUTHORIZED")):
        await do(world, "admin", "setAuthorizeAllObjects", projectKey="SALES", enabled=enabled)
        [tile] = (await world.ok("dash_reader", SEEN, **ids))["dashboard"]["pages"][0]["tiles"]
        assert tile["accessState"] == state


async def test_deleting_takes_project_write_and_no_code_right(world: World) -> None:
    notebook = await world.save()
    await world.publish(notebook)
    readers = dict.fromkeys(("analyst", "analyst_dash", "auth_manager"), WRITE)
    hidden = dict.fromkeys((*DASHBOARD_ONLY, "stranger", "code_only"))
    given = {"notebookId": notebook, "force": True}
    await check_refusals(world, FIELD, given, {**readers, **hidden}, hidden="notebookId", allowed=ALLOWED)
    await world.authorize(notebook)
    await moderate(world)
    refused = {**readers, **dict.fromkeys(DASHBOARD_ONLY, WRITE), "stranger": None, "code_only": None}
    await check_refusals(world, FIELD, given, refused, hidden="notebookId", allowed=ALLOWED)
    for who in ALLOWED:
        await do(world, who, FIELD, notebookId=await world.save(who))


async def test_what_is_no_notebook_is_not_found(world: World) -> None:
    notebook, other = await world.save(), await elsewhere(world)
    cases = bad_ids("notebookId", Kind.NOTEBOOK, other["notebook"], world.ids["SALES"])
    await check_faults(world, "coder", FIELD, {"notebookId": notebook, "force": True}, *cases)


async def test_publishing_and_deleting_at_once_never_fail_each_other(world: World) -> None:
    for _ in range(3):
        notebook, board = await world.save(), world.ids["SALES dashboard"]
        given: dict[str, object] = {"notebookId": notebook, "targets": [{"dashboardId": board}]}
        calls: list[tuple[str, dict[str, object]]] = [(FIELD, {"notebookId": notebook, "force": True})] * 2
        calls += [("publishNotebook", given), ("createExport", {"notebookId": notebook}), ("createInsight", given)]
        answers = await asyncio.gather(*(ask(world, "admin", field, input_) for field, input_ in calls))
        assert all("errors" not in answer for answer in answers), answers
        deleted = [error["__typename"] for answer in answers[:2] for error in answer["data"][FIELD]["errors"]]
        assert deleted == ["NotFound"]
        assert await world.rows("SELECT (SELECT count(*) FROM notebook), (SELECT count(*) FROM export)") == [(0, 0)]
