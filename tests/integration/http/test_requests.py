"""`/graphql`: what is a request, and how the others are refused."""

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx2
import pytest

from tests.fixtures.world import World
from tests.integration.http.conftest import Start
from tests.integration.http.serving import signed_in

CREATE: Final = 'mutation { createProject(input: {key: "NEW", name: "New"}) { project { id } } }'
JSON: Final = {"content-type": "application/json"}


def refused(response: httpx2.Response, status: int, code: str = "BAD_USER_INPUT") -> str:
    """Check that a request was refused; return the message."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    answer: dict[str, Any] = response.json()
    assert list(answer) == ["errors"]
    [error] = answer["errors"]
    assert error["extensions"] == {"code": code}
    return str(error["message"])


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/graphql", "text/json", "application/jsonx", "", None],
)
async def test_other_content_types_than_json_are_refused(world: World, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = await world.client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers | signed_in(world, "admin"))
    assert "application/json" in refused(response, 415)


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON;x=y"])
async def test_json_is_accepted_however_it_is_written(world: World, content_type: str) -> None:
    response = await world.client.post("/graphql", content=b'{"query": "{ __typename }"}', headers={"content-type": content_type})
    assert response.json() == {"data": {"__typename": "Query"}}


BAD_BODIES: Final = {
    b"": "The body is not JSON",
    b"{": "The body is not JSON",
    b"\xff\xfe{}": "The body is not JSON",
    b'{"query": "\\ud800"}': "The body is not JSON",
    b"[" * 100_000: "The body is not JSON",
    b"null": "The request must be a JSON object.",
    b"1": "The request must be a JSON object.",
    b'"{ __typename }"': "The request must be a JSON object.",
    b"[]": "Batches are not accepted",
    b'[{"query": "{ __typename }"}]': "Batches are not accepted",
    b"{}": "The request has no `query`",
    b'{"query": null}': "The request has no `query`",
    b'{"query": ""}': "The request has no `query`",
    b'{"query": 1}': "The request has no `query`",
    b'{"query": ["{ __typename }"]}': "The request has no `query`",
    b'{"query": "{ __typename }", "variables": []}': "`variables` must be an object.",
    b'{"query": "{ __typename }", "variables": "{}"}': "`variables` must be an object.",
    b'{"query": "{ __typename }", "extensions": 1}': "`extensions` must be an object.",
    b'{"query": "{ __typename }", "operationName": 1}': "`operationName` must be a string.",
    b'{"query": "query A { __typename }", "operationName": "B"}': "The text has no operation of that name.",
    b'{"query": "fragment F on Query { __typename }"}': "The text has no operation of that name.",
}


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: body[:60].decode(errors="replace"))
async def test_a_body_that_is_no_operation_is_refused(world: World, body: bytes) -> None:
    response = await world.client.post("/graphql", content=body, headers=JSON)
    assert refused(response, 400).startswith(BAD_BODIES[body])


async def test_null_stands_for_what_is_left_out(world: World) -> None:
    body = {"query": "{ __typename }", "variables": None, "operationName": None, "extensions": None}
    assert (await world.client.post("/graphql", json=body)).json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_text_above_its_limit_is_refused_and_one_at_its_limit_is_not(start: Start, method: str) -> None:
    world = await start(max_query_bytes=100)
    for size, status in ((100, 200), (101, 400)):
        query = "{ __typename }".ljust(size)
        sent: dict[str, Any] = {"params": {"query": query}} if method == "GET" else {"json": {"query": query}}
        response = await world.client.request(method, "/graphql", **sent)
        assert response.status_code == status
    assert refused(response, 400, "QUERY_TOO_COMPLEX") == "The text of the operation has 101 bytes; at most 100 are accepted."


async def pieces(size: int, sent: list[int]) -> AsyncIterator[bytes]:
    """Send a body piece by piece, without announcing its length; note how much was taken."""
    yield b'{"query": "{ __typename }", "x": "'
    for _ in range(size // 1000):
        sent.append(1000)
        yield b"x" * 1000
    yield b'"}'


async def test_a_body_above_its_limit_is_refused(start: Start) -> None:
    world = await start(max_body_bytes=10_000)
    announced = await world.client.post("/graphql", content=b'{"query": "{ __typename }"}'.ljust(10_001), headers=JSON)
    assert refused(announced, 413, "TOO_LARGE") == (
        "The body has more than 10,000 bytes. A notebook may be larger as a file: see `SaveNotebookInput.file`."
    )
    assert announced.headers["connection"] == "close"
    at_limit = await world.client.post("/graphql", content=b'{"query": "{ __typename }"}'.ljust(10_000), headers=JSON)
    assert at_limit.status_code == 200


async def test_a_body_of_unknown_length_is_read_up_to_its_limit(start: Start) -> None:
    world, sent = await start(max_body_bytes=10_000), list[int]()
    response = await world.client.post("/graphql", content=pieces(1_000_000, sent), headers=JSON)
    refused(response, 413, "TOO_LARGE")
    assert sum(sent) <= 11_000, "what lies behind the limit is not taken in"
    assert (await world.client.post("/graphql", content=pieces(9_000, []), headers=JSON)).status_code == 200


async def test_a_query_by_get_takes_variables_and_a_name(world: World) -> None:
    query = "query A { __typename } query B($key: String!) { viewer { projectPermissions(projectKey: $key) } }"
    params = {"query": query, "variables": '{"key": "SALES"}', "operationName": "B", "extensions": "{}"}
    response = await world.client.get("/graphql", params=params, headers=signed_in(world, "dash_reader"))
    assert response.json() == {"data": {"viewer": {"projectPermissions": ["READ_DASHBOARDS"]}}}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "The request has no `query`"),
        ({"query": ""}, "The request has no `query`"),
        ({"query": "{ __typename }", "variables": "{"}, "`variables` is not JSON"),
        ({"query": "{ __typename }", "variables": "[]"}, "`variables` must be an object."),
        ({"query": "{ __typename }", "extensions": "x"}, "`extensions` is not JSON"),
        ({"query": "{ __typename }", "extensions": "1"}, "`extensions` must be an object."),
    ],
)
async def test_a_get_that_is_no_operation_is_refused(world: World, params: dict[str, str], message: str) -> None:
    assert refused(await world.client.get("/graphql", params=params), 400).startswith(message)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_only_a_post_changes_anything(world: World, method: str) -> None:
    before, headers = await world.state(), signed_in(world, "admin")
    response = await world.client.request(method, "/graphql", params={"query": CREATE}, headers=headers)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    with_body = await world.client.request(method, "/graphql", json={"query": CREATE}, headers=headers)
    assert with_body.status_code == 400
    assert await world.state() == before
    assert await world.events() == []


async def test_the_refusal_of_a_mutation_by_get_says_what_to_do(world: World) -> None:
    response = await world.client.get("/graphql", params={"query": CREATE}, headers=signed_in(world, "admin"))
    assert refused(response, 405) == "By GET, only queries are accepted: send mutations by POST."


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_other_methods_are_refused(world: World, method: str) -> None:
    response = await world.client.request(method, "/graphql", json={"query": CREATE}, headers=signed_in(world, "admin"))
    assert response.status_code == 405
    assert {"GET", "POST"} <= set(response.headers["allow"].split(", "))
    assert "access-control-allow-origin" not in response.headers


async def test_a_subscription_is_a_clear_error(world: World) -> None:
    answer = (await world.client.post("/graphql", json={"query": "subscription { exportCreated { id } }"})).json()
    assert "data" not in answer
    assert "subscription" in answer["errors"][0]["message"].lower()


async def test_a_root_path_changes_no_route(start: Start) -> None:
    world = await start(root_path="/nb/")
    assert (await world.client.post("/graphql", json={"query": "{ __typename }"})).status_code == 200


async def test_of_several_operations_none_is_guessed(world: World) -> None:
    change = 'mutation A { createDashboard(input: {projectKey: "SALES", name: "x"}) { errors { message } } } query B { __typename }'
    before = await world.state()
    answer = await world.run("coder", change)
    assert [error["message"] for error in answer["errors"]] == ["The text has several operations: say which one by `operationName`."]
    assert "data" not in answer
    assert await world.state() == before
