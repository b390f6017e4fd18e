"""What somebody may not do tells them nothing, and nothing of it is done.

| of writes | here |
|---|---|
| rule 4's refusals, re-pinning to another notebook's export | the matrix, `test_select_export.py`; hidden ids in `test_mutations.py` |
| granting oneself | each way, by everybody |
| stale versions | told to editors alone: to others a right guess is answered like a wrong one |
| idempotency keys | one's own: another's key answers nothing, one's own no more than one may still do |
| names that are taken | within what one sees; of projects that a key is taken, and no more |
| mutation by GET, content types of other sites | `http/test_requests.py`, `http/test_uploads.py` |
"""

from typing import Any, Final

import pytest

from server.domain.grants import GlobalPermission as G
from tests.integration.hiding.scene import INSIDE, SIGNED_IN, Scene, asked
from tests.integration.mutations.asking import ask, do, fault, fault_in, forbidden, query_of

shared = pytest.mark.asyncio(loop_scope="session")

SELF_SERVICE: Final[dict[str, dict[str, Any]]] = {
    "setProjectPermissions": {"projectKey": "SALES", "userLogin": "$me", "permissions": ["ADMIN"]},
    "updateUser": {"login": "$me", "globalPermissions": ["ADMINISTRATOR"]},
    "createUser": {"login": "another-me", "globalPermissions": ["ADMINISTRATOR"]},
    "saveGroup": {"name": "xgroupx", "memberLogins": ["$me"], "globalPermissions": ["WRITE_SAFE_CODE"]},
    "transferOwnership": {"id": "dashboard SALES", "newOwnerLogin": "$me"},
    "authorizeNotebook": {"notebookId": "notebook open", "codeExposure": "ALWAYS"},
    "setAuthorizeAllObjects": {"projectKey": "SALES", "enabled": True},
    "updateProject": {"projectKey": "SALES", "allowsActiveContent": True},
}
"""Ways to get more than one has; `$me` is one's login."""


@shared
@pytest.mark.parametrize("who", SIGNED_IN)
async def test_nobody_grants_themselves_anything(scene: Scene, who: str) -> None:
    state = await scene.world.state()
    for mutation, given in SELF_SERVICE.items():
        written = {key: scene.ids.get(str(value), value) for key, value in given.items()}
        me = {key: who if value == "$me" else [who] if value == ["$me"] else value for key, value in written.items()}
        answer = await ask(scene.world, who, mutation, me)
        if "errors" in answer:
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"], mutation
        else:
            assert fault_in(answer, mutation)["__typename"] == "NotFound", mutation
    assert await scene.world.state() == state


@shared
@pytest.mark.parametrize("who", [None, *SIGNED_IN])
async def test_a_version_is_told_to_editors_alone(scene: Scene, who: str | None) -> None:
    """Of a dashboard that one may not edit, the right version is answered like a wrong one, by all that take one."""
    for board, hidden_from_all in (("SALES", False), ("OTHER", True)):
        [[version]] = await scene.world.rows("SELECT version FROM dashboard WHERE id = :id", id=scene.ids[f"dashboard {board}"])
        if who in {"dash_writer", "writer"} and not hidden_from_all:
            continue
        ids = {key: scene.ids[f"{key[:-2]} {board}"] for key in ("dashboardId", "pageId")} | {"tileId": scene.ids[f"text {board}"]}
        for mutation, keys in (("updateDashboard", ["dashboardId"]), ("removeDashboardPage", ["pageId"]), ("removeTile", ["tileId"])):
            given = {key: ids[key] for key in keys}
            answers = [
                await asked(scene.world, who, query_of(mutation), {"input": {**given, "expectedVersion": guess}})
                for guess in (version, version + 1, None)
            ]
            assert answers[0] == answers[1] == answers[2], (board, mutation)
            assert b"VersionConflict" not in answers[0][0]


async def test_a_key_is_its_users_own(own_scene: Scene) -> None:
    """The same key of two users makes two exports; another input with it is refused and says nothing of the first."""
    world, given = own_scene.world, {"notebookId": own_scene.ids["notebook open"], "idempotencyKey": "the-key"}
    coders = ("coder", "coder2")
    await world.person("coder2", globally=[G.WRITE_SAFE_CODE])
    await do(world, "owner", "setProjectPermissions", projectKey="SALES", userLogin="coder2", permissions=["WRITE_PROJECT_CONTENT"])
    made = [(await do(world, who, "createExport", **given))["export"]["id"] for who in coders]
    assert made[0] != made[1]
    assert [(await do(world, who, "createExport", **given))["export"]["id"] for who in coders] == made
    other = await fault(world, "coder2", "createExport", **{**given, "label": "another"})
    assert other["__typename"] == "IdempotencyKeyReused"
    assert own_scene.ids["notebook open"] not in str(other)
    for who in INSIDE:
        assert "WRITE_SAFE_CODE" in await forbidden(world, who, "createExport", **given)


@pytest.mark.parametrize("lost", ["the grant", "the code right"])
async def test_a_key_answers_no_more_than_one_may_still_do(own_scene: Scene, lost: str) -> None:
    world = own_scene.world
    given = {"notebookId": own_scene.ids["notebook open"], "idempotencyKey": "the-key"}
    await do(world, "coder", "publishNotebook", **given)
    if lost == "the grant":
        await do(world, "owner", "setProjectPermissions", projectKey="SALES", userLogin="coder", permissions=[])
        assert (await fault(world, "coder", "publishNotebook", **given))["__typename"] == "NotFound"
    else:
        await do(world, "admin", "updateUser", login="coder", globalPermissions=[])
        assert await forbidden(world, "coder", "publishNotebook", **given) == ["WRITE_SAFE_CODE"]


async def test_names_that_are_taken_are_those_that_one_sees(own_scene: Scene) -> None:
    """A notebook may be called like a hidden one; a project's key is no secret, and a refusal tells no more than that."""
    world = own_scene.world
    await do(
        world, "coder", "saveNotebook", projectKey="SALES", name="xnamedforeignx", content='{"cells": [], "metadata": {}, "nbformat": 4}'
    )
    await world.person("maker", globally=[G.CREATE_PROJECTS])
    await do(world, "maker", "createProject", key="MINE", name="Mine")
    taken = [await fault(world, "maker", "createProject", key=key, name="New") for key in ("MINE", "OTHER", "SALES")]
    assert {error["__typename"] for error in taken} == {"NameTaken"}
    words = "A project with the key {} exists already, or with one that differs from it in case alone."
    assert {error["message"] for error in taken} == {words.format(key) for key in ("MINE", "OTHER", "SALES")}
