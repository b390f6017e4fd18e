"""Hidden = absent: the same bytes and the same number of statements, for every id that somebody may not see."""

import pytest

from tests.fixtures.world import World
from tests.integration.queries.shop import PEOPLE, Shop, random_id, statements

pytestmark = pytest.mark.asyncio(loop_scope="session")

TYPED = ("notebook", "export", "insight", "dashboard")


async def asked(world: World, who: str | None, query: str, **variables: object) -> tuple[bytes, int]:
    """Return the answer as it is sent, and what it cost."""
    headers = {"authorization": f"Bearer {world.tokens[who]}"} if who else {}
    with statements(world) as seen:
        response = await world.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    return response.content, len(seen)


async def hidden_from(shop: Shop, who: str | None) -> dict[str, str]:
    """Return ids of everything that exists and that somebody may not see."""
    world = shop.world
    things = {
        **{f"notebook {name}": id_ for name, id_ in shop.notebooks.items()},
        **{f"export {name}": id_ for name, id_ in shop.exports.items()},
        **{f"insight {name}": id_ for name, id_ in shop.insights.items()},
        **{f"tile {name}": id_ for name, id_ in shop.tiles.items()},
        **{f"project {key}": world.ids[key] for key in ("SALES", "OTHER")},
        **{f"dashboard {key}": world.ids[f"{key} dashboard"] for key in ("SALES", "OTHER")},
    }
    for key in ("SALES", "OTHER"):
        [[page]] = await world.rows("SELECT id FROM dashboard_page WHERE project_id = :id", id=world.ids[key])
        things[f"page {key}"] = page
    [[token]] = await world.rows("SELECT id FROM access_token WHERE user_id = :id", id=world.ids["admin"])
    [[authorization]] = await world.rows("SELECT id FROM authorized_object WHERE notebook_id = :id", id=shop.notebooks["open"])
    things |= {"access token": token, "authorization open": authorization, "group": world.ids["crew"]}
    for name, where in (("event of the project", "= :id"), ("event of none", "IS NULL AND :id = :id")):
        [[things[name]]] = await world.rows(f"SELECT max(id) FROM audit_event WHERE project_id {where}", id=world.ids["SALES"])  # noqa: S608  ours
    always = {"access token", "group", "event of the project", "event of none"}
    if who in {"dash_reader", "dash_writer"}:
        seen = ("open", "open again", "SALES")
        things = {name: id_ for name, id_ in things.items() if name.partition(" ")[2] not in seen or name.startswith("authorization")}
        del things["tile closed"]
    elif who in {"analyst", "writer"}:
        things = {name: id_ for name, id_ in things.items() if name.endswith((" foreign", " OTHER")) or name in always}
    return things


@pytest.mark.parametrize("who", PEOPLE)
async def test_what_is_hidden_answers_like_what_does_not_exist(shop: Shop, who: str | None) -> None:
    hidden = await hidden_from(shop, who)
    assert len(hidden) == {None: 26, "stranger": 26, "dash_reader": 17, "dash_writer": 17, "analyst": 11, "writer": 11}[who]
    for name, id_ in hidden.items():
        kind = name.partition(" ")[0]
        typed = f"typed: {kind}(id: $id) {{ id }}" if kind in TYPED else ""
        query = f"query($id: ID!) {{ node(id: $id) {{ __typename id }} {typed} nodes(ids: [$id, $id]) {{ id }} }}"
        there, nowhere = await asked(shop.world, who, query, id=id_), await asked(shop.world, who, query, id=random_id(id_))
        assert there == nowhere, name
        assert (b"UNAUTHENTICATED" in there[0]) is (b'"errors"' in there[0]) is (who is None), name


@pytest.mark.parametrize("who", PEOPLE)
async def test_an_id_of_another_kind_is_absent_from_a_typed_field(shop: Shop, who: str | None) -> None:
    ids = [shop.notebooks["open"], shop.exports["open"], shop.insights["open"], shop.world.ids["SALES dashboard"], shop.tiles["open"]]
    for field_name in TYPED:
        for id_ in (id_ for id_ in ids if id_[0] != field_name[0]):
            query = f"query($id: ID!) {{ {field_name}(id: $id) {{ id }} }}"
            assert (await asked(shop.world, who, query, id=id_))[0] == (await asked(shop.world, who, query, id=random_id(id_)))[0]


@pytest.mark.parametrize("who", PEOPLE)
async def test_a_hidden_project_answers_like_no_project(shop: Shop, who: str | None) -> None:
    world = shop.world
    key = "OTHER" if who else "SALES"
    query = "query($key: String!) { project(key: $key) { id name notebooks { totalCount } } }"
    assert await asked(world, who, query, key=key) == await asked(world, who, query, key="NOWHERE")
    if who:
        query = "query($key: String!) { viewer { projectPermissions(projectKey: $key) } }"
        assert await asked(world, who, query, key=key) == await asked(world, who, query, key="NOWHERE")


@pytest.mark.parametrize("who", ["dash_reader", "dash_writer"])
@pytest.mark.parametrize("name", ["closed", "draft", "plain"])
async def test_a_hidden_notebook_is_absent_by_name_too(shop: Shop, who: str, name: str) -> None:
    query = 'query($name: String!) { project(key: "SALES") { notebook(name: $name) { id } } }'
    assert await asked(shop.world, who, query, name=name) == await asked(shop.world, who, query, name="nothing like it")


async def test_lists_hold_only_what_a_dashboard_reader_may_see(shop: Shop) -> None:
    selection = "notebooks { totalCount nodes { name } } insightSources { totalCount nodes { name } } insights { totalCount nodes { id } }"
    found = await shop.project("dash_writer", selection)
    only_open = {"totalCount": 1, "nodes": [{"name": "open"}]}
    assert found == {
        "notebooks": only_open,
        "insightSources": only_open,
        "insights": {"totalCount": 1, "nodes": [{"id": shop.insights["open"]}]},
    }
    everything = await shop.project("analyst", selection)
    assert [node["name"] for node in everything["notebooks"]["nodes"]] == ["open", "closed", "draft", "plain"]
    assert [node["name"] for node in everything["insightSources"]["nodes"]] == ["open", "closed"]
    assert [node["name"] for node in (await shop.project("coder", selection))["insightSources"]["nodes"]] == [
        "open", "closed", "draft", "plain",
    ]  # fmt: skip


async def test_a_project_opens_nothing_of_another(shop: Shop) -> None:
    """Hold everything on OTHER and look at SALES: there is no way from one to the other."""
    assert await shop.project("rival", "id") is None
    assert (await shop.world.ok("rival", "{ projects { totalCount nodes { key } } }"))["projects"] == {
        "totalCount": 1,
        "nodes": [{"key": "OTHER"}],
    }
    foreign = await shop.one("rival", "insight", "notebook { name } tiles { page { id } }", shop.insights["foreign"])
    assert foreign["notebook"] == {"name": "foreign"}


@pytest.mark.asyncio(loop_scope="function")
async def test_an_authorization_in_one_project_opens_nothing_in_another(own_shop: Shop) -> None:
    await own_shop.change("UPDATE project SET authorizes_all_objects = true WHERE key = 'OTHER'")
    assert await own_shop.one("dash_reader", "notebook", "id", own_shop.notebooks["foreign"]) is None
    assert await own_shop.one("dash_reader", "notebook", "id", own_shop.notebooks["closed"]) is None
    await own_shop.change("UPDATE project SET authorizes_all_objects = true WHERE key = 'SALES'")
    assert await own_shop.one("dash_reader", "notebook", "id", own_shop.notebooks["closed"]) == {"id": own_shop.notebooks["closed"]}
    assert await own_shop.one("dash_reader", "notebook", "id", own_shop.notebooks["plain"]) is None
