"""What is counted while an operation runs: entries of lists, renderings, bytes."""

import asyncio
import json
from typing import Any

import httpx2

from tests.fixtures import make
from tests.fixtures.world import World
from tests.integration.http.conftest import Start
from tests.integration.http.serving import client_of, signed_in

COMPLEX = {"code": "QUERY_TOO_COMPLEX"}
BOARD = "query($id: ID!) { dashboard(id: $id) { pages { tiles { id ... on InsightTile { rendering { url %s } } } } } }"
CREATE = """mutation { createDashboard(input: {projectKey: "SALES", name: "new"}) {
    dashboard { project { dashboards(first: 100) { nodes { id } } } } errors { message } } }"""


async def fill(world: World, count: int, size: int = 10) -> str:
    """Publish as many notebooks of that size onto a dashboard; return its id."""
    dashboard = world.ids["SALES dashboard"]
    for number in range(count):
        notebook = make.notebook(make.code("1", make.stream(f"{number}" + "x" * size)))
        await world.publish(await world.save(f"N{number}", notebook=notebook), dashboard)
    return dashboard


async def ask(client: httpx2.AsyncClient, world: World, query: str, who: str = "coder", **variables: object) -> httpx2.Response:
    return await client.post("/graphql", json={"query": query, "variables": variables}, headers=signed_in(world, who))


def bodies(answer: dict[str, Any], field: str = "body") -> list[str | None]:
    return [tile["rendering"][field] for page in answer["data"]["dashboard"]["pages"] for tile in page["tiles"]]


async def test_an_operation_of_too_many_entries_ends_with_one_error(start: Start) -> None:
    world = await start()
    dashboard = await fill(world, 3)
    query = "query($id: ID!) { dashboard(id: $id) { pages { tiles { page { tiles { id } } } } } }"
    response = await ask(client_of(world, settings={"max_operation_rows": 12}), world, query, id=dashboard)
    assert response.json()["errors"] is not None
    [error] = response.json()["errors"]
    assert response.json()["data"] is None
    assert error["message"] == "The lists of this operation have more than 12 entries together: ask for fewer at a time."
    assert error["extensions"] == COMPLEX
    at_limit = await ask(client_of(world, settings={"max_operation_rows": 13}), world, query, id=dashboard)
    assert "errors" not in at_limit.json(), "1 page, 3 tiles, and 3 for each of these"


async def test_pages_of_lists_count_as_entries(start: Start) -> None:
    world = await start()
    await fill(world, 3)
    query = '{ project(key: "SALES") { notebooks(first: 2) { nodes { id } } insights(first: 2) { nodes { id } } } }'
    for most, errors in ((4, 0), (3, 1)):
        response = await ask(client_of(world, settings={"max_operation_rows": most}), world, query)
        assert len(response.json().get("errors", [])) == errors


async def test_a_mutation_that_was_done_is_said_to_be_done(start: Start) -> None:
    world = await start()
    response = await ask(client_of(world, settings={"max_operation_rows": 1}), world, CREATE)
    [error] = response.json()["errors"]
    assert response.json()["data"] is None
    assert error["message"] == (
        "The lists of this operation have more than 1 entries together: ask for fewer at a time. "
        "1 of its mutations had been done: look before you repeat."
    )
    assert [event[1:] for event in await world.events()] == [("createDashboard", "ALLOWED")]


async def kept(world: World, count: int) -> None:
    """Wait until so many renderings are kept."""
    async with asyncio.timeout(30):
        while (await world.rows("SELECT count(*) FROM rendering"))[0][0] < count:  # noqa: ASYNC110  the database tells nobody
            await asyncio.sleep(0.01)


async def test_renderings_beyond_those_an_operation_may_have_made_are_null(start: Start) -> None:
    world = await start()
    dashboard = await fill(world, 3)
    client = client_of(world, settings={"max_operation_renders": 2})
    answer = (await ask(client, world, BOARD % "body", id=dashboard)).json()
    [error] = answer["errors"]
    assert error["extensions"] == COMPLEX
    assert error["message"].startswith("2 renderings were made for this operation, which is the most")
    assert error["path"][-1] == "body"
    found = bodies(answer)
    assert [body is None for body in found].count(True) == 1
    assert None not in bodies(answer, "url")
    await kept(world, 2)
    again = (await ask(client, world, BOARD % "body", id=dashboard)).json()
    assert "errors" not in again, "what is kept is not made again"
    assert None not in bodies(again)


async def test_one_rendering_counts_once_however_often_it_is_asked_for(start: Start) -> None:
    world = await start()
    dashboard = await fill(world, 2)
    client = client_of(world, settings={"max_operation_renders": 2})
    answer = (await ask(client, world, BOARD % "body fragment byteSize etag notices { code }", id=dashboard)).json()
    assert "errors" not in answer


async def test_who_waits_for_a_rendering_is_not_refused_with_whoever_set_out(start: Start) -> None:
    world = await start()
    dashboard = await fill(world, 1)
    poor, rich = client_of(world, settings={"max_operation_renders": 0}), client_of(world)
    refused, answered = await asyncio.gather(ask(poor, world, BOARD % "body", id=dashboard), ask(rich, world, BOARD % "body", id=dashboard))
    assert [error["extensions"] for error in refused.json().get("errors", [])] in ([], [COMPLEX])
    assert "errors" not in answered.json()
    assert None not in bodies(answered.json())


async def test_pages_of_cells_are_drawn_as_often_as_renderings_may_be_made(start: Start) -> None:
    world = await start()
    await fill(world, 3)
    query = '{ project(key: "SALES") { notebooks { nodes { latestExport { cells(first: 1) { nodes { html } } } } } } }'
    answer = (await ask(client_of(world, settings={"max_operation_renders": 2}), world, query)).json()
    assert [error["extensions"] for error in answer["errors"]] == [COMPLEX]
    drawn = [notebook["latestExport"]["cells"] for notebook in answer["data"]["project"]["notebooks"]["nodes"]]
    assert drawn.count(None) == 1


async def test_bodies_that_would_break_the_answer_are_null_and_their_addresses_work(start: Start) -> None:
    world = await start()
    dashboard = await fill(world, 3, size=60_000)
    client = client_of(world, settings={"max_response_bytes": 150_000})
    response = await ask(client, world, BOARD % "fragment", id=dashboard)
    assert len(response.content) < 150_000
    answer = response.json()
    assert [body is None for body in bodies(answer, "fragment")].count(True) == 1
    [error] = answer["errors"]
    assert error["extensions"] == COMPLEX
    assert error["message"] == (
        "With this one, the answer would have more than 150,000 bytes: ask for fewer at a time. The `url` of a rendering has no such limit."
    )
    [missing] = [index for index, body in enumerate(bodies(answer, "fragment")) if body is None]
    content = await client.get(str(bodies(answer, "url")[missing]))
    assert content.status_code == 200
    assert len(content.content) > 60_000


async def test_a_source_that_would_break_the_answer_is_null(start: Start) -> None:
    world = await start()
    await fill(world, 1, size=60_000)
    query = '{ project(key: "SALES") { notebook(name: "N0") { name source } } }'
    answer = (await ask(client_of(world, settings={"max_response_bytes": 50_000}), world, query)).json()
    assert answer["data"]["project"]["notebook"] == {"name": "N0", "source": None}
    assert [(error["path"], error["extensions"]) for error in answer["errors"]] == [(["project", "notebook", "source"], COMPLEX)]


async def test_an_answer_too_large_for_other_reasons_is_not_sent(start: Start) -> None:
    world = await start()
    query = """mutation($text: String!) { createDashboard(input: {projectKey: "SALES", name: "new", description: $text}) {
        dashboard { description } errors { message } } }"""
    response = await ask(client_of(world, settings={"max_response_bytes": 2_000}), world, query, text="x" * 5_000)
    assert response.json()["data"] is None
    [error] = response.json()["errors"]
    assert error["extensions"] == COMPLEX
    assert error["message"].endswith(
        " bytes, at most 2,000 are sent: ask for less at a time. 1 of its mutations had been done: look before you repeat."
    )
    assert len(json.dumps(response.json())) < 2_000
