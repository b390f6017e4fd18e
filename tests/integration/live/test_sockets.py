"""The protocol `graphql-transport-ws`, and who may talk it. The wire does not depend on the database: SQLite alone."""

import asyncio
import json
from contextlib import suppress
from typing import Any, Final

import pytest
from typing_extensions import override
from websockets.exceptions import ConnectionClosed

from server.domain.grants import TokenScope
from server.stores.memory import MemoryStore
from tests.fixtures.listening import calling, listening
from tests.integration.http.serving import app_of
from tests.integration.live.conftest import BOARD, CREATE, RENAME, WHO, Begin, Scene

NOTHING: Final = "{ __typename }"
SIGN_IN: Final = "Sign in first: send the header `Authorization: Bearer TOKEN`."
FORBIDDEN: Final = (4403, "Forbidden")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The address of a migrated, empty database."""
    return sqlite_url


def as_viewer(login: str) -> dict[str, Any]:
    """Return the answer that tells who asks."""
    return {"data": {"viewer": {"user": {"login": login}}}}


@pytest.mark.parametrize("protocols", [("graphql-ws",), (), ("soap", "graphql-ws")])
async def test_no_other_subprotocol_is_spoken(scene: Scene, protocols: tuple[str, ...]) -> None:
    async with calling(scene.address, authorization=scene.header("analyst"), protocols=protocols) as line:
        assert line.socket.subprotocol is None
        assert await line.closed() == (4406, "Subprotocol not acceptable: use graphql-transport-ws")


async def test_of_several_subprotocols_ours_is_chosen(scene: Scene) -> None:
    async with calling(scene.address, protocols=("graphql-ws", "graphql-transport-ws")) as line:
        assert line.socket.subprotocol == "graphql-transport-ws"
        await line.init()
        assert await line.answer("1", NOTHING) == {"data": {"__typename": "Query"}}


async def test_identity_comes_in_the_header_or_in_the_init_which_beats_it(scene: Scene) -> None:
    async with calling(scene.address, authorization=scene.header("analyst")) as line:
        await line.init()
        assert await line.answer("1", WHO) == as_viewer("analyst")
    async with calling(scene.address) as line:
        await line.init(scene.header("coder"))
        assert await line.answer("1", WHO) == as_viewer("coder")
    async with calling(scene.address, authorization=scene.header("analyst")) as line:
        await line.init(scene.header("coder"))
        assert await line.answer("1", WHO) == as_viewer("coder")
    async with calling(scene.address) as line:
        await line.init()
        assert await line.answer("1", WHO) == {"data": {"viewer": None}}


@pytest.mark.parametrize("given", ["Bearer nbi_wrong", "Basic abc", "", 1, ["Bearer"], {"a": 1}, True])
async def test_a_wrong_token_closes_the_socket(scene: Scene, given: object) -> None:
    async with calling(scene.address) as line:
        await line.send(type="connection_init", payload={"Authorization": given})
        assert await line.closed() == FORBIDDEN
    async with calling(scene.address, authorization=scene.header("analyst")) as line:
        await line.send(type="connection_init", payload={"Authorization": given})
        assert await line.closed() == FORBIDDEN


async def test_a_wrong_header_closes_the_socket(scene: Scene) -> None:
    async with calling(scene.address, authorization="Bearer nbi_wrong") as line:
        await line.send(type="connection_init")
        assert await line.closed() == FORBIDDEN


async def test_nothing_runs_before_the_init(scene: Scene) -> None:
    before = await scene.world.state()
    async with calling(scene.address, authorization=scene.header("dash_writer")) as line:
        await line.ask("1", RENAME, id=scene.world.ids["SALES dashboard"], name="x")
        assert await line.closed() == (4401, "Unauthorized")
    assert await scene.world.state() == before


async def test_the_init_must_come_in_time(begin: Begin) -> None:
    scene = await begin(live_init_seconds=0.2)
    async with calling(scene.address) as line:
        await line.send(type="ping")
        assert await line.receive() == {"type": "pong"}
        assert await line.closed() == (4408, "Connection initialisation timeout")


INIT: Final = json.dumps({"type": "connection_init"})
BROKEN: Final[list[tuple[list[str | bytes], tuple[int, str]]]] = [
    (["{"], (4400, "Invalid message: JSON is expected")),
    (["[]"], (4400, "Invalid message")),
    (["{}"], (4400, "Invalid message")),
    ([b"{}"], (4400, "Invalid message: text is expected")),
    (['{"type": "connection_init", "payload": [1]}'], (4400, "Invalid connection init payload")),
    (['{"type": "complete", "id": "1"}'], (4401, "Unauthorized")),
    ([json.dumps({"type": "connection_init", "payload": {"x": "y" * 20_000}})], (1009, "At most 16,384 bytes are accepted")),
    ([INIT, INIT], (4429, "Too many initialisation requests")),
    ([INIT, '{"type": "start", "id": "1"}'], (4400, "Invalid message")),
    ([INIT, '{"type": "subscribe", "payload": {"query": "{ __typename }"}}'], (4400, "Invalid message: an id is expected")),
    ([INIT, '{"type": "complete"}'], (4400, "Invalid message: an id is expected")),
    ([INIT, json.dumps({"type": "complete", "id": "x" * 200})], (4400, "Invalid message: an id is expected")),
]


@pytest.mark.parametrize(("messages", "closing"), BROKEN)
async def test_what_is_not_of_the_protocol_closes_the_socket(scene: Scene, messages: list[str | bytes], closing: tuple[int, str]) -> None:
    async with calling(scene.address) as line:
        for message in messages:
            await line.socket.send(message)
        if messages[0] == INIT:
            assert await line.receive() == {"type": "connection_ack"}
        assert await line.closed() == closing


async def test_a_message_above_the_limit_of_a_body_closes_the_socket(begin: Begin) -> None:
    scene = await begin(max_body_bytes=20_000)
    async with calling(scene.address) as line:
        await line.init()
        await line.ask("1", NOTHING, filling="x" * 20_000)
        assert await line.closed() == (1009, "At most 20,000 bytes are accepted")


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (None, "The request must be a JSON object."),
        ({}, "The request has no `query`, which is the text of the operation."),
        ({"query": NOTHING, "variables": []}, "`variables` must be an object."),
        ({"query": "query A { __typename }", "operationName": "B"}, 'Unknown operation named "B".'),
        ({"query": "{ __typename }".ljust(200)}, "The text of the operation has 200 bytes; at most 100 are accepted."),
        ({"query": "{"}, "Syntax Error: Expected Name, found <EOF>."),
        ({"query": "query A { __typename } query B { __typename }"}, "The text has several operations: say which one by `operationName`."),
    ],
)
async def test_a_request_at_fault_ends_alone(begin: Begin, payload: object, message: str) -> None:
    scene = await begin(max_query_bytes=100)
    async with calling(scene.address) as line:
        await line.init()
        await line.send(id="1", type="subscribe", payload=payload)
        told = await line.receive()
        code = "QUERY_TOO_COMPLEX" if "at most 100" in message else "BAD_USER_INPUT"
        assert (told["id"], told["type"]) == ("1", "error")
        assert [(error["message"], error["extensions"]) for error in told["payload"]] == [(message, {"code": code})]
        assert await line.answer("1", NOTHING) == {"data": {"__typename": "Query"}}


async def test_an_id_that_is_taken_closes_the_socket(scene: Scene) -> None:
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        for _ in range(2):
            await line.ask("d", BOARD, id=scene.world.ids["SALES dashboard"])
        assert await line.closed() == (4409, "Subscriber for d already exists")
    await scene.followed(0)


async def test_mutations_run_as_they_do_by_post(scene: Scene) -> None:
    board = scene.world.ids["SALES dashboard"]
    async with calling(scene.address, authorization=scene.header("dash_writer")) as line:
        await line.init()
        for version in (2, 3):
            told = await line.answer("1", RENAME, id=board, name=f"Name {version}")
            assert told == {"data": {"updateDashboard": {"dashboard": {"version": version}, "errors": []}}}
    reader = await scene.world.token(scene.world.ids["dash_writer"], TokenScope.READ)
    before = await scene.world.state()
    async with calling(scene.address, authorization=f"Bearer {reader}") as line:
        await line.init()
        told = await line.answer("1", RENAME, id=board, name="x")
        assert told["data"] == {"updateDashboard": None}
        assert [error["extensions"] for error in told["errors"]] == [{"code": "FORBIDDEN", "requires": ["TOKEN_SCOPE_WRITE"]}]
    assert await scene.world.state() == before


async def test_each_operation_has_the_rights_of_its_moment(scene: Scene) -> None:
    query = "query($id: ID!) { dashboard(id: $id) { name } }"
    take = """mutation { setProjectPermissions(input: {projectKey: "SALES", userLogin: "dash_reader", permissions: []})
        { errors { code } } }"""
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        board = scene.world.ids["SALES dashboard"]
        assert await line.answer("1", query, id=board) == {"data": {"dashboard": {"name": "Dashboard"}}}
        await scene.world.ok("admin", take)
        assert await line.answer("2", query, id=board) == {"data": {"dashboard": None}}


REVOKE: Final = "mutation($id: ID!) { revokeAccessToken(input: {accessTokenId: $id}) { errors { code } } }"
DEACTIVATE: Final = 'mutation { deactivateUser(input: {login: "dash_reader"}) { errors { code } } }'


async def end_token(scene: Scene, *, by_user: bool) -> None:
    """Revoke the reader's token, or deactivate the reader."""
    if by_user:
        await scene.world.ok("admin", DEACTIVATE)
    else:
        [(token,)] = await scene.world.rows("SELECT id FROM access_token WHERE user_id = :id", id=scene.world.ids["dash_reader"])
        await scene.world.ok("admin", REVOKE, id=token)


@pytest.mark.parametrize("by_user", [False, True])
async def test_a_token_that_ends_closes_its_sockets_even_where_nothing_happens(begin: Begin, *, by_user: bool) -> None:
    scene = await begin(live_check_seconds=0.3)
    async with (
        calling(scene.address, authorization=scene.header("dash_reader")) as idle,
        calling(scene.address, authorization=scene.header("analyst")) as other,
    ):
        await idle.init()
        await other.init()
        await end_token(scene, by_user=by_user)
        assert await idle.closed() == FORBIDDEN
        assert await other.answer("1", WHO) == as_viewer("analyst")


async def test_a_token_that_ends_gets_no_further_event(scene: Scene) -> None:
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("d", BOARD, id=scene.world.ids["SALES dashboard"])
        await scene.followed(1)
        await end_token(scene, by_user=False)
        await scene.rename("Secret")
        assert await line.closed() == FORBIDDEN


async def test_a_token_that_ends_runs_no_further_operation(scene: Scene) -> None:
    async with calling(scene.address, authorization=scene.header("dash_writer")) as line:
        await line.init()
        [(token,)] = await scene.world.rows("SELECT id FROM access_token WHERE user_id = :id", id=scene.world.ids["dash_writer"])
        await scene.world.ok("admin", REVOKE, id=token)
        before = await scene.world.state()
        await line.ask("1", RENAME, id=scene.world.ids["SALES dashboard"], name="x")
        assert await line.closed() == FORBIDDEN
    assert await scene.world.state() == before


async def test_who_revokes_the_token_in_use_hears_that_it_is_done(scene: Scene) -> None:
    async with calling(scene.address, authorization=scene.header("dash_writer")) as line:
        await line.init()
        [(token,)] = await scene.world.rows("SELECT id FROM access_token WHERE user_id = :id", id=scene.world.ids["dash_writer"])
        assert await line.answer("1", REVOKE, id=token) == {"data": {"revokeAccessToken": {"errors": []}}}
        assert await line.closed() == FORBIDDEN


async def test_so_many_operations_run_on_a_socket(begin: Begin) -> None:
    scene = await begin(max_live_operations=2)
    board = scene.world.ids["SALES dashboard"]
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        for id_ in "abc":
            await line.ask(id_, BOARD, id=board)
        message = "At most 2 operations may run on a socket: complete one first."
        assert await line.receive() == {
            "id": "c", "type": "error", "payload": [{"message": message, "extensions": {"code": "RATE_LIMITED", "retryAfterSeconds": 1}}],
        }  # fmt: skip
        await scene.followed(2)
        await line.send(id="a", type="complete")
        await scene.followed(1)
        assert await line.answer("a", NOTHING) == {"data": {"__typename": "Query"}}


async def test_so_many_sockets_are_held_by_one_person(begin: Begin) -> None:
    scene = await begin(max_live_connections=2)
    async with calling(scene.address) as first, calling(scene.address) as second, calling(scene.address) as third:
        await first.init(scene.header("analyst"))
        await second.init(scene.header("analyst"))
        await third.send(type="connection_init", payload={"Authorization": scene.header("analyst")})
        assert await third.closed() == (4429, "At most 2 WebSockets and event streams may be open at once: close one first.")
        async with calling(scene.address) as other:
            await other.init(scene.header("coder"))
        await first.socket.close()
        async with calling(scene.address) as fourth:
            await fourth.init(scene.header("analyst"))
            assert await fourth.answer("1", WHO) == as_viewer("analyst")


async def test_a_flood_of_messages_closes_the_socket(scene: Scene) -> None:
    async with calling(scene.address) as line:
        await line.init()
        with suppress(ConnectionClosed):
            for _ in range(5000):
                await line.send(type="pong")
        assert await line.closed() == (4429, "Too many messages")


class SlowStore(MemoryStore):
    """A store that never answers."""

    @override
    async def get(self, digest: str) -> bytes | None:
        """Wait."""
        await asyncio.Event().wait()
        return None


async def test_a_query_is_stopped_at_its_deadline_and_a_subscription_is_not(scene: Scene) -> None:
    notebook, board = await scene.world.save(), scene.world.ids["SALES dashboard"]
    app = app_of(scene.world, settings={"request_timeout_seconds": 0.5}, store=SlowStore())
    async with listening(app) as address, calling(address, authorization=scene.header("analyst")) as line:
        await line.init()
        await line.ask("d", BOARD, id=board)
        await scene.followed(1)
        await line.ask("q", "query($id: ID!) { notebook(id: $id) { source } }", id=notebook)
        message = "The operation took longer than 0.5 s and was stopped; nothing was done: ask for less at a time."
        error = {"message": message, "extensions": {"code": "QUERY_TOO_COMPLEX"}}
        assert await line.receive() == {"id": "q", "type": "error", "payload": [error]}
        await scene.rename("Late")
        assert (await line.event("d"))["name"] == "Late"
        await scene.rename("Later")
        assert (await line.event("d"))["name"] == "Later"


async def test_an_event_that_cannot_be_worked_out_in_time_ends_its_subscription(scene: Scene) -> None:
    notebook = await scene.world.save()
    app = app_of(scene.world, settings={"request_timeout_seconds": 0.5}, store=SlowStore())
    async with listening(app) as address, calling(address, authorization=scene.header("analyst")) as line:
        await line.init()
        await line.ask("e", "subscription($id: ID!) { exportCreated(notebookId: $id) { notebook { source } } }", id=notebook)
        await scene.followed(1)
        await scene.world.ok("coder", CREATE, id=notebook)
        message = await line.receive()
        assert (message["type"], message["payload"][0]["extensions"]) == ("error", {"code": "QUERY_TOO_COMPLEX"})
        await scene.followed(0)


async def test_a_slow_reader_holds_up_itself_and_is_told_the_newest(scene: Scene) -> None:
    board, changes = scene.world.ids["SALES dashboard"], 60
    describe = """mutation($id: ID!, $text: String!) { updateDashboard(input: {dashboardId: $id, description: $text})
        { errors { code } } }"""
    await scene.world.ok("dash_writer", describe, id=board, text="x" * 10_000)
    large = (
        "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { version "
        + " ".join(f"a{n}: description" for n in range(25))
        + " } }"
    )
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("d", large, id=board)
        await scene.followed(1)
        for number in range(changes):
            await scene.rename(f"Name {number}")
            await asyncio.sleep(0.06)
        versions = [(await line.event("d"))["version"]]
        while versions[-1] < changes + 2:
            versions.append((await line.event("d"))["version"])
        assert versions == sorted(versions)
        assert len(versions) < changes


async def test_a_client_that_leaves_takes_its_subscriptions_along(scene: Scene) -> None:
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("d", BOARD, id=scene.world.ids["SALES dashboard"])
        await scene.followed(1)
        line.socket.transport.abort()
        await scene.followed(0)
