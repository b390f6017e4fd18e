"""Hostile documents are refused with one error, before anything is resolved; honest ones pass."""

from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from graphql import get_introspection_query

from server.schema.extensions import limits
from server.schema.extensions.cost import Measuring
from tests.fixtures.world import World
from tests.integration.http.conftest import Start
from tests.integration.http.serving import client_of, signed_in
from tests.integration.limits.documents import HOSTILE, Hostile
from tests.integration.queries.shop import statements

NEW: Final = "application/graphql-response+json"
EXAMPLES: Final = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).resolve().parents[3] / "graphiql" / "examples").glob("*.graphql"))
}
MOST_VISITED: Final = 2_000
"""No document has more fields than tokens: each is looked at once."""

DASHBOARD: Final = """query($id: ID!) { dashboard(id: $id) { name version description owner { login displayName }
    viewerCan { edit delete list }
    pages { displayedTitle gridColumns visible tiles { __typename id displayedTitle titleMode box { left top width height }
        ... on InsightTile { accessState showCode clickAction targetInsight { id } insight { id name owner { login } }
            rendering { mediaType codeIncluded url urlExpiresAt body etag notices { code message } } }
        ... on TextTile { markdown html } } } } }"""


async def sent(world: World, query: str, variables: dict[str, Any] | None = None, accept: str = NEW, who: str = "admin") -> httpx2.Response:
    headers = {"accept": accept, **signed_in(world, who)}
    return await world.client.post("/graphql", json={"query": query, "variables": variables or {}}, headers=headers)


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[Measuring]:
    """Every pass over a document, which says how much it visited."""
    made: list[Measuring] = []

    class Kept(Measuring):
        """Remembers itself."""

        def __init__(self, *args: Any) -> None:  # noqa: ANN401  those of Measuring
            super().__init__(*args)
            made.append(self)

    monkeypatch.setattr(limits, "Measuring", Kept)
    return made


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_document_is_refused_with_one_error(world: World, visits: list[Measuring], name: str) -> None:
    hostile = HOSTILE[name]
    with statements(world) as seen:
        response = await sent(world, hostile.query, hostile.variables)
    [error] = response.json()["errors"]
    assert hostile.says in error["message"]
    assert error["extensions"] == {"code": hostile.code}
    assert response.status_code == hostile.status
    assert ("data" in response.json()) is (hostile.status == 200)
    assert len(response.content) < 2_000, "a refusal is short"
    assert len(seen) <= 3, "who asks is looked up, and nothing else"
    assert sum(measuring.visited for measuring in visits) <= MOST_VISITED


@pytest.mark.parametrize("name", ["a fragment bomb of 2^20", "nested lists", "100 unknown fields", "1,000 aliases"])
async def test_who_takes_plain_json_is_told_the_same_with_200(world: World, name: str) -> None:
    hostile: Hostile = HOSTILE[name]
    response = await sent(world, hostile.query, hostile.variables, accept="application/json")
    assert response.status_code == 200
    assert list(response.json()) == ["errors"]
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "QUERY_TOO_COMPLEX"}


async def test_a_fragment_is_looked_at_once_however_often_it_is_spread(world: World, visits: list[Measuring]) -> None:
    await sent(world, HOSTILE["a fragment bomb of 2^20"].query)
    assert [measuring.visited for measuring in visits if measuring.visited < 70] == [2 + 20 * 2 + 3]


async def test_a_refused_mutation_changes_nothing(world: World) -> None:
    before = await world.state()
    fields = " ".join(f'a{i}: createProject(input: {{key: "K{i}", name: "x"}}) {{ errors {{ message }} }}' for i in range(21))
    response = await sent(world, f"mutation {{ {fields} }}")
    [error] = response.json()["errors"]
    assert error["message"] == "The root fields of this operation: 21, at most 20; ask for less at a time."
    assert await world.state() == before
    assert await world.events() == []


async def test_a_bomb_beside_the_operation_that_is_named_is_refused_too(world: World) -> None:
    aliases = " ".join(f"a{i}: __typename" for i in range(31))
    body = {"query": f"query A {{ __typename }} query B {{ {aliases} }}", "operationName": "A"}
    response = await world.client.post("/graphql", json=body, headers=signed_in(world, "admin"))
    [error] = response.json()["errors"]
    assert error["message"] == "The aliases of this operation: 31, at most 30; ask for less at a time."


async def test_the_cost_is_that_of_the_operation_that_is_named(world: World) -> None:
    dear = HOSTILE["nested lists"].query
    body = {"query": f"query A {{ __typename }} query B {dear}", "operationName": "A"}
    assert (await world.client.post("/graphql", json=body, headers=signed_in(world, "admin"))).json() == {"data": {"__typename": "Query"}}
    response = await world.client.post("/graphql", json=body | {"operationName": "B"}, headers=signed_in(world, "admin"))
    assert [error["extensions"] for error in response.json()["errors"]] == [{"code": "QUERY_TOO_COMPLEX"}]


async def test_what_is_left_out_costs_nothing(world: World) -> None:
    query = """query($all: Boolean!) { projects(first: 100) { nodes { key
        notebooks(first: 100) @include(if: $all) { nodes { id } } ... @skip(if: true) { insights(first: 100) { nodes { id } } } } } }"""
    assert "errors" not in (await sent(world, query, {"all": False})).json()
    [error] = (await sent(world, query, {"all": True})).json()["errors"]
    assert error["message"].startswith("The cost of this operation: 10,201, at most 10,000")


async def test_the_main_dashboard_passes_with_all_it_has(world: World) -> None:
    response = await sent(world, DASHBOARD, {"id": world.ids["SALES dashboard"]}, who="dash_reader")
    assert "errors" not in response.json()


async def test_all_dashboards_of_a_project_pass_with_their_bodies(world: World) -> None:
    query = """{ project(key: "SALES") { notebooks { nodes { name } } dashboards { nodes { id name listed pages { tiles { displayedTitle
        box { left top width height } ... on InsightTile { showCode accessState rendering { url body codeIncluded } } } } } } } }"""
    assert "errors" not in (await sent(world, query, who="dash_reader")).json()


@pytest.mark.parametrize("example", EXAMPLES)
async def test_the_examples_of_graphiql_pass(world: World, example: str) -> None:
    assert len(EXAMPLES) >= 9
    text = (await sent(world, EXAMPLES[example])).text
    assert "QUERY_TOO_COMPLEX" not in text


async def test_what_tools_ask_to_know_the_schema_passes(world: World) -> None:
    everything = ("descriptions", "specified_by_url", "directive_is_repeatable", "schema_description", "input_value_deprecation", "one_of")
    response = await sent(world, get_introspection_query(**dict.fromkeys(everything, True)))
    assert "errors" not in response.json(), response.text
    assert len(response.json()["data"]["__schema"]["types"]) > 100


async def test_limits_are_settings(start: Start) -> None:
    world = await start(
        max_query_depth=3, max_query_aliases=1, max_query_directives=1, max_root_fields=2, max_query_cost=10, max_query_tokens=40
    )
    refused = {
        "{ projects(first: 1) { nodes { owner { id } } } }": (
            "The depth of this operation: 4, at most 3; ask for what lies deeper in an operation of its own."
        ),
        "{ a: __typename b: __typename }": "The aliases of this operation: 2, at most 1; ask for less at a time.",
        "{ __typename @skip(if: true) viewer @skip(if: true) { canWriteCode } }": (
            "The directives of this operation: 2, at most 1; ask for less at a time."
        ),
        "{ __typename __typename __typename }": "The root fields of this operation: 3, at most 2; ask for less at a time.",
        "{ projects(first: 10) { nodes { key } } }": (
            "The cost of this operation: 11, at most 10; ask for shorter pages, or for less of each entry."
        ),
        "{ " + "__typename " * 39 + "}": (
            "This document is beyond what is looked at: Syntax Error: Document contains more than 40 tokens. Parsing aborted. "
            "Ask for less at a time."
        ),
    }
    for query, message in refused.items():
        [error] = (await sent(world, query)).json()["errors"]
        assert error["message"] == message
        assert error["extensions"] == {"code": "QUERY_TOO_COMPLEX"}
    assert (await sent(world, "{ a: __typename __typename }")).json() == {"data": {"a": "Query", "__typename": "Query"}}


async def test_where_introspection_is_off_nothing_is_suggested(start: Start) -> None:
    world = await start(introspection=False)
    [error] = (await sent(world, "{ viewr { canWriteCode } }")).json()["errors"]
    assert error["message"] == "Cannot query field 'viewr' on type 'Query'."


async def test_up_to_ten_faults_are_told_one_by_one(world: World) -> None:
    query = '{ project(key: "A") { ' + " ".join(f"no{i}" for i in range(10)) + " } }"
    assert len((await sent(world, query)).json()["errors"]) == 10


async def test_an_anonymous_caller_is_held_to_the_same(world: World) -> None:
    response = await client_of(world).post("/graphql", json={"query": HOSTILE["nested lists"].query})
    assert [error["extensions"] for error in response.json()["errors"]] == [{"code": "QUERY_TOO_COMPLEX"}]
