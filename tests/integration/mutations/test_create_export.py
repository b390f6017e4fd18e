"""createExport: a frozen copy without an insight; rule 4's rights."""

import asyncio

from server.domain.ids import Kind
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
    fault_in,
    last_subject,
)

FIELD = "createExport"
EXPORTS = """query($id: ID!) { notebook(id: $id) { hasUnpublishedChanges revision latestExport { id }
    exports { totalCount nodes { id sequence label trigger isLatest createdBy { login } sourceRevision } } } }"""
BOTH, WRITE, CODE = ["WRITE_PROJECT_CONTENT", "WRITE_SAFE_CODE"], ["WRITE_PROJECT_CONTENT"], ["WRITE_SAFE_CODE"]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
VISIBLE = {"analyst": BOTH, "analyst_dash": BOTH, "auth_manager": BOTH, "writer": CODE, "project_admin": CODE}


async def test_exports_are_numbered_and_show_what_was_saved_last(world: World) -> None:
    """Rules 3 and 10."""
    notebook = await world.save()
    first = (await do(world, "coder", FIELD, notebookId=notebook, label="  week 1 "))["export"]
    await world.save(notebook=make.notebook(make.code("2", make.stream("two"))))
    second = (await do(world, "admin", FIELD, notebookId=notebook, label="   "))["export"]
    assert await last_subject(world) == second["id"], "the audit names what was made"
    assert first == {"id": first["id"], "sequence": 1, "label": "week 1", "trigger": "MANUAL", "createdBy": {"login": "coder"}}
    assert second == {"id": second["id"], "sequence": 2, "label": None, "trigger": "MANUAL", "createdBy": {"login": "admin"}}
    seen = (await world.ok("analyst", EXPORTS, id=notebook))["notebook"]
    assert [(export["id"], export["isLatest"]) for export in seen["exports"]["nodes"]] == [(second["id"], True), (first["id"], False)]
    assert seen["exports"]["nodes"][0]["sourceRevision"] == seen["revision"] != seen["exports"]["nodes"][1]["sourceRevision"]
    assert (seen["hasUnpublishedChanges"], seen["latestExport"]) == (False, {"id": second["id"]})


async def test_only_writers_with_the_code_right_export(world: World) -> None:
    """Rule 4; to a dashboard-only user a notebook that is not authorized does not exist."""
    notebook = await world.save()
    hidden = dict.fromkeys((*DASHBOARD_ONLY, "stranger", "code_only"))
    given = {"notebookId": notebook, "idempotencyKey": "k"}
    await check_refusals(world, FIELD, given, {**VISIBLE, **hidden}, hidden="notebookId", allowed=["coder", "admin"])


async def test_an_authorization_opens_exports_but_makes_none(world: World) -> None:
    """Rule 13."""
    notebook = await world.save()
    await world.publish(notebook)
    await world.authorize(notebook)
    seen = dict.fromkeys(DASHBOARD_ONLY, BOTH) | {"dash_coder": WRITE}
    refused = {**VISIBLE, **seen, "stranger": None, "code_only": None}
    await check_refusals(world, FIELD, {"notebookId": notebook}, refused, hidden="notebookId", allowed=["coder", "admin"])


async def test_a_bad_input_makes_no_export(world: World) -> None:
    notebook, other = await world.save(), await elsewhere(world)
    labels = [({"label": label}, "InvalidInput", ["label"]) for label in ("x" * 201, "x" * 10_000, "a\0", "a\nb")]
    keys = [({"idempotencyKey": key}, "InvalidInput", ["idempotencyKey"]) for key in ("", "x" * 201, "x" * 10_000, "a\0")]
    ids = bad_ids("notebookId", Kind.NOTEBOOK, other["notebook"], world.ids["SALES"])
    await check_faults(world, "coder", FIELD, {"notebookId": notebook}, *labels, *keys, *ids)


async def test_a_stale_revision_makes_no_export(world: World) -> None:
    notebook = await world.save()
    [(digest,)] = await world.rows("SELECT digest FROM notebook WHERE id = :id", id=notebook)
    error = await fault(world, "coder", FIELD, notebookId=notebook, expectedRevision="0" * 16)
    assert (error["__typename"], error["code"], error["field"]) == ("RevisionConflict", "CONFLICT", ["input", "expectedRevision"])
    assert error["live"] == {"id": notebook, "revision": digest[:16]}
    assert (await do(world, "coder", FIELD, notebookId=notebook, expectedRevision=error["live"]["revision"]))["export"]["sequence"] == 1


async def test_warnings_tell_what_may_have_been_overlooked(world: World) -> None:
    notebook = await world.save("Empty", notebook=make.notebook(make.code("1")))
    assert codes(await do(world, "coder", FIELD, notebookId=notebook)) == [("NOTEBOOK_HAS_NO_OUTPUTS", True)]
    same = await do(world, "coder", FIELD, notebookId=notebook)
    assert codes(same) == [("NOTEBOOK_HAS_NO_OUTPUTS", True), ("UNCHANGED_SINCE_LATEST", False)]
    assert same["warnings"][1]["message"] == "The notebook is the same as in export 1."
    script = make.html_output("<script>alert(1)</script><p>shown</p>")
    notebook = await world.save("Active", notebook=make.notebook(make.code("1", script)))
    assert codes(await do(world, "coder", FIELD, notebookId=notebook)) == [("ACTIVE_CONTENT_REMOVED", False)]
    notebook = await world.save("Plain")
    assert codes(await do(world, "coder", FIELD, notebookId=notebook)) == []


async def test_twenty_calls_at_once_with_one_key_make_one_export_and_answer_alike(world: World) -> None:
    notebook = await world.save()
    given = {"notebookId": notebook, "label": "once", "idempotencyKey": "key"}
    answers = await asyncio.gather(*(ask(world, "coder", FIELD, given) for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["data"][FIELD]["export"]["label"] == "once"
    assert await world.rows("SELECT sequence FROM export") == [(1,)]
    await world.save(notebook=make.notebook(make.code("2")))
    assert await ask(world, "coder", FIELD, given) == answers[0], "a retry answers as before, whatever was saved since"


async def test_a_key_belongs_to_one_user_one_mutation_and_one_input(world: World) -> None:
    notebook, other = await world.save(), await world.save("Other")
    given = {"notebookId": notebook, "idempotencyKey": "key"}
    await do(world, "coder", FIELD, **given)
    for changed in ({"notebookId": other}, {"label": "x"}, {"expectedRevision": "0" * 16}, {"label": "y" * 10_000}):
        error = await fault(world, "coder", FIELD, **given | changed)
        assert (error["__typename"], error["code"], error["field"]) == ("IdempotencyKeyReused", "CONFLICT", ["input", "idempotencyKey"])
    assert (await do(world, "admin", FIELD, **given))["export"]["sequence"] == 2, "another user's key is another key"
    assert (await do(world, "coder", "publishNotebook", **given))["export"]["sequence"] == 3, "so is the same key of another mutation"


async def test_a_key_of_a_call_that_failed_is_free(world: World) -> None:
    notebook = await world.save()
    await fault(world, "coder", FIELD, notebookId=notebook, idempotencyKey="key", expectedRevision="0")
    assert (await do(world, "coder", FIELD, notebookId=notebook, idempotencyKey="key"))["export"]["sequence"] == 1


async def test_many_exports_at_once_are_numbered_without_gap_or_repetition(world: World) -> None:
    """Rule 3."""
    notebook = await world.save()
    answers = await asyncio.gather(*(ask(world, "coder", FIELD, {"notebookId": notebook}) for _ in range(12)))
    assert sorted(answer["data"][FIELD]["export"]["sequence"] for answer in answers) == list(range(1, 13))


async def test_a_notebook_of_any_kernel_or_none_is_exported(world: World) -> None:
    """Rule 2."""
    for language, kernel in (("R", "ir"), ("scala", "almond"), ("klingon", "no-such-kernel"), (None, "")):
        notebook = await world.save(
            f"In {language}", notebook=make.notebook(make.code("1", make.result("1")), language=language, kernel=kernel)
        )
        await do(world, "coder", FIELD, notebookId=notebook)
        query = "query($id: ID!) { notebook(id: $id) { latestExport { kernel { name language } rendering { body } } } }"
        export = (await world.ok("analyst", query, id=notebook))["notebook"]["latestExport"]
        assert export["kernel"] == {"name": kernel, "language": language}
        assert "<body" in export["rendering"]["body"]


async def test_an_unknown_field_value_leaves_no_trace(world: World) -> None:
    """What the schema does not accept is not executed."""
    before = await world.state()
    answer = await ask(world, "coder", FIELD, {"notebookId": 5.5, "label": []})
    assert "data" not in answer or answer["data"] is None
    assert await world.state() == before
    assert fault_in(await ask(world, "coder", FIELD, {"notebookId": 7}), FIELD)["__typename"] == "NotFound"
