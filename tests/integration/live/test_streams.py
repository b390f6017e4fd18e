"""Server-sent events, one connection an operation. The wire does not depend on the database: SQLite alone."""

import asyncio
import json
from typing import Any, Final

import httpx2
import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Message
from structlog.testing import capture_logs

from server.config import load_settings
from server.db.failures import DatabaseAway
from server.http.running import Tell, refused
from server.http.sending import Outbox
from server.http.streams import EventStream, Wish, wish_of
from tests.fixtures.listening import SECONDS, hearing, listening
from tests.integration.live.conftest import BOARD, RENAME, WHO, Begin, Scene

STREAM: Final = "text/event-stream"
NOT_FOLLOWED: Final = (
    "A subscription has many answers: send the header `Accept: text/event-stream`, or use a WebSocket with graphql-transport-ws."
)
LIKE_URQL: Final = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The address of a migrated, empty database."""
    return sqlite_url


async def send(scene: Scene, method: str, query: str, accept: str, who: str | None = None, **variables: object) -> httpx2.Response:
    """Send an operation and read the whole answer."""
    sent: dict[str, Any] = {"json": {"query": query, "variables": variables}}
    if method == "GET":
        sent = {"params": {"query": query, "variables": json.dumps(variables)}}
    headers = {"accept": accept} | ({} if who is None else {"authorization": scene.header(who)})
    async with httpx2.AsyncClient(timeout=SECONDS) as client:
        return await client.request(method, f"http://{scene.address}/graphql", headers=headers, **sent)


@pytest.mark.parametrize(
    ("accept", "wish"),
    [
        ("", Wish.NO),
        ("*/*", Wish.NO),
        ("application/json", Wish.NO),
        (f"{STREAM};q=0", Wish.NO),
        (STREAM, Wish.ALWAYS),
        ("text/*", Wish.ALWAYS),
        (f"{STREAM}, application/json", Wish.ALWAYS),
        (f"application/json, {STREAM}", Wish.FOR_SUBSCRIPTIONS),
        (f"application/json;q=0.5, {STREAM}", Wish.ALWAYS),
        (LIKE_URQL, Wish.FOR_SUBSCRIPTIONS),
    ],
)
def test_what_a_client_wishes_is_read_from_its_accept_header(accept: str, wish: Wish) -> None:
    assert wish_of(accept) is wish


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("accept", [STREAM, LIKE_URQL])
async def test_a_subscription_is_a_stream_of_events(scene: Scene, method: str, accept: str) -> None:
    board = scene.world.ids["SALES dashboard"]
    async with hearing(scene.address, BOARD, authorization=scene.header("dash_reader"), method=method, accept=accept, id=board) as events:
        assert events.response.status_code == 200
        assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert events.response.headers["cache-control"] == "no-store"
        assert events.response.headers["vary"] == "accept"
        await events.begun()
        await scene.followed(1)
        for version in (2, 3):
            await scene.rename(f"Name {version}")
            name, content = await events.next()
            assert name == "next"
            assert content == {"data": {"dashboardChanged": {"version": version, "name": f"Name {version}", "pages": [{"tiles": []}]}}}
    await scene.followed(0)


async def test_a_subscription_ends_with_the_error_and_completes(scene: Scene) -> None:
    board = scene.world.ids["SALES dashboard"]
    async with hearing(scene.address, BOARD, authorization=scene.header("dash_reader"), id=board) as events:
        await scene.followed(1)
        await scene.world.ok("admin", "mutation($id: ID!) { deleteDashboard(input: {dashboardId: $id}) { errors { code } } }", id=board)
        error = {"message": "There is no such dashboard, or you may not see it.", "extensions": {"code": "NOT_FOUND"}}
        assert await events.next() == ("next", {"errors": [error]})
        assert await events.next() == ("complete", None)
        with pytest.raises(EOFError):
            await events.next()


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_query_comes_as_one_event_to_who_wants_nothing_else(scene: Scene, method: str) -> None:
    answer = await send(scene, method, WHO, STREAM, "analyst")
    assert answer.text == (
        ":\n\n"
        'event: next\ndata: {"data":{"viewer":{"user":{"login":"analyst"}}}}\n\n'
        "event: complete\ndata:\n\n"
    )  # fmt: skip
    as_json = await send(scene, method, WHO, LIKE_URQL, "analyst")
    assert as_json.json() == {"data": {"viewer": {"user": {"login": "analyst"}}}}


async def test_a_document_at_fault_is_told_by_an_event(scene: Scene) -> None:
    answer = await send(scene, "POST", "{ nothing }", STREAM, "analyst")
    assert answer.status_code == 200
    _, told, end = answer.text.split("\n\n", 2)
    assert end == "event: complete\ndata:\n\n"
    content = json.loads(told.removeprefix("event: next\ndata: "))
    assert list(content) == ["errors"]
    assert [error["extensions"] for error in content["errors"]] == [{"code": "BAD_USER_INPUT"}]


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("accept", ["", "*/*", "application/json", f"{STREAM};q=0"])
async def test_a_subscription_that_no_stream_is_accepted_for_is_a_clear_error(scene: Scene, method: str, accept: str) -> None:
    answer = await send(scene, method, BOARD, accept, "dash_reader", id=scene.world.ids["SALES dashboard"])
    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"message": NOT_FOLLOWED, "extensions": {"code": "BAD_USER_INPUT"}}]}


@pytest.mark.parametrize("accept", [STREAM, LIKE_URQL])
async def test_no_mutation_by_get(scene: Scene, accept: str) -> None:
    before = await scene.world.state()
    answer = await send(scene, "GET", RENAME, accept, "dash_writer", id=scene.world.ids["SALES dashboard"], name="x")
    assert "mutations" in answer.text
    assert '"data"' not in answer.text
    assert await scene.world.state() == before


@pytest.mark.parametrize("accept", [STREAM, LIKE_URQL])
async def test_a_wrong_token_is_401_and_no_stream(scene: Scene, accept: str) -> None:
    headers = {"accept": accept, "authorization": "Bearer nbi_wrong"}
    async with httpx2.AsyncClient() as client:
        answer = await client.post(f"http://{scene.address}/graphql", headers=headers, json={"query": BOARD, "variables": {"id": "x"}})
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_a_stream_that_is_quiet_speaks_in_comments() -> None:
    go_on, left = asyncio.Event(), asyncio.Event()

    async def run(tell: Tell) -> None:
        await go_on.wait()
        await tell(refused("That is all."))

    async def answer(_: Request) -> EventStream:
        return EventStream(run, Outbox(1000, 0).line(None), leave=left.set, closing=asyncio.Event(), quiet_seconds=0.01)

    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
    async with listening(app) as address, hearing(address, WHO) as events:
        for _ in range(3):  # that it begins with, and two more
            await events.begun()
            assert await anext(events.lines) == ""
        go_on.set()
        name, told = await events.next()
        assert (name, told["errors"][0]["message"]) == ("next", "That is all.")
        assert await events.next() == ("complete", None)
    await left.wait()


@pytest.mark.parametrize(
    ("error", "code"),
    [(DatabaseAway("about a secret host"), "UNAVAILABLE"), (TimeoutError("about a secret"), "INTERNAL"), (OSError("a secret"), "INTERNAL")],
)
async def test_a_stream_whose_operation_fails_says_so_and_the_log_once(error: Exception, code: str) -> None:
    left = asyncio.Event()

    async def run(tell: Tell) -> None:
        await tell(refused("First."))
        raise error

    async def answer(_: Request) -> EventStream:
        return EventStream(run, Outbox(1000, 0).line(None), leave=left.set, closing=asyncio.Event())

    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
    with capture_logs() as lines:
        async with listening(app) as address, hearing(address, WHO) as events:
            assert (await events.next())[0] == "next"
            name, told = await events.next()
            assert (name, told["errors"][0]["extensions"]["code"]) == ("next", code)
            assert "secret" not in str(told)
            assert await events.next() == ("complete", None)
        await left.wait()
    assert [line["event"] for line in lines] == ["the database is away" if code == "UNAVAILABLE" else "fault"]


async def test_a_client_that_left_is_no_fault() -> None:
    async def run(tell: Tell) -> None:
        await tell(refused("First."))

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            raise OSError

    left = asyncio.Event()
    stream = EventStream(run, Outbox(1000, 0).line(None), leave=left.set, closing=asyncio.Event())
    with capture_logs() as lines:
        await stream({}, receive, send)
    assert (left.is_set(), lines) == (True, [])


async def test_a_token_that_ends_ends_its_streams_even_where_nothing_happens(begin: Begin) -> None:
    scene = await begin(live_check_seconds=0.2)
    revoke = "mutation($id: ID!) { revokeAccessToken(input: {accessTokenId: $id}) { errors { code } } }"
    async with hearing(scene.address, BOARD, authorization=scene.header("dash_reader"), id=scene.world.ids["SALES dashboard"]) as events:
        await scene.followed(1)
        [(token,)] = await scene.world.rows("SELECT id FROM access_token WHERE user_id = :id", id=scene.world.ids["dash_reader"])
        await scene.world.ok("admin", revoke, id=token)
        name, told = await events.next()
        assert (name, [error["extensions"] for error in told["errors"]]) == ("next", [{"code": "UNAUTHENTICATED"}])
        assert await events.next() == ("complete", None)
    await scene.followed(0)


def test_rights_are_looked_up_every_20_seconds_and_at_least_once_a_minute() -> None:
    assert load_settings().live_check_seconds == 20
    with pytest.raises(ValidationError):
        load_settings(live_check_seconds=61)


async def test_streams_take_places_and_give_them_back(begin: Begin) -> None:
    scene = await begin(max_live_connections=1)
    board = scene.world.ids["SALES dashboard"]
    async with hearing(scene.address, BOARD, authorization=scene.header("dash_reader"), id=board):
        await scene.followed(1)
        answer = await send(scene, "POST", WHO, STREAM, "dash_reader")
        assert answer.status_code == 429
        assert answer.json()["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfterSeconds": 10}
        assert answer.headers["retry-after"] == "10"
        assert (await send(scene, "POST", WHO, STREAM, "analyst")).status_code == 200
    await scene.followed(0)
    assert (await send(scene, "POST", WHO, STREAM, "dash_reader")).status_code == 200
