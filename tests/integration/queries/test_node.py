"""`node` and `nodes`: every kind by its id, in order."""

from typing import Final

import pytest

from server.domain.ids import Kind, new_id
from tests.integration.queries.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

NODE: Final = "query($id: ID!) { node(id: $id) { __typename id } }"
NODES: Final = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
STRANGE: Final = ["", "x", "0", " ", "\0", "n" * 27, "N06H0D42NC9R959COVKD6UECRPO", "💥", "' OR 1=1 --", "n" * 10_000]
STRANGE.extend((f"n{'0' * 25}1", f"q{'0' * 26}", f" n{'0' * 26}", f"n{'0' * 26}\n"))
"""Ids of a shape that we never make."""


async def one_of_each(shop: Shop) -> dict[str, str]:
    """Return an id of every kind, by the name of its type."""
    world, sales = shop.world, shop.world.ids["SALES"]
    [[page]] = await world.rows("SELECT id FROM dashboard_page WHERE project_id = :id", id=sales)
    [[authorization]] = await world.rows("SELECT id FROM authorized_object WHERE notebook_id = :id", id=shop.notebooks["open"])
    [[token]] = await world.rows("SELECT id FROM access_token WHERE user_id = :id", id=world.ids["analyst"])
    return {
        "Project": sales,
        "Notebook": shop.notebooks["open"],
        "Export": shop.exports["open"],
        "Insight": shop.insights["open"],
        "Dashboard": world.ids["SALES dashboard"],
        "DashboardPage": page,
        "InsightTile": shop.tiles["open"],
        "AuthorizedObject": authorization,
        "User": world.ids["stranger"],
        "AccessToken": token,
    }


async def test_anything_with_an_id_is_found_by_it(shop: Shop) -> None:
    for type_name, id_ in (await one_of_each(shop)).items():
        assert await shop.world.ok("analyst", NODE, id=id_) == {"node": {"__typename": type_name, "id": id_}}


async def test_several_come_in_the_order_of_their_ids_with_null_for_what_is_not_there(shop: Shop) -> None:
    things = await one_of_each(shop)
    ids = [shop.notebooks["foreign"], *reversed(things.values()), new_id(Kind.NOTEBOOK), *things.values(), "x"]
    names = {id_: name for name, id_ in things.items()}
    expected = [{"__typename": names[id_], "id": id_} if id_ in names else None for id_ in ids]
    assert (await shop.world.ok("analyst", NODES, ids=ids))["nodes"] == expected
    assert (await shop.world.ok("analyst", NODES, ids=[]))["nodes"] == []


async def test_a_string_that_is_no_id_names_nothing(shop: Shop) -> None:
    assert (await shop.world.ok("admin", NODES, ids=STRANGE))["nodes"] == [None] * len(STRANGE)
    for id_ in STRANGE:
        query = "query($id: ID!) { node(id: $id) { id } notebook(id: $id) { id } export(id: $id) { id } dashboard(id: $id) { id } }"
        answer = await shop.world.ok("admin", query, id=id_)
        assert answer == {"node": None, "notebook": None, "export": None, "dashboard": None}


async def test_at_most_a_hundred_at_a_time(shop: Shop) -> None:
    hundred = [shop.notebooks["open"]] * 100
    assert len((await shop.world.ok("analyst", NODES, ids=hundred))["nodes"]) == 100
    [error] = (await shop.world.run("analyst", NODES, ids=[*hundred, "x"]))["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["message"] == "101 ids: ask for at most 100 at a time."


@pytest.mark.parametrize(
    "field",
    [
        "node(id: $id) { id }",
        "nodes(ids: [$id]) { id }",
        "notebook(id: $id) { id }",
        "export(id: $id) { id }",
        "insight(id: $id) { id }",
        "dashboard(id: $id) { id }",
        "project(key: $id) { id }",
        "projects(after: $id) { totalCount }",
        "users(after: $id) { totalCount }",
        "groups(after: $id) { totalCount }",
        "auditEvents(after: $id) { totalCount }",
    ],
)
async def test_nobody_sees_anything(shop: Shop, field: str) -> None:
    type_name = "String!" if "key" in field or "after" in field else "ID!"
    answer = await shop.world.run(None, f"query($id: {type_name}) {{ viewer {{ canWriteCode }} {field} }}", id=shop.notebooks["open"])
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert error["path"] == [field.partition("(")[0]]


async def test_an_access_token_is_seen_by_its_owner_and_by_an_administrator(shop: Shop) -> None:
    token = (await one_of_each(shop))["AccessToken"]
    seen = {who: (await shop.world.ok(who, NODE, id=token))["node"] is not None for who in ("analyst", "admin", "project_admin", "owner")}
    assert seen == {"analyst": True, "admin": True, "project_admin": False, "owner": False}


async def test_an_authorization_is_seen_by_readers_of_content_and_those_who_manage_it(shop: Shop) -> None:
    authorization = (await one_of_each(shop))["AuthorizedObject"]
    seen = [who for who in shop.world.tokens if (await shop.world.ok(who, NODE, id=authorization))["node"]]
    assert seen == ["owner", "analyst", "analyst_dash", "writer", "coder", "auth_manager", "project_admin", "admin"]
