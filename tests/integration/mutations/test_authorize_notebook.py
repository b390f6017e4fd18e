"""authorizeNotebook. Rule 13: it opens exports only; rule 19: per whole notebook and project, for all dashboard-only users."""

import asyncio

import pytest

from server.domain.grants import ProjectPermission
from server.domain.ids import Kind, new_id
from tests.fixtures.world import SECRET, World
from tests.integration.mutations.asking import ask, bad_ids, check_faults, check_refusals, do, elsewhere, fault, forbidden

FIELD = "authorizeNotebook"
MANAGE = ["MANAGE_AUTHORIZED_OBJECTS"]
DASHBOARD_ONLY = ("dash_reader", "dash_writer", "dash_moderator", "dash_coder")
SEEN = """query($id: ID!) { notebook(id: $id) { name revision modifiedAt exports { totalCount }
    latestExport { digest rendering { body } withCode: viewerCan { showCode } } } }"""
EXPOSURES = "SELECT code_exposure, authorized_by_id FROM authorized_object"


async def test_dashboard_only_users_see_the_exports_and_never_the_live_source(world: World) -> None:
    notebook = await world.save()
    await world.publish(notebook)
    for who in DASHBOARD_ONLY:
        assert await world.ok(who, SEEN, id=notebook) == {"notebook": None}
    made = (await do(world, "auth_manager", FIELD, notebookId=notebook))["authorizedObject"]
    assert made["codeExposure"] == "TILES", "the default of a new one"
    assert (made["mode"], made["authorizedBy"], made["notebook"]) == ("READ", {"login": "auth_manager"}, {"id": notebook})
    for who in DASHBOARD_ONLY:
        seen = (await world.ok(who, SEEN, id=notebook))["notebook"]
        assert (seen["name"], seen["exports"], seen["revision"], seen["modifiedAt"]) == ("Weekly", {"totalCount": 1}, None, None)
        assert seen["latestExport"]["digest"] is None
        assert SECRET not in repr(seen)
        source = await world.run(who, "query($id: ID!) { notebook(id: $id) { source } }", id=notebook)
        assert (source["data"], source["errors"][0]["extensions"]["requires"]) == ({"notebook": {"source": None}}, ["READ_PROJECT_CONTENT"])
    assert await world.ok("stranger", SEEN, id=notebook) == {"notebook": None}, "for those who may read dashboards here"


async def test_only_those_who_manage_authorizations_authorize(world: World) -> None:
    notebook = await world.save()
    hidden = dict.fromkeys((*DASHBOARD_ONLY, "stranger", "code_only"))
    refused = {**hidden, **dict.fromkeys(("analyst", "analyst_dash", "writer", "coder"), MANAGE)}
    allowed = ["auth_manager", "project_admin", "admin"]
    await check_refusals(world, FIELD, {"notebookId": notebook}, refused, hidden="notebookId", allowed=allowed)
    for who in allowed:
        await do(world, who, FIELD, notebookId=notebook)


async def test_who_manages_authorizations_but_sees_no_notebook_authorizes_none(world: World) -> None:
    """MANAGE_AUTHORIZED_OBJECTS implies nothing."""
    notebook = await world.save()
    await world.person("manager", permissions=[ProjectPermission.READ_DASHBOARDS, ProjectPermission.MANAGE_AUTHORIZED_OBJECTS])
    hidden = await fault(world, "manager", FIELD, notebookId=notebook)
    assert hidden == await fault(world, "manager", FIELD, notebookId=new_id(Kind.NOTEBOOK))


async def test_nobody_exposes_more_code_than_they_see(world: World) -> None:
    """Rule 26: where a notebook is open already, who lacks READ_PROJECT_CONTENT sees it, and narrows what it shows, no more."""
    steps = ("NEVER", "TILES", "ALWAYS")
    notebook = await world.save()
    export = (await world.publish(notebook))["export"]
    await world.person("manager", permissions=[ProjectPermission.WRITE_DASHBOARDS, ProjectPermission.MANAGE_AUTHORIZED_OBJECTS])
    for current, wanted in ((current, wanted) for current in steps for wanted in steps):
        await do(world, "auth_manager", FIELD, notebookId=notebook, codeExposure=current)
        if steps.index(wanted) > steps.index(current):
            assert await forbidden(world, "manager", FIELD, notebookId=notebook, codeExposure=wanted) == ["READ_PROJECT_CONTENT"]
        else:
            made = (await do(world, "manager", FIELD, notebookId=notebook, codeExposure=wanted))["authorizedObject"]
            assert made["codeExposure"] == wanted
    await do(world, "auth_manager", FIELD, notebookId=notebook, codeExposure="TILES")
    assert (await do(world, "manager", FIELD, notebookId=notebook))["authorizedObject"]["codeExposure"] == "TILES"
    can = await world.ok("manager", "query($id: ID!) { export(id: $id) { viewerCan { showCode } } }", id=export)
    assert can == {"export": {"viewerCan": {"showCode": False}}}
    await world.ok("admin", "mutation($id: ID!) { revokeAuthorization(input: {notebookId: $id}) { errors { message } } }", id=notebook)
    await do(world, "admin", "setAuthorizeAllObjects", projectKey="SALES", enabled=True, codeExposure="NEVER")
    assert await forbidden(world, "manager", FIELD, notebookId=notebook) == ["READ_PROJECT_CONTENT"], "a new one exposes TILES"
    await do(world, "manager", FIELD, notebookId=notebook, codeExposure="NEVER")


async def test_an_exposure_changes_only_if_one_is_given(world: World) -> None:
    notebook = await world.save()
    await world.publish(notebook)
    changes: list[dict[str, object]] = [{"codeExposure": "ALWAYS"}, {}, {"codeExposure": None}, {"codeExposure": "NEVER"}, {"mode": "READ"}]
    made = [(await do(world, "auth_manager", FIELD, notebookId=notebook, **given))["authorizedObject"] for given in changes]
    assert [one["codeExposure"] for one in made] == ["ALWAYS", "ALWAYS", "ALWAYS", "NEVER", "NEVER"]
    assert len({one["id"] for one in made}) == 1, "one authorization a notebook"
    assert await world.rows(EXPOSURES) == [("NEVER", world.ids["auth_manager"])]


@pytest.mark.parametrize(("exposure", "asked", "tile"), [("NEVER", False, False), ("TILES", False, True), ("ALWAYS", True, True)])
async def test_the_exposure_decides_what_code_reaches_dashboard_only_readers(
    world: World,
    exposure: str,
    asked: bool,  # noqa: FBT001  parameters
    tile: bool,  # noqa: FBT001
) -> None:
    notebook, board = await world.save(), world.ids["SALES dashboard"]
    made = await world.publish(notebook, board, show_code=True)
    await do(world, "auth_manager", FIELD, notebookId=notebook, codeExposure=exposure)
    answer = await world.run("dash_reader", "query($id: ID!) { export(id: $id) { rendering(showCode: true) { body } } }", id=made["export"])
    assert (SECRET in repr(answer), "errors" in answer) == (asked, not asked)
    query = "query($id: ID!) { dashboard(id: $id) { pages { tiles { ... on InsightTile { rendering { codeIncluded body } } } } } }"
    [shown] = (await world.ok("dash_reader", query, id=board))["dashboard"]["pages"][0]["tiles"]
    assert (shown["rendering"]["codeIncluded"], SECRET in shown["rendering"]["body"]) == (tile, tile)


async def test_what_is_no_notebook_is_not_found(world: World) -> None:
    other = await elsewhere(world)
    await check_faults(world, "project_admin", FIELD, {}, *bad_ids("notebookId", Kind.NOTEBOOK, other["notebook"], world.ids["SALES"]))


async def test_many_who_authorize_at_once_make_one_authorization(world: World) -> None:
    notebook = await world.save()
    answers = await asyncio.gather(*(ask(world, who, FIELD, {"notebookId": notebook}) for who in ("admin", "project_admin") * 5))
    assert len({answer["data"][FIELD]["authorizedObject"]["id"] for answer in answers}) == 1
