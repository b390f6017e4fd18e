"""Every mutation, with every id that it takes: a hidden one answers like one that names nothing, byte for byte, at the same cost.

What a mutation takes is read from the schema, so that a new one needs a line in `GIVEN`, with each of its ids in it.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

import pytest

from tests.integration.hiding.scene import INSIDE, PEOPLE, Scene, another, asked
from tests.integration.hiding.schema_arguments import mutations, references
from tests.integration.matrix.stage import asking_for

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOARD, PAGE, TILE = "dashboard SALES", "page SALES", "tile open"
NOTEBOOK, EXPORT, INSIGHT = "notebook open", "export open 1", "insight open"
TARGETS: Final = [{"dashboardId": BOARD, "pageId": PAGE}]

GIVEN: Final[dict[str, dict[str, Any]]] = {
    "saveNotebook": {"projectKey": "SALES", "name": "New", "content": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'},
    "deleteNotebook": {"notebookId": NOTEBOOK, "force": True},
    "publishNotebook": {"notebookId": NOTEBOOK, "insightId": "insight unlisted", "targets": TARGETS},
    "createExport": {"notebookId": NOTEBOOK},
    "deleteExport": {"exportId": EXPORT, "unpin": True},
    "selectExport": {"insightId": INSIGHT, "mode": "PINNED", "exportId": EXPORT},
    "createInsight": {"notebookId": NOTEBOOK, "mode": "PINNED", "exportId": EXPORT, "targets": TARGETS},
    "updateInsight": {"insightId": INSIGHT, "name": "New"},
    "deleteInsight": {"insightId": INSIGHT},
    "setInsightListed": {"insightId": INSIGHT, "listed": False},
    "createDashboard": {"projectKey": "SALES", "name": "New"},
    "updateDashboard": {"dashboardId": BOARD, "name": "New"},
    "deleteDashboard": {"dashboardId": BOARD},
    "setDashboardListed": {"dashboardId": BOARD, "listed": False},
    "addDashboardPage": {"dashboardId": BOARD},
    "updateDashboardPage": {"pageId": PAGE, "title": "New"},
    "removeDashboardPage": {"pageId": PAGE},
    "addInsightTile": {"dashboardId": BOARD, "pageId": PAGE, "insightId": INSIGHT},
    "addTextTile": {"dashboardId": BOARD, "pageId": PAGE, "markdown": "New"},
    "updateTile": {"tileId": TILE, "clickAction": "OPEN_OTHER_INSIGHT", "targetInsightId": INSIGHT},
    "moveTile": {"tileId": TILE, "pageId": PAGE},
    "copyTile": {"tileId": TILE, "pageId": PAGE},
    "removeTile": {"tileId": TILE},
    "authorizeNotebook": {"notebookId": NOTEBOOK},
    "revokeAuthorization": {"notebookId": NOTEBOOK},
    "setAuthorizeAllObjects": {"projectKey": "SALES", "enabled": True},
    "createProject": {"key": "NEW", "name": "New"},
    "updateProject": {"projectKey": "SALES", "name": "New"},
    "setProjectPermissions": {"projectKey": "SALES", "userLogin": "stranger", "permissions": ["ADMIN"]},
    "transferOwnership": {"id": BOARD, "newOwnerLogin": "coder"},
    "createUser": {"login": "new"},
    "updateUser": {"login": "analyst", "active": False},
    "deactivateUser": {"login": "analyst"},
    "saveGroup": {"name": "New", "memberLogins": ["stranger"]},
    "createAccessToken": {"name": "New"},
    "revokeAccessToken": {"accessTokenId": "token dash_reader test"},
}
"""What each mutation is told, with labels of the scene where it takes ids; all of it exists, and an administrator could do it."""
PLACES: Final = [(mutation, path) for mutation, type_ in mutations().items() for path in references(type_)]
IDS: Final = [f"{mutation}.{'.'.join(path)}" for mutation, path in PLACES]


def filled(scene: Scene, given: Any) -> Any:  # noqa: ANN401  any JSON
    """Put ids in place of labels."""
    match given:
        case dict():
            return {key: filled(scene, value) for key, value in given.items()}
        case list():
            return [filled(scene, value) for value in given]
        case _:
            return scene.ids.get(given, given) if isinstance(given, str) else given


def replaced(given: dict[str, Any], path: tuple[str, ...], value: str) -> dict[str, Any]:
    """Copy an input with another value at a path; of a list, in its first entry."""
    copy = deepcopy(given)
    place: Any = copy
    for step in path[:-1]:
        place = place[step][0] if isinstance(place[step], list) else place[step]
    assert path[-1] in place, f"GIVEN must hold {path}, so that it can be replaced"
    place[path[-1]] = value
    return copy


def value_at(given: Any, path: tuple[str, ...]) -> str:  # noqa: ANN401  any JSON
    """Return what an input holds at a path."""
    for step in path:
        given = given[step][0] if isinstance(given[step], list) else given[step]
    return str(given)


def hidden_at(scene: Scene, who: str | None, value: str, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield what is hidden from somebody and could stand at a path: things of the same kind, and one of another."""
    if path[-1] == "projectKey":
        yield from ((key, key) for key in ("SALES", "OTHER") if not scene.sees(who, f"project {key}"))
        return
    hidden = scene.hidden(who)
    kinds = {"p", "i", "d"} if path == ("id",) else {value[0]}
    alike = [(label, id_) for label, id_ in hidden.items() if id_[0] in kinds]
    yield from alike if who in INSIDE else alike[:2]  # to the others all is hidden in the same way
    yield next((label, id_) for label, id_ in hidden.items() if id_[0] not in kinds)


async def test_every_mutation_and_each_of_its_ids_has_a_case(scene: Scene) -> None:
    assert set(GIVEN) == set(mutations())
    for mutation, path in PLACES:
        replaced(filled(scene, GIVEN[mutation]), path, "x")


@pytest.mark.parametrize(("mutation", "path"), PLACES, ids=IDS)
async def test_each_id_is_looked_up(scene: Scene, mutation: str, path: tuple[str, ...]) -> None:
    """Ask as an administrator, who may do all of it: only the id is at fault."""
    given = filled(scene, GIVEN[mutation])
    nothing = "NOWHERE" if path[-1] == "projectKey" else another(value_at(given, path))
    answer = await scene.world.run("admin", asking_for(mutation), input=replaced(given, path, nothing))
    [error] = answer["data"][mutation]["errors"]
    assert error["__typename"] == "NotFound"
    assert [step for step in error["field"] if not step.isdigit()] == ["input", *path]


@pytest.mark.parametrize("who", PEOPLE)
async def test_a_mutation_answers_for_a_hidden_thing_as_for_none(scene: Scene, who: str | None) -> None:
    state, events = await scene.world.state(), len(await scene.world.events())
    for mutation, path in PLACES:
        given = filled(scene, GIVEN[mutation])
        nowheres: dict[str, tuple[bytes, int]] = {}
        for label, value in hidden_at(scene, who, value_at(given, path), path):
            nothing = "NOWHERE" if path[-1] == "projectKey" else another(value)
            kind = nothing[0]
            nowheres[kind] = nowheres.get(kind) or await _asked(scene, who, mutation, replaced(given, path, nothing))
            there = await _asked(scene, who, mutation, replaced(given, path, value))
            assert there == nowheres[kind], (mutation, path, label)
            text = there[0].decode()
            assert scene.hidden_in(who, text) == [], (mutation, path, label)
            assert any(code in text for code in (["UNAUTHENTICATED"] if who is None else ["NOT_FOUND", "FORBIDDEN"])), text
    after = await scene.world.state()
    assert after == state, "nothing of it was done"
    denied = (await scene.world.events())[events:]
    assert {outcome for _, _, outcome in denied} == ({"DENIED"} if who in {"dash_reader", "dash_writer", "analyst", "writer"} else set())
    assert {login for login, _, _ in denied} <= {who}


async def _asked(scene: Scene, who: str | None, mutation: str, given: dict[str, Any]) -> tuple[bytes, int]:
    return await asked(scene.world, who, asking_for(mutation), {"input": given})


@pytest.mark.parametrize("mutation", GIVEN)
async def test_a_token_for_reading_does_no_mutation_and_nobody_does_any(scene: Scene, mutation: str) -> None:
    world = scene.world
    state = await world.state()
    given = filled(scene, GIVEN[mutation])
    for who, extensions in (
        ("admin:read", {"code": "FORBIDDEN", "requires": ["TOKEN_SCOPE_WRITE"]}),
        (None, {"code": "UNAUTHENTICATED"}),
    ):
        answer = await world.run(who, asking_for(mutation), input=given)
        assert answer["data"] == {mutation: None}
        assert [error["extensions"] for error in answer["errors"]] == [extensions]
    assert await world.state() == state
