"""Many at once on one server: nothing that is loaded for one viewer, or for one operation, answers another."""

import asyncio
from typing import Final

import pytest

from tests.integration.hiding.scene import INSIDE, PEOPLE, Scene, asked
from tests.integration.mutations.asking import do

EVERYBODY: Final = (*PEOPLE, "coder", "admin", "rival")
QUERY: Final = """query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Notebook { name insights { totalCount } }
    ... on Insight { name tiles { id } } ... on DashboardPage { tiles { displayedTitle } } ... on Export { digest pinnedBy { id } }
    ... on Project { notebooks { totalCount } insights { totalCount } } } }"""


@pytest.mark.asyncio(loop_scope="session")
async def test_what_others_ask_at_the_same_moment_changes_no_answer(scene: Scene) -> None:
    ids = [id_ for label, id_ in scene.ids.items() if not label.startswith(("event", "token", "user"))]
    alone = {who: (await asked(scene.world, who, QUERY, {"ids": ids}))[0] for who in EVERYBODY}
    assert len(set(alone.values())) == 8, "each sees something else, but for coder, who sees what writer sees"
    for _ in range(3):
        together = await asyncio.gather(*(asked(scene.world, who, QUERY, {"ids": ids}) for who in EVERYBODY * 2))
        assert [content for content, _ in together] == [alone[who] for who in EVERYBODY * 2]


@pytest.mark.asyncio(loop_scope="session")
async def test_the_next_operation_reads_anew_what_it_costs_to_read(scene: Scene) -> None:
    variables = {"ids": [scene.ids["notebook open"], scene.ids["insight open"]]}
    costs = [(await asked(scene.world, who, QUERY, variables))[1] for who in INSIDE * 2]
    assert set(costs) == {4}, "notebook, insight, its insights, its tiles"


async def test_rights_that_end_between_two_mutations_of_one_operation_are_gone_below_the_second(own_scene: Scene) -> None:
    """The manager may see the notebook through its authorization alone, and takes that away."""
    world = own_scene.world
    permissions = ["READ_DASHBOARDS", "MANAGE_AUTHORIZED_OBJECTS"]
    await do(world, "owner", "setProjectPermissions", projectKey="SALES", userLogin="stranger", permissions=permissions)
    query = """mutation($id: ID!) {
        revokeAuthorization(input: {notebookId: $id}) { notebook { id } affectedInsights { id } errors { message } }
        again: authorizeNotebook(input: {notebookId: $id}) { authorizedObject { id } errors { __typename } } }"""
    answer = await world.ok("stranger", "query($id: ID!) { notebook(id: $id) { name } }", id=own_scene.ids["notebook open"])
    assert answer["notebook"] == {"name": "xnamedopenx"}
    data = (await world.run("stranger", query, id=own_scene.ids["notebook open"]))["data"]
    assert data["revokeAuthorization"] == {"notebook": None, "affectedInsights": [], "errors": []}
    assert data["again"] == {"authorizedObject": None, "errors": [{"__typename": "NotFound"}]}
