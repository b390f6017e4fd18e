"""Answers that are asked for and not taken, on every transport: what may lie in the server, and for how long. SQLite alone."""

import asyncio
from typing import Any, Final

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed

from server.http.sending import Outbox
from tests.fixtures import make
from tests.fixtures.listening import SECONDS, Line, calling, hearing
from tests.integration.live.conftest import WHO, Begin, Scene

MIB: Final = 1024 * 1024
TEXT_BYTES: Final = 3 * MIB
HUGE_BYTES: Final = 14 * MIB
SOURCE: Final = "query($id: ID!) { notebook(id: $id) { source } }"
FOLLOW: Final = "subscription($id: ID!) { exportCreated(notebookId: $id) { sequence notebook { source } } }"
EXPORT: Final = "mutation($id: ID!) { createExport(input: {notebookId: $id}) { errors { code } } }"
ASKED: Final = 20
ALL: Final = 16 * MIB
SIDE_BY_SIDE: Final = 2


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The address of a migrated, empty database."""
    return sqlite_url


async def large_notebook(scene: Scene) -> str:
    """Save a notebook whose source is some megabytes."""
    return await scene.world.save(notebook=make.notebook(make.markdown("x" * TEXT_BYTES)))


async def huge_notebook(scene: Scene) -> str:
    """Save one whose source is more than the two ends of a connection take upon themselves."""
    return await scene.world.save(notebook=make.notebook(make.markdown("x" * HUGE_BYTES)))


async def settled(outbox: Outbox) -> int:
    """Wait until bytes lie there and no more come; return how many."""
    seen: list[int] = []
    async with asyncio.timeout(SECONDS):
        while len(seen) < 20 or seen[-1] == 0 or len(set(seen[-20:])) > 1:
            await asyncio.sleep(0.02)
            seen.append(outbox.unsent)
    return max(seen)


async def test_a_socket_that_is_not_read_holds_so_much_and_goes_on_when_it_is(begin: Begin) -> None:
    scene = await begin(max_unsent_bytes=ALL, max_concurrent_operations=SIDE_BY_SIDE)
    notebook, outbox = await large_notebook(scene), scene.world.application.outbox
    async with calling(scene.address, authorization=scene.header("coder"), max_size=None) as line:
        await line.init()
        for number in range(ASKED):
            await line.ask(str(number), SOURCE, id=notebook)
        assert await settled(outbox) <= ALL // 8 + SIDE_BY_SIDE * (TEXT_BYTES + MIB)
        async with calling(scene.address, authorization=scene.header("analyst")) as other:
            await other.init()
            assert await other.answer("1", WHO) == {"data": {"viewer": {"user": {"login": "analyst"}}}}
        messages = [await line.receive() for _ in range(2 * ASKED)]
        assert sorted(message["type"] for message in messages) == ["complete"] * ASKED + ["next"] * ASKED
        sources = [message["payload"]["data"]["notebook"]["source"] for message in messages if "payload" in message]
        assert {len(source["cells"][0]["source"]) for source in sources} == {TEXT_BYTES}
    assert outbox.unsent == 0


async def test_requests_that_are_not_read_hold_so_much_and_more_are_told_to_come_back(begin: Begin) -> None:
    scene = await begin(max_unsent_bytes=4 * ALL, max_concurrent_operations=SIDE_BY_SIDE)
    notebook, outbox = await huge_notebook(scene), scene.world.application.outbox
    address, sent = f"http://{scene.address}/graphql", {"query": SOURCE, "variables": {"id": notebook}}
    async with httpx2.AsyncClient(timeout=SECONDS, limits=httpx2.Limits(max_connections=None)) as client:
        asked = [client.build_request("POST", address, json=sent, headers={"authorization": scene.header("coder")}) for _ in range(8)]
        responses = await asyncio.gather(*(client.send(request, stream=True) for request in asked))
        assert ALL <= await settled(outbox) <= ALL + SIDE_BY_SIDE * HUGE_BYTES
        last = await client.post(address, json={"query": WHO}, headers={"authorization": scene.header("coder")})
        assert [error["extensions"] for error in last.json()["errors"]] == [{"code": "RATE_LIMITED", "retryAfterSeconds": 1}]
        other = await client.post(address, json={"query": WHO}, headers={"authorization": scene.header("analyst")})
        assert "errors" not in other.json()
        for response in responses:
            await response.aclose()
    async with asyncio.timeout(SECONDS):
        while outbox.unsent:  # noqa: ASYNC110  it is the server that changes it
            await asyncio.sleep(0.01)


async def follow_until_it_is_full(scene: Scene, notebook: str) -> None:
    """Make exports until they wait."""
    for _ in range(12):
        await scene.world.ok("coder", EXPORT, id=notebook)
        await asyncio.sleep(0.05)


async def test_a_stream_that_is_not_read_is_sent_one_event_at_a_time(begin: Begin) -> None:
    scene = await begin(max_unsent_bytes=ALL, max_response_bytes=4 * MIB)
    notebook, outbox = await large_notebook(scene), scene.world.application.outbox
    async with hearing(scene.address, FOLLOW, authorization=scene.header("analyst"), id=notebook) as events:
        await events.begun()
        await scene.followed(1)
        await follow_until_it_is_full(scene, notebook)
        assert await settled(outbox) <= 4 * MIB + TEXT_BYTES + MIB
        told = [(await events.next())[1]["data"]["exportCreated"]["sequence"] for _ in range(12)]
        assert told == list(range(1, 13))


async def test_many_subscriptions_of_a_socket_that_is_not_read_work_out_one_event_at_a_time(begin: Begin) -> None:
    scene = await begin(max_unsent_bytes=ALL, max_response_bytes=4 * MIB)
    notebook, outbox = await large_notebook(scene), scene.world.application.outbox
    async with calling(scene.address, authorization=scene.header("coder"), max_size=None) as line:
        await line.init()
        for number in range(20):
            await line.ask(str(number), FOLLOW, id=notebook)
        await scene.followed(20)
        await scene.world.ok("coder", EXPORT, id=notebook)
        assert await settled(outbox) <= 4 * MIB + TEXT_BYTES + MIB
        assert sorted([int((await line.receive())["id"]) for _ in range(20)]) == list(range(20))


async def test_a_socket_that_takes_nothing_is_cut(begin: Begin) -> None:
    scene = await begin(send_timeout_seconds=0.5)
    notebook, outbox = await large_notebook(scene), scene.world.application.outbox
    async with calling(scene.address, authorization=scene.header("coder"), max_size=None) as line:
        await line.init()
        for number in range(ASKED):
            await line.ask(str(number), SOURCE, id=notebook)
        await settled_at_nothing(outbox)
        with pytest.raises(ConnectionClosed) as end:
            await every_message(line)
        assert end.value.rcvd is None, "a reset, without a code"


async def every_message(line: Line) -> None:
    """Read on and on."""
    while True:
        await line.receive()


async def settled_at_nothing(outbox: Outbox) -> None:
    """Wait until bytes have lain there and none does any more."""
    async with asyncio.timeout(SECONDS):
        while not outbox.unsent:  # noqa: ASYNC110  it is the server that changes it
            await asyncio.sleep(0.01)
        while outbox.unsent:  # noqa: ASYNC110  likewise
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_request_that_takes_nothing_is_cut(begin: Begin, accept: str) -> None:
    scene = await begin(send_timeout_seconds=0.5)
    notebook = await huge_notebook(scene)
    headers = {"authorization": scene.header("coder"), "accept": accept}
    sent: dict[str, Any] = {"query": SOURCE, "variables": {"id": notebook}}
    async with (
        httpx2.AsyncClient(timeout=SECONDS) as client,
        client.stream("POST", f"http://{scene.address}/graphql", json=sent, headers=headers) as response,
    ):
        await settled_at_nothing(scene.world.application.outbox)
        with pytest.raises(httpx2.RemoteProtocolError if accept == "text/event-stream" else httpx2.TransportError):
            await response.aread()


async def test_who_reads_slowly_but_reads_is_not_cut(begin: Begin) -> None:
    scene = await begin(send_timeout_seconds=1)
    notebook = await large_notebook(scene)
    async with calling(scene.address, authorization=scene.header("coder"), max_size=None) as line:
        await line.init()
        for number in range(8):
            await line.ask(str(number), SOURCE, id=notebook)
        for _ in range(16):
            await asyncio.sleep(0.1)
            await line.receive()


TOO_LARGE: Final = "The answer has {:,} bytes, at most 1,000 are sent: ask for less at a time."
KEYS: Final = "{ projects { nodes { " + " ".join(f"a{n}: name" for n in range(20)) + " } } }"


async def test_an_answer_that_is_too_large_is_an_error_on_every_transport(begin: Begin) -> None:
    scene = await begin(max_response_bytes=1000)
    rename = 'mutation($text: String!) { updateProject(input: {projectKey: "SALES", name: $text}) { errors { code } } }'
    await scene.world.ok("admin", rename, text="y" * 100)
    answers: list[Any] = [await scene.world.run("admin", KEYS)]
    async with calling(scene.address, authorization=scene.header("admin")) as line:
        await line.init()
        answers.append(await line.answer("1", KEYS))
    async with hearing(scene.address, KEYS, authorization=scene.header("admin")) as events:
        answers.append((await events.next())[1])
        assert await events.next() == ("complete", None)
    size = 10_000
    for answer in answers:
        [error] = answer["errors"]
        assert answer["data"] is None
        assert error["extensions"] == {"code": "QUERY_TOO_COMPLEX"}
        size = int(error["message"].split()[3].replace(",", ""))
        assert size > 20 * 100
        assert error["message"] == TOO_LARGE.format(size)
    assert len({str(answer) for answer in answers}) == 1


async def test_an_event_that_is_too_large_is_an_error_and_the_subscription_goes_on(begin: Begin) -> None:
    scene = await begin(max_response_bytes=1000)
    board = scene.world.ids["SALES dashboard"]
    query = "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { version " + " ".join(f"a{n}: name" for n in range(20)) + " } }"
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("d", query, id=board)
        await scene.followed(1)
        await scene.rename("n" * 100)
        told = await line.receive()
        assert (told["type"], told["payload"]["data"]) == ("next", None)
        assert [error["extensions"] for error in told["payload"]["errors"]] == [{"code": "QUERY_TOO_COMPLEX"}]
        await scene.rename("short")
        assert (await line.event("d"))["version"] == 3
