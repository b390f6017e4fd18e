"""`auditEvents` of the instance and of a project: newest first, one a mutation."""

from typing import Any, Final

import pytest

from server.domain.grants import ProjectPermission
from tests.integration.queries.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENT: Final = "id at actor { login } action subjectId outcome"
ALL: Final = f"{{ auditEvents(first: 100) {{ totalCount nodes {{ {EVENT} }} }} }}"


async def of_project(shop: Shop, who: str, key: str = "SALES") -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await shop.project(who, f"auditEvents(first: 100) {{ nodes {{ {EVENT} }} }}", key))["auditEvents"][
        "nodes"
    ]
    return nodes


def told(events: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(event["actor"]["login"], event["action"], event["outcome"]) for event in events]


async def test_the_trail_tells_who_did_what_to_what_newest_first(shop: Shop) -> None:
    found = (await shop.world.ok("admin", ALL))["auditEvents"]
    assert found["totalCount"] == len(found["nodes"])
    assert told(found["nodes"][:2]) == [("admin", "saveGroup", "ALLOWED"), ("rival", "publishNotebook", "ALLOWED")]
    assert [event["subjectId"] for event in found["nodes"][:2]] == [shop.world.ids["crew"], shop.notebooks["foreign"]]
    times = [event["at"] for event in found["nodes"]]
    assert times == sorted(times, reverse=True)
    assert all(time.endswith("+00:00") for time in times)


async def test_a_project_tells_its_own_events_to_those_who_edit_its_permissions(shop: Shop) -> None:
    """As ADMIN or EDIT_PERMISSIONS; for others null, with FORBIDDEN."""
    everything = (await shop.world.ok("admin", ALL))["auditEvents"]["nodes"]
    seen = await of_project(shop, "owner")
    assert await of_project(shop, "project_admin") == await of_project(shop, "admin") == seen
    assert seen == [event for event in everything if event in seen], "in the same order"
    foreign = await of_project(shop, "rival", "OTHER")
    assert told(foreign) == [("rival", "publishNotebook", "ALLOWED"), ("rival", "saveNotebook", "ALLOWED")]
    assert not [event for event in seen if event in foreign]
    for who in sorted(set(shop.world.tokens) - {"owner", "project_admin", "admin", "stranger", "code_only", "rival"}):
        answer = await shop.world.run(who, '{ project(key: "SALES") { key auditEvents { totalCount } name } }')
        [error] = answer["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN", "requires": ["EDIT_PERMISSIONS"]}, who
        assert answer["data"]["project"] == {"key": "SALES", "auditEvents": None, "name": "Sales"}


async def test_an_event_is_a_node_to_those_who_may_list_it(shop: Shop) -> None:
    project_event = (await of_project(shop, "owner"))[0]
    [instance_event] = [event for event in (await shop.world.ok("admin", ALL))["auditEvents"]["nodes"] if event["action"] == "saveGroup"]
    for event, allowed in ((project_event, {"owner", "project_admin", "admin"}), (instance_event, {"admin"})):
        for who in sorted(shop.world.tokens):
            found = await shop.one(who, "node", f"__typename ... on AuditEvent {{ {EVENT} }}", event["id"])
            assert found == ({"__typename": "AuditEvent", **event} if who in allowed else None), who


@pytest.mark.asyncio(loop_scope="function")
async def test_what_is_hidden_from_a_reader_of_the_trail_has_no_id_in_it(own_shop: Shop) -> None:
    """EDIT_PERMISSIONS opens the trail, and brings READ_DASHBOARDS: no sight of notebooks that are not authorized."""
    world = own_shop.world
    await world.person("clerk", permissions=[ProjectPermission.EDIT_PERMISSIONS])
    hidden, shown, gone = [await world.save(name) for name in ("Hidden", "Shown", "Gone")]
    for notebook in (hidden, shown, gone):
        await world.publish(notebook)
    await world.authorize(shown)
    await world.ok("writer", "mutation($id: ID!) { deleteNotebook(input: {notebookId: $id, force: true}) { errors { code } } }", id=gone)
    board = world.ids["SALES dashboard"]
    await world.ok(
        "writer", "mutation($id: ID!) { setDashboardListed(input: {dashboardId: $id, listed: false}) { errors { code } } }", id=board
    )
    whole = await of_project(own_shop, "owner")
    unseen = {hidden, gone, *(own_shop.notebooks[name] for name in ("closed", "draft", "plain"))}
    assert unseen < {event["subjectId"] for event in whole}, "those who read the project see all, what is gone included"
    assert {shown, board} < {event["subjectId"] for event in whole}
    expected = [{**event, "subjectId": None if event["subjectId"] in unseen else event["subjectId"]} for event in whole]
    assert await of_project(own_shop, "clerk") == expected


@pytest.mark.asyncio(loop_scope="function")
async def test_a_refusal_is_told_and_a_fault_of_input_is_not(own_shop: Shop) -> None:
    world = own_shop.world
    before = await of_project(own_shop, "owner")
    update = 'mutation($name: String!) { updateProject(input: {projectKey: "SALES", name: $name}) { project { name } errors { code } } }'
    await world.run("writer", update, name="Mine")
    await world.run("owner", update, name="")
    await world.run("stranger", update, name="Mine")
    await world.run(None, update, name="Mine")
    await world.ok("owner", update, name="Ours")
    now = await of_project(own_shop, "owner")
    assert told(now[: -len(before)]) == [("owner", "updateProject", "ALLOWED"), ("writer", "updateProject", "DENIED")]
    assert [event["subjectId"] for event in now[:2]] == [world.ids["SALES"]] * 2
    assert now[2:] == before


@pytest.mark.asyncio(loop_scope="function")
async def test_pages_stay_in_step_while_events_are_added(own_shop: Shop) -> None:
    page = "query($after: String) { auditEvents(first: 3, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }"
    whole = [event["id"] for event in (await own_shop.world.ok("admin", ALL))["auditEvents"]["nodes"]]
    read, after, more = list[str](), None, True
    while more:
        part = (await own_shop.world.ok("admin", page, after=after))["auditEvents"]
        read += [node["id"] for node in part["nodes"]]
        after, more = part["pageInfo"]["endCursor"], part["pageInfo"]["hasNextPage"]
        await own_shop.world.save(f"Another {len(read)}")
    assert read == whole
