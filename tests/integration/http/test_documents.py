"""Texts that are named instead of sent: persisted as clients go, or given beforehand. On every way in."""

import asyncio
import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.fixtures.listening import calling, listening
from tests.fixtures.world import World, make_world, settings_for
from tests.integration.http.conftest import Start
from tests.integration.http.serving import signed_in

WHO: Final = "{ viewer { user { login } } }"
NOTHING: Final = "{ __typename }"
CREATE: Final = 'mutation { createDashboard(input: {projectKey: "SALES", name: "x"}) { errors { code } } }'
QUERY_ANSWER: Final = {"data": {"__typename": "Query"}}
NOT_FOUND: Final = {"errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]}
NOT_TRUSTED: Final = "This server runs only the documents that it was given, and this is none of them."
MISMATCH: Final = "The hash is not that of the text: send the sha256 of its UTF-8, in hexadecimal digits."


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted(named: object, text: str | None = None, version: object = 1) -> dict[str, Any]:
    """Return a request as Apollo's clients send it."""
    request: dict[str, Any] = {"extensions": {"persistedQuery": {"version": version, "sha256Hash": named}}}
    return request | ({} if text is None else {"query": text})


async def send(world: World, request: dict[str, Any], method: str = "POST", who: str | None = None) -> httpx2.Response:
    headers = signed_in(world, who) if who else {}
    if method == "POST":
        return await world.client.post("/graphql", json=request, headers=headers)
    params = {name: value if isinstance(value, str) else json.dumps(value) for name, value in request.items()}
    return await world.client.get("/graphql", params=params, headers=headers)


def refused(response: httpx2.Response) -> str:
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    return str(error["message"])


@pytest.mark.parametrize("first", ["POST", "GET"])
@pytest.mark.parametrize("then", ["POST", "GET"])
async def test_a_text_sent_once_with_its_hash_is_found_by_that(world: World, first: str, then: str) -> None:
    named = hash_of(WHO)
    unknown = await send(world, persisted(named), then)
    assert (unknown.status_code, unknown.json()) == (200, NOT_FOUND)
    assert unknown.headers["cache-control"] == "no-store"
    told = await send(world, persisted(named, WHO), first, "analyst")
    assert told.json() == {"data": {"viewer": {"user": {"login": "analyst"}}}}
    again = await send(world, persisted(named), then, "coder")
    assert again.json() == {"data": {"viewer": {"user": {"login": "coder"}}}}, "the text is kept, not the answer"
    for name in (named, f"sha256:{named}"):
        assert (await send(world, {"documentId": name}, then)).json() == {"data": {"viewer": None}}


async def test_a_text_without_its_hash_is_not_kept(world: World) -> None:
    await send(world, {"query": NOTHING})
    assert (await send(world, persisted(hash_of(NOTHING)))).json() == NOT_FOUND


async def test_a_hash_of_another_text_is_refused_and_nothing_kept(world: World) -> None:
    for text in (CREATE, NOTHING + " "):
        assert refused(await send(world, persisted(hash_of(NOTHING), text), who="coder")) == MISMATCH
        assert (await send(world, persisted(hash_of(NOTHING)))).json() == NOT_FOUND
        assert (await send(world, persisted(hash_of(text)))).json() == NOT_FOUND


@pytest.mark.parametrize(
    "request_",
    [
        persisted("x" * 64, version=2),
        persisted("x" * 64, version=None),
        {"extensions": {"persistedQuery": 1}},
        persisted(None),
        persisted(1),
        persisted(""),
        {"documentId": 1},
        {"documentId": ""},
    ],
)
async def test_what_names_nothing_is_refused(world: World, request_: dict[str, Any]) -> None:
    assert "ersisted" in refused(await send(world, request_))


async def test_a_mutation_is_not_run_by_get_however_it_is_named(world: World) -> None:
    await send(world, persisted(hash_of(CREATE), CREATE), who="stranger")
    before = await world.state()
    assert (await send(world, persisted(hash_of(CREATE)), "GET", "coder")).status_code == 405
    assert await world.state() == before


async def test_so_many_bytes_of_one_person_are_kept_and_those_used_last(start: Start) -> None:
    world = await start(persisted_queries_bytes=8 * 3 * (20 + 256))
    texts = [f"{{ {name}: __typename }}".ljust(20) for name in "abcd"]
    for text in texts[:3]:
        await send(world, persisted(hash_of(text), text))
    assert (await send(world, persisted(hash_of(texts[0])))).json() == {"data": {"a": "Query"}}
    await send(world, persisted(hash_of(texts[3]), texts[3]))
    kept = [(await send(world, persisted(hash_of(text)))).json() != NOT_FOUND for text in texts]
    assert kept == [True, False, True, True]


async def test_a_text_above_its_limit_is_not_kept(start: Start) -> None:
    world = await start(max_query_bytes=20)
    text = NOTHING.ljust(21)
    assert (await send(world, persisted(hash_of(text), text))).status_code == 400
    assert (await send(world, persisted(hash_of(text)))).json() == NOT_FOUND


def numbered(number: int) -> str:
    return f"{{ a{number}: __typename }}".ljust(20)


async def is_kept(world: World, text: str) -> bool:
    return bool((await send(world, persisted(hash_of(text)))).json() != NOT_FOUND)


async def test_strangers_push_out_nothing_of_anybody_else(start: Start) -> None:
    world = await start(persisted_queries_bytes=8 * 3 * (20 + 256))
    own, common = "{ own: __typename }", "{ common: __typename }"
    await send(world, persisted(hash_of(own), own), who="coder")
    await send(world, persisted(hash_of(common), common))
    await send(world, persisted(hash_of(common), common), who="coder")
    for number in range(30):
        await send(world, persisted(hash_of(numbered(number)), numbered(number)))
    assert [await is_kept(world, text) for text in (own, common)] == [True, True]
    assert [await is_kept(world, numbered(number)) for number in range(30)] == [False] * 27 + [True] * 3


async def test_a_person_pushes_out_no_more_than_an_eighth(start: Start) -> None:
    world = await start(persisted_queries_bytes=8 * (20 + 256))
    people = ["stranger", "dash_reader", "dash_writer", "analyst", "writer", "coder", "admin"]
    for number, who in enumerate(people):
        await send(world, persisted(hash_of(numbered(number)), numbered(number)), who=who)
    for number in range(20, 40):
        await send(world, persisted(hash_of(numbered(number)), numbered(number)), who="project_admin")
    assert [await is_kept(world, numbered(number)) for number in range(7)] == [True] * 7
    assert [await is_kept(world, numbered(number)) for number in range(20, 40)] == [False] * 19 + [True]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{ nothing }",
        "{ projects(first: 100) { nodes { notebooks(first: 100) { nodes { id } } } } }",
        "query A { __typename } query B { __typename }",
    ],
)
async def test_a_text_that_could_not_run_is_not_kept(world: World, text: str) -> None:
    assert "errors" in (await send(world, persisted(hash_of(text), text), who="coder")).json()
    assert not await is_kept(world, text)


async def test_a_text_above_the_rate_is_not_kept(start: Start) -> None:
    world = await start(rate_limit="3/hour")
    dear = "{ projects { nodes { key } } }"
    assert "errors" not in (await send(world, {"query": NOTHING})).json()
    assert (await send(world, persisted(hash_of(dear), dear))).json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert not await is_kept(world, dear)


async def test_a_subscription_is_kept_when_it_begins(world: World) -> None:
    text = "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { version } }"
    async with (
        listening(world.application.asgi) as address,
        calling(address, authorization=f"Bearer {world.tokens['dash_reader']}") as line,
    ):
        await line.init()
        payload = persisted(hash_of(text), text) | {"variables": {"id": world.ids["SALES dashboard"]}}
        await line.send(id="1", type="subscribe", payload=payload)
        async with asyncio.timeout(20):
            while not await is_kept(world, text):  # noqa: ASYNC110  it is the server that changes it
                await asyncio.sleep(0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a document, and with manifests of two kinds."""
    made = tmp_path / "documents"
    (made / "deep").mkdir(parents=True)
    (made / "deep" / "who.graphql").write_text(WHO)
    (made / "apollo.json").write_text(json.dumps({"format": "apollo", "version": 1, "operations": [{"id": "create", "body": CREATE}]}))
    (made / "relay.json").write_text(json.dumps({"sha256:short": "{ a: __typename }"}))
    (made / "notes.txt").write_text(NOTHING)
    return made


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_only_what_was_given_beforehand_runs(start: Start, folder: Path, method: str) -> None:
    world = await start(trusted_documents=folder)
    before = await world.state()
    introspection = "{ __schema { queryType { name } } }"
    for text in (NOTHING, WHO + " ", introspection, "{ _service { sdl } }", "{", CREATE.replace('"x"', '"y"')):
        for request in (
            {"query": text},
            persisted(hash_of(text), text),
            persisted(hash_of(WHO), text),
            {"query": text, "documentId": "create"},
        ):
            assert refused(await send(world, request, method, "coder")) == NOT_TRUSTED
        assert (await send(world, persisted(hash_of(text)), method)).json() == NOT_FOUND
    assert await world.state() == before


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_what_was_given_runs_by_its_text_its_hash_and_its_id(start: Start, folder: Path, method: str) -> None:
    world = await start(trusted_documents=folder)
    nobody = {"data": {"viewer": None}}
    for request in ({"query": WHO}, persisted(hash_of(WHO)), persisted(hash_of(WHO), WHO), {"documentId": hash_of(WHO)}):
        assert (await send(world, request, method)).json() == nobody
    for name in ("short", "sha256:short"):
        assert (await send(world, {"documentId": name}, method)).json() == {"data": {"a": "Query"}}
    assert (await send(world, {"documentId": "short", "query": WHO}, method)).status_code == 400


async def test_a_mutation_runs_by_its_id(start: Start, folder: Path) -> None:
    world = await start(trusted_documents=folder)
    assert (await send(world, {"documentId": "create"}, who="dash_writer")).json() == {"data": {"createDashboard": {"errors": []}}}
    assert (await send(world, {"documentId": "create"}, "GET", "dash_writer")).status_code == 405


@pytest.mark.parametrize("protocol", ["socket", "stream", "form"])
async def test_no_other_way_in_runs_more(start: Start, folder: Path, protocol: str) -> None:
    world = await start(trusted_documents=folder)
    if protocol == "socket":
        async with listening(world.application.asgi) as address, calling(address) as line:
            await line.init()
            await line.ask("1", NOTHING)
            assert (await line.receive())["payload"] == [{"message": NOT_TRUSTED, "extensions": {"code": "BAD_USER_INPUT"}}]
            await line.send(id="2", type="subscribe", payload={"documentId": "short"})
            assert (await line.receive())["payload"] == {"data": {"a": "Query"}}
        return
    headers = signed_in(world, "coder")
    if protocol == "stream":
        response = await world.client.post("/graphql", json={"query": NOTHING}, headers=headers | {"accept": "text/event-stream"})
    else:
        form = {"operations": (None, json.dumps({"query": NOTHING})), "map": (None, "{}")}
        response = await world.client.post("/graphql", files=form, headers=headers | {"graphql-require-preflight": "1"})
    assert refused(response) == NOT_TRUSTED


@pytest.mark.parametrize("content", ["{", "[]", "1", '{"a": 1}', '{"operations": [{"id": "x"}]}'])
async def test_a_manifest_that_cannot_be_read_lets_no_server_start(sqlite_url: str, tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(ValueError, match=r"bad\.json cannot be read as a document or a manifest of documents"):
        await make_world(settings_for(sqlite_url, tmp_path, trusted_documents=tmp_path))
    with pytest.raises(ValueError, match="is not a folder of documents"):
        await make_world(settings_for(sqlite_url, tmp_path, trusted_documents=tmp_path / "none"))
