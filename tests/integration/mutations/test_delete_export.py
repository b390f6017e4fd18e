"""deleteExport. Rule 27: a pinned one is protected unless `unpin`; rule 3: numbers are never given again."""

import asyncio

from server.domain.ids import Kind
from tests.fixtures import make
from tests.fixtures.world import World
from tests.integration.mutations.asking import ask, bad_ids, check_faults, check_refusals, do, elsewhere, fault, last_subject, moderate

FIELD = "deleteExport"
BOTH, CODE = ["WRITE_PROJECT_CONTENT", "WRITE_SAFE_CODE"], ["WRITE_SAFE_CODE"]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
READERS = {"analyst": BOTH, "analyst_dash": BOTH, "auth_manager": BOTH, "writer": CODE, "project_admin": CODE}
SHOWN = "query($id: ID!) { insight(id: $id) { selectionMode accessState pinnedExport { id } displayedExport { sequence } } }"
STATES = """query($id: ID!) { dashboard(id: $id) { version pages { tiles { ... on InsightTile { accessState rendering { url } } } } } }"""


async def exported(world: World, count: int = 2) -> tuple[str, str, list[str]]:
    """A notebook, its insight on the dashboard, and its exports, each of other bytes, oldest first."""
    notebook = await world.save()
    made = await world.publish(notebook, world.ids["SALES dashboard"])
    exports = [made["export"]]
    for number in range(1, count):
        await world.save(notebook=make.notebook(make.code(str(number), make.stream(f"week {number}"))))
        exports.append((await do(world, "coder", "createExport", notebookId=notebook))["export"]["id"])
    return notebook, made["insight"], exports


async def shown(world: World, insight: str, who: str = "analyst") -> tuple[str, int | None, str]:
    """Say how an insight chooses, which export it shows, and why it does or does not."""
    found = (await world.ok(who, SHOWN, id=insight))["insight"]
    displayed = found["displayedExport"]
    return found["selectionMode"], displayed["sequence"] if displayed else None, found["accessState"]


async def pin(world: World, insight: str, export: str) -> None:
    await do(world, "coder", "selectExport", insightId=insight, mode="PINNED", exportId=export)


async def test_insights_that_follow_show_the_newest_left_and_numbers_are_never_given_again(world: World) -> None:
    notebook, insight, exports = await exported(world, 3)
    done = await do(world, "coder", FIELD, exportId=exports[2])
    assert done == {"deletedExportId": exports[2], "unpinned": []}
    assert await last_subject(world) == exports[2]
    assert await shown(world, insight) == ("LATEST", 2, "ACCESSIBLE")
    assert (await do(world, "admin", "createExport", notebookId=notebook))["export"]["sequence"] == 4
    await do(world, "admin", FIELD, exportId=exports[0])
    assert await world.rows("SELECT sequence FROM export ORDER BY sequence") == [(2,), (4,)]


async def test_without_any_export_left_insights_and_tiles_say_so_until_there_is_one(world: World) -> None:
    notebook, insight, [export] = await exported(world, 1)
    await world.authorize(notebook)
    board = world.ids["SALES dashboard"]
    [tile] = (await world.ok("dash_reader", STATES, id=board))["dashboard"]["pages"][0]["tiles"]
    await do(world, "coder", FIELD, exportId=export)
    assert (await world.client.get(tile["rendering"]["url"])).status_code == 404, "an address given out before is dead"
    for who in ("dash_reader", "analyst"):
        assert await shown(world, insight, who) == ("LATEST", None, "EXPORT_DELETED")
        seen = (await world.ok(who, STATES, id=board))["dashboard"]
        assert seen == {"version": 2, "pages": [{"tiles": [{"accessState": "EXPORT_DELETED", "rendering": None}]}]}
    readers = "query($id: ID!) { insight(id: $id) { readerAccessible notebook { isPublished latestExport { id } hasUnpublishedChanges } } }"
    nothing = {"isPublished": False, "latestExport": None, "hasUnpublishedChanges": True}
    assert (await world.ok("writer", readers, id=insight))["insight"] == {"readerAccessible": False, "notebook": nothing}
    assert (await world.ok("dash_writer", readers, id=insight))["insight"] == {"readerAccessible": False, "notebook": None}, "rule 5"
    again = await do(world, "coder", "createExport", notebookId=notebook)
    assert again["export"]["sequence"] == 2
    assert await shown(world, insight, "dash_reader") == ("LATEST", 2, "ACCESSIBLE")


async def test_a_pinned_export_is_protected_and_the_insights_are_named(world: World) -> None:
    notebook, insight, exports = await exported(world)
    await pin(world, insight, exports[0])
    first = await fault(world, "coder", FIELD, exportId=exports[0])
    assert (first["__typename"], first["code"], first["field"]) == ("ExportPinned", "FAILED_PRECONDITION", ["input", "exportId"])
    assert first["insights"] == [{"id": insight}]
    await world.authorize(notebook)
    makers, choice = ("coder", "dash_writer"), {"notebookId": notebook, "mode": "PINNED", "exportId": exports[0]}
    more = [(await do(world, who, "createInsight", **choice))["insight"]["id"] for who in makers]
    second = await fault(world, "admin", FIELD, exportId=exports[0])
    assert second["insights"] == [{"id": id_} for id_ in (insight, *more)]
    assert second["message"] == first["message"], "it tells of no number"
    await do(world, "coder", FIELD, exportId=exports[1])


async def test_unpin_moves_every_insight_that_pins_it_to_the_newest(world: World) -> None:
    notebook, insight, exports = await exported(world)
    await world.authorize(notebook)
    others = (await do(world, "dash_writer", "createInsight", notebookId=notebook, mode="PINNED", exportId=exports[0]))["insight"]["id"]
    kept = (await do(world, "coder", "createInsight", notebookId=notebook, mode="PINNED", exportId=exports[1]))["insight"]["id"]
    await pin(world, insight, exports[0])
    await moderate(world)  # the right to delete the export is enough, whoever may edit the insights
    done = await do(world, "coder", FIELD, exportId=exports[0], unpin=True)
    moved = {"selectionMode": "LATEST", "pinnedExport": None, "displayedExport": {"id": exports[1]}, "accessState": "ACCESSIBLE"}
    assert done == {"deletedExportId": exports[0], "unpinned": [{"id": id_, **moved} for id_ in (insight, others)]}
    assert await shown(world, kept) == ("PINNED", 2, "ACCESSIBLE")
    gone = await do(world, "coder", FIELD, exportId=exports[1], unpin=True)
    assert [(row["id"], row["accessState"]) for row in gone["unpinned"]] == [(kept, "EXPORT_DELETED")]


async def test_deleting_takes_project_write_and_the_code_right(world: World) -> None:
    notebook, _, exports = await exported(world, 3)
    hidden = dict.fromkeys((*DASHBOARD_ONLY, "stranger", "code_only"))
    given = {"exportId": exports[0], "unpin": True}
    await check_refusals(world, FIELD, given, {**READERS, **hidden}, hidden="exportId", allowed=["coder", "admin"])
    await world.authorize(notebook)
    await moderate(world)
    seen = dict.fromkeys(DASHBOARD_ONLY, BOTH) | {"dash_coder": ["WRITE_PROJECT_CONTENT"]}
    refused = {**READERS, **seen, "stranger": None, "code_only": None}
    await check_refusals(world, FIELD, given, refused, hidden="exportId", allowed=["coder", "admin"])
    for who, export in zip(("coder", "admin"), exports, strict=False):
        await do(world, who, FIELD, exportId=export)


async def test_what_is_no_export_is_not_found(world: World) -> None:
    notebook, insight, exports = await exported(world)
    other = await elsewhere(world)
    cases = bad_ids("exportId", Kind.EXPORT, other["export"], notebook, insight)
    await check_faults(world, "coder", FIELD, {"exportId": exports[0]}, *cases)


async def test_of_several_calls_at_once_one_deletes(world: World) -> None:
    _, insight, exports = await exported(world)
    await pin(world, insight, exports[0])
    given = {"exportId": exports[0], "unpin": True}
    answers = await asyncio.gather(*(ask(world, "coder", FIELD, given) for _ in range(6)))
    assert all("errors" not in answer for answer in answers), answers
    errors = [error["__typename"] for answer in answers for error in answer["data"][FIELD]["errors"]]
    assert errors == ["NotFound"] * 5
    assert await shown(world, insight) == ("LATEST", 2, "ACCESSIBLE")


async def test_pinning_and_deleting_at_once_leaves_a_pin_or_no_export_never_both(world: World) -> None:
    _, insight, exports = await exported(world, 4)
    for export in exports[:3]:
        pinning = ask(world, "writer", "selectExport", {"insightId": insight, "mode": "PINNED", "exportId": export})
        answers = await asyncio.gather(pinning, ask(world, "coder", FIELD, {"exportId": export, "unpin": True}))
        assert all("errors" not in answer for answer in answers), answers
        assert answers[1]["data"][FIELD]["errors"] == []
        assert await shown(world, insight) == ("LATEST", 4, "ACCESSIBLE")
