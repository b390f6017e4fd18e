"""Media types: 400 without `data` for those who take `application/graphql-response+json`, 200 for the others."""

from typing import Final

import pytest

from tests.fixtures.world import World
from tests.integration.http.conftest import Start

NEW: Final = "application/graphql-response+json"
OLD: Final = "application/json"
ACCEPTED: Final = {
    "": OLD,
    "*/*": OLD,
    OLD: OLD,
    NEW: NEW,
    f"{NEW}, {OLD}": NEW,
    f"{OLD}, {NEW}": OLD,
    f"{OLD};q=0.5, {NEW}": NEW,
    f"{NEW};q=0.1, {OLD};q=0.9": OLD,
    f"{NEW};q=0, */*": OLD,
    f"text/html, {NEW}": NEW,
    "application/*": NEW,
    "text/html": OLD,
    f"{NEW};q=x": OLD,
}


@pytest.mark.parametrize("accept", ACCEPTED)
async def test_the_answer_is_of_the_media_type_that_is_wanted(world: World, accept: str) -> None:
    for query in ("{ __typename }", "{ nothing }", "{", "query A { __typename } fragment B on Query { __typename }"):
        response = await world.client.post("/graphql", json={"query": query}, headers={"accept": accept})
        assert response.headers["content-type"] == f"{ACCEPTED[accept]}; charset=utf-8"
        assert response.headers["vary"] == "accept"
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{", {}),
        ("{ nothing }", {}),
        ("{ viewer }", {}),
        ("query($id: ID!) { node(id: $id) { id } }", {}),
        ("query($first: Int!) { projects(first: $first) { totalCount } }", {"first": "x"}),
        ("query($first: Int!) { projects(first: $first) { totalCount } }", {"first": 2**31}),
        ('{ project(key: "\\ud800") { id } }', {}),
        ('{ project(key: "\\u{D800}") { id } }', {}),
    ],
)
async def test_a_fault_of_the_request_is_400_without_data_or_200(world: World, query: str, variables: dict[str, object]) -> None:
    for accept, status in ((NEW, 400), (OLD, 200)):
        response = await world.client.post("/graphql", json={"query": query, "variables": variables}, headers={"accept": accept})
        assert response.status_code == status
        assert list(response.json()) == ["errors"]
        assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"BAD_USER_INPUT"}


async def test_a_fault_of_a_field_is_200_with_data(world: World) -> None:
    for accept in (NEW, OLD):
        query = '{ viewer { canWriteCode } node(id: "x") { id } }'
        response = await world.client.post("/graphql", json={"query": query}, headers={"accept": accept})
        assert response.status_code == 200
        assert response.json()["data"] == {"viewer": None, "node": None}
        nulled = await world.client.post("/graphql", json={"query": '{ nodes(ids: ["x"]) { id } }'}, headers={"accept": accept})
        assert nulled.status_code == 200
        assert nulled.json()["data"] is None


@pytest.mark.parametrize("accept", ["text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"])
async def test_a_browser_gets_graphiql(start: Start, accept: str) -> None:
    world = await start()
    page = await world.client.get("/graphql", headers={"accept": accept})
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    with_query = await world.client.get("/graphql", params={"query": "{ __typename }"}, headers={"accept": accept})
    assert with_query.json() == {"data": {"__typename": "Query"}}


async def test_no_graphiql_where_it_is_off(start: Start) -> None:
    world = await start(graphiql=False)
    page = await world.client.get("/graphql", headers={"accept": "text/html"})
    assert page.status_code == 400
    assert page.headers["content-type"].startswith("application/json")
    assert (await world.client.get("/graphiql/static/manifest.json")).status_code == 404


async def test_the_schema_may_be_asked_for_by_anybody(world: World) -> None:
    data = await world.ok(None, '{ __schema { queryType { name } } __type(name: "Project") { kind } }')
    assert data == {"__schema": {"queryType": {"name": "Query"}}, "__type": {"kind": "OBJECT"}}


@pytest.mark.parametrize("who", [None, "admin"])
async def test_nobody_is_told_the_schema_where_that_is_off(start: Start, who: str | None) -> None:
    world = await start(introspection=False)
    for query in ("{ __schema { queryType { name } } }", '{ __type(name: "Project") { name } }'):
        answer = await world.run(who, query)
        assert "data" not in answer
        assert "introspection" in answer["errors"][0]["message"]
    assert await world.ok(None, "{ __typename }") == {"__typename": "Query"}
    for mistaken in ("{ viewr { user { id } } }", "{ viewer { users { id } } }", '{ projct(key: "x") { id } }'):
        assert "Did you mean" not in str(await world.run(who, mistaken))
