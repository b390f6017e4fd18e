"""Limits belong to the schema: a WebSocket and an event stream meet the same ones."""

from typing import Final

from tests.fixtures.listening import calling, hearing
from tests.integration.limits.documents import HOSTILE
from tests.integration.live.conftest import Begin, Scene, begin, scene

__all__ = ["begin", "scene"]

SENT: Final = {name: hostile for name, hostile in HOSTILE.items() if hostile.status != 200 and len(hostile.query) < 100 * 1024}
PAGES: Final = "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { version pages { id } } }"
DEAR: Final = """subscription($id: ID!) { dashboardChanged(dashboardId: $id) {
    project { dashboards(first: 100) { nodes { project { insights(first: 100) { nodes { id } } } } } } } }"""
COMPLEX: Final = {"code": "QUERY_TOO_COMPLEX"}


async def test_a_websocket_refuses_each_hostile_document_with_one_error_and_lives_on(begin: Begin) -> None:
    scene = await begin(rate_limit="off")
    async with calling(scene.address, authorization=scene.header("admin")) as line:
        await line.init()
        for name, hostile in SENT.items():
            await line.ask(name, hostile.query, **hostile.variables)
            told = await line.receive()
            assert (told["id"], told["type"]) == (name, "error")
            [error] = told["payload"]
            assert hostile.says in error["message"]
            assert error["extensions"] == {"code": hostile.code}
        assert await line.answer("last", "{ __typename }") == {"data": {"__typename": "Query"}}
    assert len(SENT) > 40


async def test_an_event_stream_refuses_each_hostile_document_with_one_error(begin: Begin) -> None:
    scene = await begin(rate_limit="off")
    for hostile in SENT.values():
        async with hearing(scene.address, hostile.query, authorization=scene.header("admin"), **hostile.variables) as events:
            name, told = await events.next()
            assert (name, list(told)) == ("next", ["errors"])
            [error] = told["errors"]
            assert hostile.says in error["message"]
            assert error["extensions"] == {"code": hostile.code}
            assert await events.next() == ("complete", None)


async def test_a_subscription_that_costs_too_much_does_not_begin(scene: Scene) -> None:
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("1", DEAR, id=scene.world.ids["SALES dashboard"])
        told = await line.receive()
        assert told["type"] == "error"
        assert [error["extensions"] for error in told["payload"]] == [COMPLEX]
    assert scene.world.application.parts.watches.count == 0


async def test_each_event_has_a_budget_of_its_own(begin: Begin) -> None:
    scene = await begin(max_operation_rows=1)
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("1", PAGES, id=scene.world.ids["SALES dashboard"])
        await scene.followed(1)
        for version in (2, 3, 4):
            await scene.rename(f"Name {version}")
            event = await line.event("1")
            assert (event["version"], len(event["pages"])) == (version, 1)


async def test_a_websocket_tells_when_to_come_back(begin: Begin) -> None:
    scene = await begin(rate_limit="2/hour")
    async with calling(scene.address, authorization=scene.header("admin")) as line:
        await line.init()
        for number in range(2):
            assert "errors" not in await line.answer(str(number), "{ __typename }")
        await line.ask("2", "{ __typename }")
        told = await line.receive()
        assert told["type"] == "error"
        [error] = told["payload"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert error["extensions"]["retryAfterSeconds"] >= 1
