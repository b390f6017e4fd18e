"""`_entities`: what gateways refer to; a bad reference is null alone, a hidden thing is absent, all come in one batch."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from server.resolvers.references import KEYS
from tests.fixtures.world import World
from tests.integration.queries.shop import PEOPLE, Shop, random_id, statements

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENTITIES: Final = """query($references: [_Any!]!) { _entities(representations: $references) {
    __typename ... on Node { id } ... on Project { key } ... on User { login } } }"""
TYPED: Final = ("Notebook", "Export", "Insight", "Dashboard", "Project", "User")

Reference = Mapping[str, object]


def things_of(shop: Shop) -> dict[str, str]:
    """Return an id of every type that has a key."""
    return {
        "Project": shop.world.ids["SALES"],
        "Notebook": shop.notebooks["open"],
        "Export": shop.exports["open"],
        "Insight": shop.insights["open"],
        "Dashboard": shop.world.ids["SALES dashboard"],
        "User": shop.world.ids["stranger"],
    }


def references_to(things: Mapping[str, str]) -> list[Reference]:
    """Refer to things by their ids."""
    return [{"__typename": name, "id": id_} for name, id_ in things.items()]


async def found(shop: Shop, who: str, *references: object) -> list[Any]:
    """Ask as somebody; there must be no error."""
    entities: list[Any] = (await shop.world.ok(who, ENTITIES, references=references))["_entities"]
    return entities


async def asked(world: World, who: str | None, *references: object) -> tuple[bytes, int]:
    """Return the answer as it is sent, and what it cost."""
    headers = {"authorization": f"Bearer {world.tokens[who]}"} if who else {}
    await world.ok(who, "{ viewer { canWriteCode } }")  # who they are is remembered from now on
    with statements(world) as seen:
        response = await world.client.post("/graphql", json={"query": ENTITIES, "variables": {"references": references}}, headers=headers)
    return response.content, len(seen)


async def test_each_type_with_a_key_is_found_by_its_id(shop: Shop) -> None:
    things = things_of(shop)
    answer = await found(shop, "analyst", *references_to(things))
    assert [(entity["__typename"], entity["id"]) for entity in answer] == list(things.items())
    assert set(things) == set(KEYS) == set(TYPED)


async def test_a_project_is_found_by_its_key_and_a_user_by_login(shop: Shop) -> None:
    answer = await found(shop, "dash_reader", {"__typename": "Project", "key": "SALES"}, {"__typename": "User", "login": "stranger"})
    assert answer == [
        {"__typename": "Project", "id": shop.world.ids["SALES"], "key": "SALES"},
        {"__typename": "User", "id": shop.world.ids["stranger"], "login": "stranger"},
    ]


async def test_of_several_keys_all_must_name_the_same(shop: Shop) -> None:
    sales, stranger = shop.world.ids["SALES"], shop.world.ids["stranger"]
    answer = await found(
        shop,
        "admin",
        {"__typename": "Project", "id": sales, "key": "SALES"},
        {"__typename": "Project", "id": sales, "key": "OTHER"},
        {"__typename": "Project", "id": sales, "key": None},
        {"__typename": "Project", "id": sales, "key": ["SALES"]},
        {"__typename": "Project", "id": None, "key": "SALES"},
        {"__typename": "User", "id": stranger, "login": "stranger"},
        {"__typename": "User", "id": stranger, "login": "admin"},
    )
    assert [entity and entity["id"] for entity in answer] == [sales, None, None, None, None, stranger, None]


async def test_a_bad_reference_is_null_alone(shop: Shop) -> None:
    notebook, project = shop.notebooks["open"], shop.world.ids["SALES"]
    bad: list[object] = [
        {},
        5,
        "Notebook",
        [],
        True,
        {"__typename": "Notebook"},
        {"id": notebook},
        {"__typename": "Nothing", "id": notebook},
        {"__typename": "notebook", "id": notebook},
        {"__typename": "Query", "id": notebook},
        {"__typename": "DashboardPage", "id": notebook},
        {"__typename": None, "id": notebook},
        {"__typename": ["Notebook"], "id": notebook},
        {"__typename": {"Notebook": 1}, "id": notebook},
        {"__typename": "Notebook", "id": 7},
        {"__typename": "Notebook", "id": None},
        {"__typename": "Notebook", "id": [notebook]},
        {"__typename": "Notebook", "id": {"id": notebook}},
        {"__typename": "Notebook", "id": f" {notebook}"},
        {"__typename": "Notebook", "id": notebook.upper()},
        {"__typename": "Notebook", "key": "SALES"},
        {"__typename": "Notebook", "name": "open"},
        {"__typename": "Notebook", "id": project},
        {"__typename": "Project", "id": notebook},
        {"__typename": "Project", "id": "SALES"},
        {"__typename": "Project", "key": project},
        {"__typename": "Project", "key": "sales\0"},
        {"__typename": "Project", "key": "💥" * 1000},
        {"__typename": "User", "login": "' OR 1=1 --"},
        {"__typename": "User", "key": "SALES"},
    ]
    good: Reference = {"__typename": "Notebook", "id": notebook}
    answer = await found(shop, "admin", good, *bad, good)
    shown = {"__typename": "Notebook", "id": notebook}
    assert answer == [shown, *[None] * len(bad), shown]


async def test_what_is_no_key_is_not_looked_at(shop: Shop) -> None:
    notebook = shop.notebooks["open"]
    more: Reference = {
        "__typename": "Notebook",
        "id": notebook,
        "info": 1,
        "self": "x",
        "name": "another",
        "row": {},
        "project": {"id": "x"},
    }
    [entity] = await found(shop, "analyst", more)
    assert entity == {"__typename": "Notebook", "id": notebook}


async def test_an_id_of_another_type_is_absent(shop: Shop) -> None:
    things = things_of(shop)
    wrong = [{"__typename": name, "id": id_} for name in things for other, id_ in things.items() if name != other]
    assert await found(shop, "admin", *wrong) == [None] * 30


async def test_references_may_stand_in_the_text(shop: Shop) -> None:
    query = """query($id: ID!) { _entities(representations: [{__typename: "Notebook", id: $id}, {__typename: "Project", key: "SALES"}]) {
        ... on Notebook { name } ... on Project { key } } }"""
    answer = await shop.world.ok("analyst", query, id=shop.notebooks["open"])
    assert answer == {"_entities": [{"name": "open"}, {"key": "SALES"}]}


@pytest.mark.parametrize("who", [who for who in PEOPLE if who])
async def test_a_hidden_thing_answers_like_one_that_does_not_exist(shop: Shop, who: str) -> None:
    hidden = {
        "Project": shop.world.ids["OTHER"],
        "Notebook": shop.notebooks["foreign"],
        "Export": shop.exports["foreign"],
        "Insight": shop.insights["foreign"],
        "Dashboard": shop.world.ids["OTHER dashboard"],
    }
    for name, id_ in hidden.items():
        there = await asked(shop.world, who, {"__typename": name, "id": id_})
        assert there == await asked(shop.world, who, {"__typename": name, "id": random_id(id_)}), name
        assert there[0] == b'{"data":{"_entities":[null]}}'
    by_key = await asked(shop.world, who, {"__typename": "Project", "key": "OTHER"})
    assert by_key == await asked(shop.world, who, {"__typename": "Project", "key": "NOWHERE"})
    assert by_key[0] == b'{"data":{"_entities":[null]}}'


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("stranger", {"User"}),
        ("dash_reader", {"User", "Project", "Dashboard"}),
        ("dash_writer", {"User", "Project", "Dashboard"}),
        ("analyst", set(TYPED)),
        ("writer", set(TYPED)),
    ],
)
async def test_each_sees_what_node_shows_them(shop: Shop, who: str, seen: set[str]) -> None:
    things = things_of(shop) | {"Notebook": shop.notebooks["closed"], "Export": shop.exports["closed"], "Insight": shop.insights["closed"]}
    answer = await found(shop, who, *references_to(things))
    by_node = await shop.world.ok(who, "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=list(things.values()))
    assert [entity and entity["id"] for entity in answer] == [node and node["id"] for node in by_node["nodes"]]
    assert {entity["__typename"] for entity in answer if entity} == seen


async def test_nobody_gets_anything(shop: Shop) -> None:
    for references in ([], references_to(things_of(shop)), [{"__typename": "Nothing"}] * 2000):
        answer = await shop.world.run(None, ENTITIES, references=references)
        [error] = answer["errors"]
        assert (answer["data"], error["path"], error["extensions"]) == (None, ["_entities"], {"code": "UNAUTHENTICATED"})
    assert (await asked(shop.world, None, {"__typename": "Project", "key": "SALES"}))[1] == 0


async def test_what_a_reference_leads_to_keeps_its_own_guards(shop: Shop) -> None:
    query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Notebook { name source } } }"
    answer = await shop.world.run("dash_reader", query, r=[{"__typename": "Notebook", "id": shop.notebooks["open"]}])
    assert answer["data"] == {"_entities": [{"name": "open", "source": None}]}
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["_entities", 0, "source"], "FORBIDDEN")


async def test_a_thousand_references_cost_as_many_statements_as_one_of_each(shop: Shop) -> None:
    keys: list[Reference] = [{"__typename": "Project", "key": "SALES"}, {"__typename": "User", "login": "stranger"}]
    few = [*references_to(things_of(shop)), *keys]
    many = [*few, *[{"__typename": name, "id": random_id(id_)} for name, id_ in things_of(shop).items() for _ in range(160)]]
    many += [{"__typename": "Project", "key": f"K{number}"} for number in range(16)]
    many += [{"__typename": "User", "login": f"nobody{number}"} for number in range(16)]
    assert len(many) == 1000
    costs = [(await asked(shop.world, "analyst", *references))[1] for references in ([], few, many)]
    assert costs == [costs[0], costs[0] + 8, costs[0] + 8]


async def test_more_than_a_thousand_are_refused_before_anything_is_looked_up(shop: Shop) -> None:
    one: Reference = {"__typename": "Notebook", "id": shop.notebooks["open"]}
    assert len(await found(shop, "analyst", *[one] * 1000)) == 1000
    signed_in = (await asked(shop.world, "analyst"))[1]
    with statements(shop.world) as seen:
        answer = await shop.world.run("analyst", ENTITIES, references=[one] * 1001)
    assert len(seen) == signed_in
    [error] = answer["errors"]
    assert (answer["data"], error["extensions"]) == (None, {"code": "QUERY_TOO_COMPLEX"})
    assert error["message"] == "1,001 representations: refer to at most 1,000 at a time."


async def test_operations_share_no_loader(shop: Shop) -> None:
    reference: Reference = {"__typename": "Notebook", "id": shop.notebooks["closed"]}
    once = await asked(shop.world, "analyst", reference)
    assert await asked(shop.world, "dash_reader", reference) == (b'{"data":{"_entities":[null]}}', once[1])
    assert await asked(shop.world, "analyst", reference) == once
