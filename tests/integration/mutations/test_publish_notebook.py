"""publishNotebook: export, insight and tiles in one step, all or nothing (rules 4 and 7 to 10)."""

import asyncio
import re
from datetime import UTC, datetime

import pytest

from server.domain.grants import GlobalPermission, ProjectPermission
from server.domain.ids import Kind, new_id
from tests.fixtures import make
from tests.fixtures.world import World
from tests.integration.mutations.asking import (
    OFF_THE_GRID,
    ask,
    bad_ids,
    bad_names,
    check_faults,
    check_refusals,
    codes,
    do,
    elsewhere,
    fault,
    forbidden,
    last_subject,
    moderate,
    pages,
    refusal_in,
    version,
)

FIELD = "publishNotebook"
BOTH, CODE = ["WRITE_PROJECT_CONTENT", "WRITE_SAFE_CODE"], ["WRITE_SAFE_CODE"]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
VISIBLE = {"analyst": BOTH, "analyst_dash": BOTH, "auth_manager": BOTH, "writer": CODE, "project_admin": CODE}
TILES = """query($id: ID!) { dashboard(id: $id) { version pages { id tiles { id box { left top width height }
    ... on InsightTile { showCode insight { id displayedExport { id sequence } } } } } } }"""


@pytest.fixture
async def board(world: World) -> str:
    """The project's first dashboard."""
    return world.ids["SALES dashboard"]


async def test_one_call_makes_export_insight_and_a_tile_on_each_target(world: World, board: str) -> None:
    notebook = await world.save()
    second = (await do(world, "writer", "createDashboard", projectKey="SALES", name="Second"))["dashboard"]["id"]
    box = {"left": 24, "top": 7, "width": 6, "height": 3}
    targets = [{"dashboardId": second, "box": box, "showCode": True}, {"dashboardId": board}]
    made = await do(world, "coder", FIELD, notebookId=notebook, label=" week 1 ", insightName="  Sales ", targets=targets)
    export = {"id": made["export"]["id"], "sequence": 1, "label": "week 1", "trigger": "PUBLISH", "createdBy": {"login": "coder"}}
    assert made["export"] == export
    assert made["insight"]["name"] == "Sales"
    assert (made["insight"]["selectionMode"], made["insight"]["owner"], made["insight"]["listed"]) == ("LATEST", {"login": "coder"}, False)
    for dashboard, tile, place, shows in ((second, 0, box, True), (board, 1, {"left": 0, "top": 0, "width": 12, "height": 15}, False)):
        seen = (await world.ok("analyst", TILES, id=dashboard))["dashboard"]
        insight = {"id": made["insight"]["id"], "displayedExport": {"id": export["id"], "sequence": 1}}
        assert seen["pages"][0]["tiles"] == [{"id": made["tiles"][tile]["id"], "box": place, "showCode": shows, "insight": insight}]
        assert (seen["version"], made["tiles"][tile]["page"]) == (2, {"id": seen["pages"][0]["id"]})


async def test_published_again_it_makes_a_new_insight_and_the_first_follows(world: World, board: str) -> None:
    """Rules 7 and 8."""
    notebook = await world.save()
    first = await do(world, "coder", FIELD, notebookId=notebook, targets=[{"dashboardId": board}])
    again = await do(world, "admin", FIELD, notebookId=notebook)
    assert first["insight"]["id"] != again["insight"]["id"]
    assert again["tiles"] == []
    [tile] = (await world.ok("analyst", TILES, id=board))["dashboard"]["pages"][0]["tiles"]
    assert tile["insight"] == {"id": first["insight"]["id"], "displayedExport": {"id": again["export"]["id"], "sequence": 2}}


async def test_the_default_name_is_the_notebooks_with_the_time_in_utc(world: World) -> None:
    """Rule 8."""
    before = datetime.now(UTC).replace(second=0, microsecond=0)
    for name, kept in (("Weekly", 200), ("W" * 200, 181)):
        made = await do(world, "coder", FIELD, notebookId=await world.save(name), insightName=None)
        match = re.fullmatch(r"(W\w+) \((\d{4}-\d\d-\d\d \d\d:\d\d)\)", made["insight"]["name"])
        assert match is not None
        assert match[1] == name[:kept]
        assert before <= datetime.fromisoformat(f"{match[2]}+00:00") <= datetime.now(UTC)


async def test_only_writers_with_the_code_right_publish(world: World, board: str) -> None:
    """Rule 4: a writer without the code right, the code right without project write, a dashboard writer, a project admin."""
    notebook = await world.save()
    given = {"notebookId": notebook, "targets": [{"dashboardId": board}], "idempotencyKey": "k"}
    hidden = dict.fromkeys((*DASHBOARD_ONLY, "stranger", "code_only"))
    await check_refusals(world, FIELD, given, {**VISIBLE, **hidden}, hidden="notebookId", allowed=["coder", "admin"])
    await world.publish(notebook)
    await world.authorize(notebook)
    seen = dict.fromkeys(DASHBOARD_ONLY, BOTH) | {"dash_coder": ["WRITE_PROJECT_CONTENT"]}
    refused = {**VISIBLE, **seen, "stranger": None, "code_only": None}
    await check_refusals(world, FIELD, given, refused, hidden="notebookId", allowed=["coder", "admin"])


async def test_the_unsafe_code_right_is_the_code_right_too(world: World) -> None:
    write, unsafe = ProjectPermission.WRITE_PROJECT_CONTENT, GlobalPermission.WRITE_UNSAFE_CODE
    await world.person("unsafe_coder", permissions=[write], globally=[unsafe])
    await do(world, "unsafe_coder", FIELD, notebookId=await world.save(who="unsafe_coder"))


async def test_one_target_at_fault_and_nothing_happens_on_any(world: World, board: str) -> None:
    """Rule 9."""
    notebook, other = await world.save(), await elsewhere(world, seen_by=["coder"])
    second = (await do(world, "coder", "createDashboard", projectKey="SALES", name="Second"))["dashboard"]["id"]
    [foreign_page] = await pages(world, "coder", second)
    good: dict[str, object] = {"dashboardId": board}
    spare: dict[str, object] = {"dashboardId": second}
    bad: list[tuple[dict[str, object], str, str]] = [
        ({"dashboardId": new_id(Kind.DASHBOARD)}, "NotFound", "dashboardId"),
        ({"dashboardId": notebook}, "NotFound", "dashboardId"),
        ({"dashboardId": other["dashboard"]}, "InvalidInput", "dashboardId"),
        ({"dashboardId": board, "pageId": foreign_page}, "InvalidInput", "pageId"),
        ({"dashboardId": board, "pageId": other["page"]}, "InvalidInput", "pageId"),
        ({"dashboardId": board, "pageId": new_id(Kind.PAGE)}, "NotFound", "pageId"),
    ]
    bad += [({"dashboardId": board, "box": box}, "InvalidInput", "box") for box in OFF_THE_GRID[:2]]
    for before, after in (([], [good, spare]), ([good, spare], [])):
        place = str(len(before))
        cases = [({"targets": [*before, target, *after]}, type_, ["targets", place, key]) for target, type_, key in bad]
        await check_faults(world, "coder", FIELD, {"notebookId": notebook, "authorize": False}, *cases)


async def test_a_hidden_dashboard_among_the_targets_looks_like_none(world: World, board: str) -> None:
    notebook, other = await world.save(), await elsewhere(world)
    errors = [
        await fault(world, "coder", FIELD, notebookId=notebook, targets=[{"dashboardId": board}, {"dashboardId": target}])
        for target in (other["dashboard"], new_id(Kind.DASHBOARD))
    ]
    assert errors[0] == errors[1]
    assert errors[0]["__typename"] == "NotFound"


async def test_a_dashboard_one_may_not_edit_refuses_the_whole_call(world: World, board: str) -> None:
    """Rule 9, under OWNER_OR_MODERATOR, where the first dashboard is the owner's."""
    notebook = await world.save()
    mine = (await do(world, "coder", "createDashboard", projectKey="SALES", name="Mine"))["dashboard"]["id"]
    await moderate(world)
    for targets in ([mine, board], [board, mine]):
        given = {"notebookId": notebook, "targets": [{"dashboardId": target} for target in targets]}
        assert await forbidden(world, "coder", FIELD, **given) == ["MODERATE_DASHBOARDS"]
    await do(world, "coder", FIELD, notebookId=notebook, targets=[{"dashboardId": mine}])


async def test_no_dashboard_one_may_edit_is_a_warning(world: World, board: str) -> None:
    """Rule 9; only if no target is named, and only while there is none."""
    notebook = await world.save()
    await world.authorize(notebook)
    assert codes(await do(world, "coder", FIELD, notebookId=notebook)) == []
    await moderate(world)
    warned = await do(world, "coder", FIELD, notebookId=notebook)
    assert codes(warned) == [("UNCHANGED_SINCE_LATEST", False), ("NO_EDITABLE_DASHBOARD", False)]
    assert codes(await do(world, "admin", FIELD, notebookId=notebook, targets=[{"dashboardId": board}])) == [
        ("UNCHANGED_SINCE_LATEST", False)
    ]
    await do(world, "coder", "createDashboard", projectKey="SALES", name="Mine")
    assert codes(await do(world, "coder", FIELD, notebookId=notebook)) == [("UNCHANGED_SINCE_LATEST", False)]


async def test_a_source_that_dashboard_only_readers_do_not_see_is_a_warning_that_says_who_mends_it(world: World) -> None:
    """Rule 21."""
    active = make.notebook(make.code("1", make.html_output("<script>1</script>")))
    notebook = await world.save(notebook=active)
    made = await do(world, "coder", FIELD, notebookId=notebook)
    assert codes(made) == [("ACTIVE_CONTENT_REMOVED", False), ("SOURCE_NOT_AUTHORIZED", False)]
    same = [("ACTIVE_CONTENT_REMOVED", False), ("UNCHANGED_SINCE_LATEST", False)]
    assert codes(await do(world, "admin", FIELD, notebookId=notebook)) == [*same, ("SOURCE_NOT_AUTHORIZED", True)]
    assert codes(await do(world, "admin", FIELD, notebookId=notebook, authorize=True)) == same
    assert codes(await do(world, "coder", FIELD, notebookId=notebook)) == same


async def test_authorize_without_the_right_refuses_everything(world: World, board: str) -> None:
    """Rule 21, even where the notebook is authorized already."""
    notebook = await world.save()
    given = {"notebookId": notebook, "targets": [{"dashboardId": board}], "authorize": True}
    assert await forbidden(world, "coder", FIELD, **given) == ["MANAGE_AUTHORIZED_OBJECTS"]
    await do(world, "admin", FIELD, **given)
    readable = "query($id: ID!) { notebook(id: $id) { isDashboardAuthorized latestExport { sequence } } }"
    seen = {"notebook": {"isDashboardAuthorized": True, "latestExport": {"sequence": 1}}}
    assert await world.ok("dash_reader", readable, id=notebook) == seen
    assert await forbidden(world, "coder", FIELD, **given) == ["MANAGE_AUTHORIZED_OBJECTS"]


async def test_a_bad_input_publishes_nothing(world: World) -> None:
    notebook, other = await world.save(), await elsewhere(world)
    labels = [({"label": label}, "InvalidInput", ["label"]) for label in ("x" * 201, "x" * 10_000, "a\0", "a\nb")]
    keys = [({"idempotencyKey": key}, "InvalidInput", ["idempotencyKey"]) for key in ("", "x" * 201, "a\0")]
    stale = [({"expectedRevision": revision}, "RevisionConflict", ["expectedRevision"]) for revision in ("0" * 16, "", "x" * 10_000)]
    ids = bad_ids("notebookId", Kind.NOTEBOOK, other["notebook"], world.ids["SALES"])
    await check_faults(world, "coder", FIELD, {"notebookId": notebook}, *labels, *keys, *stale, *ids, *bad_names("insightName"))


async def test_a_version_grows_by_one_for_each_call_whatever_it_pins(world: World, board: str) -> None:
    notebook = await world.save()
    given = {"notebookId": notebook, "targets": [{"dashboardId": board}] * 3}
    made = await do(world, "coder", FIELD, **given)
    assert [tile["box"]["left"] for tile in made["tiles"]] == [0, 12, 24], "side by side, in the order of the targets"
    assert await version(world, board) == 2
    await do(world, "coder", FIELD, notebookId=notebook)
    assert await version(world, board) == 2


async def test_what_a_box_covers_moves_down(world: World, board: str) -> None:
    notebook = await world.save()
    box = {"left": 0, "top": 0, "width": 12, "height": 15}
    for _ in range(3):
        await do(world, "coder", FIELD, notebookId=notebook, targets=[{"dashboardId": board, "box": box}])
    tiles = (await world.ok("analyst", TILES, id=board))["dashboard"]["pages"][0]["tiles"]
    assert [(tile["box"]["top"], tile["insight"]["displayedExport"]["sequence"]) for tile in tiles] == [(0, 3), (15, 3), (30, 3)]
    born = [row[0] for row in await world.rows("SELECT id FROM insight ORDER BY id DESC")]
    assert [tile["insight"]["id"] for tile in tiles] == born, "the newest on top"


async def test_twenty_calls_at_once_with_one_key_publish_once_and_answer_alike(world: World, board: str) -> None:
    notebook = await world.save()
    given = {"notebookId": notebook, "targets": [{"dashboardId": board}, {"dashboardId": board}], "idempotencyKey": "key"}
    answers = await asyncio.gather(*(ask(world, "coder", FIELD, given) for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert len(answers[0]["data"][FIELD]["tiles"]) == 2
    counted = await world.rows("SELECT (SELECT count(*) FROM export), (SELECT count(*) FROM insight), (SELECT count(*) FROM tile)")
    assert (counted, await version(world, board)) == ([(1, 1, 2)], 2)
    await world.publish(notebook)
    assert await ask(world, "coder", FIELD, given) == answers[0], "warnings and all, later too"
    others: list[dict[str, object]] = [{"targets": []}, {"targets": [{"dashboardId": board}]}, {"label": "x"}, {"authorize": True}]
    for change in others:
        error = await fault(world, "coder", FIELD, **given | change)
        assert (error["__typename"], error["field"]) == ("IdempotencyKeyReused", ["input", "idempotencyKey"])
    assert (await do(world, "admin", FIELD, **given))["export"]["sequence"] == 3, "another user's key is another key"


async def test_who_lost_the_right_gets_no_answer_from_a_key(world: World) -> None:
    given = {"notebookId": await world.save(), "idempotencyKey": "key"}
    await do(world, "coder", FIELD, **given)
    await do(world, "owner", "setProjectPermissions", projectKey="SALES", userLogin="coder", permissions=["READ_PROJECT_CONTENT"])
    assert await forbidden(world, "coder", FIELD, **given) == ["WRITE_PROJECT_CONTENT"]


async def test_edits_of_one_dashboard_at_once_lose_nothing(world: World, board: str) -> None:
    notebook = await world.save()
    given = {"notebookId": notebook, "targets": [{"dashboardId": board, "box": {"left": 3, "top": 0, "width": 20, "height": 4}}]}
    answers = await asyncio.gather(*(ask(world, "coder", FIELD, given) for _ in range(12)))
    assert [answer["data"][FIELD]["errors"] for answer in answers] == [[]] * 12
    seen = (await world.ok("analyst", TILES, id=board))["dashboard"]
    assert seen["version"] == 13
    assert sorted(tile["box"]["top"] for tile in seen["pages"][0]["tiles"]) == list(range(0, 48, 4))


async def test_crossing_targets_and_authorizations_at_once_never_fail_each_other(world: World, board: str) -> None:
    """Locks are taken in one order, else PostgreSQL ends one of two such calls."""
    notebook = await world.save()
    await world.publish(notebook)
    second = (await do(world, "admin", "createDashboard", projectKey="SALES", name="Second"))["dashboard"]["id"]
    there, back = [{"dashboardId": board}, {"dashboardId": second}], [{"dashboardId": second}, {"dashboardId": board}]
    calls = [(FIELD, there), (FIELD, back), ("createInsight", there), ("createInsight", back)] * 4
    deeds = [ask(world, "admin", field, {"notebookId": notebook, "targets": targets, "authorize": True}) for field, targets in calls]
    answers = await asyncio.gather(*deeds)
    assert [answer.get("errors") for answer in answers] == [None] * 16
    assert [await version(world, dashboard) for dashboard in (board, second)] == [17, 17]
    assert await world.rows("SELECT count(*) FROM authorized_object") == [(1,)]


async def test_each_mutation_of_an_operation_is_a_transaction_of_its_own(world: World, board: str) -> None:
    notebook = await world.save()
    three = """mutation($notebook: ID!, $board: ID!) {
        publishNotebook(input: {notebookId: $notebook, targets: [{dashboardId: $board}]}) { insight { id } errors { code } }
        authorizeNotebook(input: {notebookId: $notebook}) { errors { code } }
        createExport(input: {notebookId: $notebook, expectedRevision: "0"}) { errors { code } }
        createDashboard(input: {projectKey: "SALES", name: "After"}) { dashboard { name } errors { code } } }"""
    events = len(await world.events())
    answer = await world.run("coder", three, notebook=notebook, board=board)
    assert refusal_in({"data": {"authorizeNotebook": None}, "errors": answer["errors"]}, "authorizeNotebook") == [
        "MANAGE_AUTHORIZED_OBJECTS"
    ]
    assert answer["data"]["createExport"] == {"errors": [{"code": "CONFLICT"}]}
    assert answer["data"]["createDashboard"] == {"dashboard": {"name": "After"}, "errors": []}
    [tile] = (await world.ok("analyst", TILES, id=board))["dashboard"]["pages"][0]["tiles"]
    assert tile["insight"]["id"] == answer["data"][FIELD]["insight"]["id"]
    done = [("coder", FIELD, "ALLOWED"), ("coder", "authorizeNotebook", "DENIED"), ("coder", "createDashboard", "ALLOWED")]
    assert (await world.events())[events:] == done


async def test_the_audit_names_the_notebook_that_was_published(world: World, board: str) -> None:
    """Who, what, on what: on the notebook, whatever else was touched."""
    notebook = await world.save()
    for authorize in (False, True):
        await do(world, "admin", FIELD, notebookId=notebook, targets=[{"dashboardId": board}], authorize=authorize)
        assert await last_subject(world) == notebook
