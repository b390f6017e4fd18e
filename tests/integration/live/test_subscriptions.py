"""What subscribers are told, over each database: their own thing alone, as they may see it at that moment."""

import pytest

from tests.fixtures.listening import Line, calling, hearing
from tests.integration.live.conftest import BOARD, CREATE, EXPORTS, INSIGHT, Begin, Scene

SELECT = """mutation($id: ID!, $export: ID) { selectExport(input: {insightId: $id, mode: PINNED, exportId: $export})
    { insight { id } errors { code } } }"""
TEXT = 'mutation($id: ID!) { addTextTile(input: {dashboardId: $id, markdown: "Hello"}) { tile { id } errors { code } } }'
REVOKE = "mutation($id: ID!) { revokeAuthorization(input: {notebookId: $id}) { errors { code } } }"
DELETE_BOARD = "mutation($id: ID!) { deleteDashboard(input: {dashboardId: $id}) { errors { code } } }"
MISSING = "There is no such {}, or you may not see it."


def gone(id_: str, what: str) -> dict[str, object]:
    """Return the message that ends a subscription to what cannot be seen."""
    return {"id": id_, "type": "error", "payload": [{"message": MISSING.format(what), "extensions": {"code": "NOT_FOUND"}}]}


async def test_each_export_is_told_in_order_and_once(scene: Scene) -> None:
    notebook = await scene.world.save()
    other = await scene.world.save("Other")
    async with calling(scene.address, authorization=scene.header("analyst")) as line:
        await line.init()
        await line.ask("e", EXPORTS, id=notebook)
        await scene.followed(1)
        for number in range(1, 4):
            await scene.world.ok("coder", CREATE, id=other, label="not theirs")
            await scene.world.ok("coder", CREATE, id=notebook, label=f"week {number}")
        for number in range(1, 4):
            told = await line.event("e")
            assert (told["sequence"], told["label"], told["notebook"]) == (number, f"week {number}", {"name": "Weekly"})
        await line.send(id="e", type="complete")
        await scene.followed(0)
        assert await line.answer("q", "{ __typename }") == {"data": {"__typename": "Query"}}


async def test_an_insight_is_told_when_its_notebook_is_exported_and_not_when_it_is_pinned(scene: Scene) -> None:
    notebook = await scene.world.save()
    made = await scene.world.publish(notebook)
    [(name,)] = await scene.world.rows("SELECT name FROM insight")
    async with calling(scene.address, authorization=scene.header("analyst")) as line:
        await line.init()
        await line.ask("i", INSIGHT, id=made["insight"])
        await scene.followed(1)
        await scene.world.ok("coder", CREATE, id=notebook)
        assert await line.event("i") == {"name": name, "selectionMode": "LATEST", "displayedExport": {"sequence": 2}}
        await scene.world.ok("coder", SELECT, id=made["insight"], export=made["export"])
        assert await line.event("i") == {"name": name, "selectionMode": "PINNED", "displayedExport": {"sequence": 1}}
        await scene.world.ok("coder", CREATE, id=notebook)
        rename = 'mutation($id: ID!) { updateInsight(input: {insightId: $id, name: "New"}) { errors { code } } }'
        await scene.world.ok("coder", rename, id=made["insight"])
        assert (await line.event("i"))["name"] == "New", "the export between the two was nothing to tell"


async def test_a_dashboard_is_told_after_each_edit_of_any_part(scene: Scene) -> None:
    board = scene.world.ids["SALES dashboard"]
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("d", BOARD, id=board)
        await scene.followed(1)
        await scene.rename("Second")
        assert await line.event("d") == {"version": 2, "name": "Second", "pages": [{"tiles": []}]}
        await scene.world.ok("dash_writer", TEXT, id=board)
        assert await line.event("d") == {"version": 3, "name": "Second", "pages": [{"tiles": [{"__typename": "TextTile"}]}]}


async def test_what_was_refused_is_not_told(scene: Scene) -> None:
    board = scene.world.ids["SALES dashboard"]
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("d", BOARD, id=board)
        await scene.followed(1)
        await scene.world.refused("dash_reader", TEXT, id=board)
        await scene.rename("Second")
        assert (await line.event("d"))["version"] == 2


async def test_many_changes_that_nobody_reads_are_told_as_the_newest_state(scene: Scene) -> None:
    board = scene.world.ids["SALES dashboard"]
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("d", BOARD, id=board)
        await scene.followed(1)
        for number in range(2, 12):
            await scene.rename(f"Name {number}")
        versions = [(await line.event("d"))["version"]]
        while versions[-1] < 11:
            versions.append((await line.event("d"))["version"])
        assert versions == sorted(set(versions))
        assert versions[-1] == 11


SUBSCRIPTIONS = [(EXPORTS, "notebook"), (INSIGHT, "insight"), (BOARD, "dashboard")]


@pytest.mark.parametrize(("query", "what"), SUBSCRIPTIONS)
async def test_what_is_hidden_ends_as_what_is_absent_byte_for_byte(scene: Scene, query: str, what: str) -> None:
    notebook = await scene.world.save()
    made = await scene.world.publish(notebook)
    hidden = {"notebook": notebook, "insight": made["insight"], "dashboard": scene.world.ids["SALES dashboard"]}[what]
    absent = hidden[:-4] + "0000"
    async with calling(scene.address, authorization=scene.header("stranger")) as line:
        await line.init()
        for id_ in (hidden, absent, "nonsense", "\0", ""):
            await line.ask("x", query, id=id_)
            assert await line.receive() == gone("x", what)
    bodies = []
    for id_ in (hidden, absent):
        async with hearing(scene.address, query, authorization=scene.header("stranger"), id=id_) as events:
            bodies.append(await events.response.aread())
    assert bodies[0] == bodies[1]
    assert b"NOT_FOUND" in bodies[0]
    await scene.followed(0)


async def test_a_dash_reader_follows_an_authorized_notebook_until_it_is_revoked(scene: Scene) -> None:
    notebook = await scene.world.save()
    made = await scene.world.publish(notebook)
    await scene.world.authorize(notebook)
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("e", EXPORTS, id=notebook)
        await line.ask("i", INSIGHT, id=made["insight"])
        await scene.followed(2)
        await scene.world.ok("coder", CREATE, id=notebook)
        assert {(await line.receive())["id"], (await line.receive())["id"]} == {"e", "i"}
        await scene.world.ok("admin", REVOKE, id=notebook)
        await scene.world.ok("coder", CREATE, id=notebook)
        ends = sorted([await line.receive(), await line.receive()], key=lambda message: str(message["id"]))
        assert ends == [gone("e", "notebook"), gone("i", "insight")]
    await scene.followed(0)


async def test_what_is_deleted_ends_its_subscription(scene: Scene) -> None:
    board = scene.world.ids["SALES dashboard"]
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("d", BOARD, id=board)
        await scene.followed(1)
        await scene.world.ok("admin", DELETE_BOARD, id=board)
        assert await line.receive() == gone("d", "dashboard")


async def test_rights_that_end_without_any_event_end_the_subscription(begin: Begin) -> None:
    scene = await begin(live_check_seconds=0.2)
    board, world = scene.world.ids["SALES dashboard"], scene.world
    async with calling(scene.address, authorization=scene.header("dash_reader")) as line:
        await line.init()
        await line.ask("d", BOARD, id=board)
        await scene.followed(1)
        take = """mutation { setProjectPermissions(input: {projectKey: "SALES", userLogin: "dash_reader", permissions: []})
            { errors { message } } }"""
        await world.ok("admin", take)
        assert await line.receive() == gone("d", "dashboard")


async def test_nobody_follows_anything(scene: Scene) -> None:
    notebook = await scene.world.save()
    message = "Sign in first: send the header `Authorization: Bearer TOKEN`."

    async def refusal(line: Line, query: str, id_: str) -> None:
        await line.ask("x", query, id=id_)
        told = await line.receive()
        assert told["type"] == "error"
        assert [(error["message"], error["extensions"]) for error in told["payload"]] == [(message, {"code": "UNAUTHENTICATED"})]

    async with calling(scene.address) as line:
        await line.init()
        for query in (EXPORTS, INSIGHT, BOARD):
            await refusal(line, query, notebook)
            await refusal(line, query, "nonsense")
