"""publishNotebook with `insightId`: a new export under an insight that is there already, and under its tiles (rule 7)."""

import asyncio
from typing import Any

from server.domain.ids import Kind, new_id
from tests.fixtures import make
from tests.fixtures.world import World
from tests.integration.mutations.asking import (
    ask,
    bad_ids,
    check_faults,
    check_refusals,
    codes,
    do,
    elsewhere,
    fault,
    forbidden,
    last_subject,
    moderate,
    version,
)

FIELD = "publishNotebook"
CODE, MODERATE = ["WRITE_SAFE_CODE"], ["MODERATE_DASHBOARDS"]
BOTH = ["WRITE_PROJECT_CONTENT", *CODE]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
SHOWN = """query($id: ID!) { insight(id: $id) { name selectionMode pinnedExport { id } displayedExport { id sequence } tiles { id }
    owner { login } } }"""


async def published(world: World) -> dict[str, Any]:
    """A notebook that coder has put on the dashboard, and saved anew since."""
    notebook = await world.save()
    made = await world.publish(notebook, world.ids["SALES dashboard"])
    await world.save(notebook=make.notebook(make.code("2", make.stream("week 2"))))
    return {"notebook": notebook, "given": {"notebookId": notebook, "insightId": made["insight"]}, **made}


async def shown(world: World, insight: str) -> dict[str, Any]:
    found: dict[str, Any] = (await world.ok("analyst", SHOWN, id=insight))["insight"]
    return found


async def test_the_insight_shows_the_new_export_and_keeps_tiles_name_and_owner(world: World) -> None:
    made, board = await published(world), world.ids["SALES dashboard"]
    before = await shown(world, made["insight"])
    done = await do(world, "admin", FIELD, **made["given"], label="week 2")
    assert (done["insight"]["id"], done["export"]["sequence"], done["export"]["trigger"]) == (made["insight"], 2, "PUBLISH")
    assert (done["tiles"], codes(done)) == ([], [("SOURCE_NOT_AUTHORIZED", True)])
    assert await shown(world, made["insight"]) == before | {"displayedExport": {"id": done["export"]["id"], "sequence": 2}}
    assert await world.rows("SELECT (SELECT count(*) FROM insight), (SELECT count(*) FROM tile)") == [(1, 1)]
    assert (await version(world, board), await last_subject(world)) == (2, made["notebook"])


async def test_a_pin_is_lifted_and_other_insights_keep_theirs(world: World) -> None:
    """Rule 8: what publishing shows follows the newest export."""
    made = await published(world)
    pinned = {"mode": "PINNED", "exportId": made["export"]}
    other = (await do(world, "coder", "createInsight", notebookId=made["notebook"], **pinned))["insight"]["id"]
    await do(world, "coder", "selectExport", insightId=made["insight"], **pinned)
    done = await do(world, "coder", FIELD, **made["given"])
    now = await shown(world, made["insight"])
    assert (now["selectionMode"], now["pinnedExport"], now["displayedExport"]["id"]) == ("LATEST", None, done["export"]["id"])
    kept = await shown(world, other)
    assert (kept["selectionMode"], kept["pinnedExport"]) == ("PINNED", {"id": made["export"]})


async def test_targets_add_tiles_of_it(world: World) -> None:
    made, board = await published(world), world.ids["SALES dashboard"]
    done = await do(world, "coder", FIELD, **made["given"], targets=[{"dashboardId": board}, {"dashboardId": board, "showCode": True}])
    assert [tile["showCode"] for tile in done["tiles"]] == [False, True]
    assert [tile["id"] for tile in (await shown(world, made["insight"]))["tiles"]] == [*made["tiles"], *(t["id"] for t in done["tiles"])]
    assert await version(world, board) == 3


async def test_it_takes_the_right_to_publish(world: World) -> None:
    made = await published(world)
    seen = {"analyst": BOTH, "analyst_dash": BOTH, "auth_manager": BOTH, "writer": CODE, "project_admin": CODE}
    hidden = dict.fromkeys((*DASHBOARD_ONLY, "stranger", "code_only"))
    await check_refusals(world, FIELD, made["given"], {**seen, **hidden}, hidden="notebookId", allowed=["coder", "admin"])


async def test_it_takes_the_right_to_edit_that_insight_too(world: World) -> None:
    made = await published(world)
    others = (await world.publish(made["notebook"], who="admin"))["insight"]
    await do(world, "coder", FIELD, notebookId=made["notebook"], insightId=others)
    await moderate(world)
    for key in ({}, {"idempotencyKey": "key"}):
        assert await forbidden(world, "coder", FIELD, notebookId=made["notebook"], insightId=others, **key) == MODERATE
    await do(world, "coder", FIELD, **made["given"])
    await do(world, "admin", FIELD, **made["given"])


async def test_an_insight_that_cannot_be_publishes_nothing(world: World) -> None:
    made, hidden = await published(world), await elsewhere(world)
    sibling = await world.save("Sibling")
    other = (await world.publish(sibling))["insight"]
    orphan = (await world.publish(await world.save("Gone")))["insight"]
    await do(world, "coder", "deleteNotebook", notebookId=(await gone(world)), force=True)
    wrong = [({"insightId": id_}, "InvalidInput", ["insightId"]) for id_ in (other, orphan)]
    wrong += [({"insightName": name}, "InvalidInput", ["insightName"]) for name in ("New", "")]
    wrong += [({"expectedRevision": "0" * 16}, "RevisionConflict", ["expectedRevision"])]
    wrong += [({"label": "x" * 201}, "InvalidInput", ["label"])]
    wrong += [({"targets": [{"dashboardId": made["notebook"]}]}, "NotFound", ["targets", "0", "dashboardId"])]
    ids = bad_ids("insightId", Kind.INSIGHT, hidden["insight"], made["notebook"])
    await check_faults(world, "coder", FIELD, made["given"], *wrong, *ids)


async def gone(world: World) -> str:
    """The id of the notebook named Gone."""
    [[notebook]] = await world.rows("SELECT id FROM notebook WHERE name = 'Gone'")
    return str(notebook)


async def test_a_hidden_insight_answers_like_none(world: World) -> None:
    made, other = await published(world), await elsewhere(world)
    errors = [await fault(world, "coder", FIELD, **made["given"] | {"insightId": id_}) for id_ in (other["insight"], new_id(Kind.INSIGHT))]
    assert errors[0] == errors[1]


async def test_calls_at_once_with_one_key_publish_once_and_a_retry_answers_after_the_insight_is_gone(world: World) -> None:
    made = await published(world)
    given = made["given"] | {"idempotencyKey": "key", "targets": [{"dashboardId": world.ids["SALES dashboard"]}]}
    answers = await asyncio.gather(*(ask(world, "coder", FIELD, given) for _ in range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["data"][FIELD]["export"]["sequence"] == 2
    assert (await fault(world, "coder", FIELD, **given | {"insightId": None}))["__typename"] == "IdempotencyKeyReused"
    await do(world, "coder", "deleteInsight", insightId=made["insight"])
    retried = (await ask(world, "coder", FIELD, given))["data"][FIELD]
    assert (retried["errors"], retried["insight"], retried["export"]["sequence"]) == ([], None, 2)


async def test_publishing_into_it_and_pinning_it_at_once_never_fail_each_other(world: World) -> None:
    made, board = await published(world), world.ids["SALES dashboard"]
    pinning: dict[str, object] = {"insightId": made["insight"], "mode": "PINNED", "exportId": made["export"]}
    publishing = made["given"] | {"targets": [{"dashboardId": board}]}
    calls = [("selectExport", pinning), (FIELD, publishing)] * 6
    answers = await asyncio.gather(*(ask(world, "coder", field, given) for field, given in calls))
    assert [answer["data"][field]["errors"] for (field, _), answer in zip(calls, answers, strict=True)] == [[]] * 12
    assert await world.rows("SELECT count(*), max(sequence) FROM export") == [(7, 7)]
    assert (await shown(world, made["insight"]))["displayedExport"]["sequence"] in {1, 7}
