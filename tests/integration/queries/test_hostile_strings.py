"""No string in any argument is a fault of ours: every root field, each of its strings in turn, the other arguments being right."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    build_schema,
    get_named_type,
    is_composite_type,
)

from server.schema.root import make_schema
from server.schema.sdl import plain_sdl
from tests.fixtures import make
from tests.integration.queries.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE: Final = ("", "\0", "a\0b", "\u202ex", "💥", "' OR 1=1 --", "x" * 20_000)
SCHEMA: Final = build_schema(plain_sdl(make_schema()))
ROOTS: Final = {"query": SCHEMA.query_type, "mutation": SCHEMA.mutation_type}
Path = tuple[str, ...]


def fields_of(kind: str) -> dict[str, GraphQLField]:
    """Return the root fields that take arguments."""
    root = ROOTS[kind]
    assert root is not None
    return {name: field for name, field in root.fields.items() if field.args}


def strings_in(name: str, type_: GraphQLInputType, path: Path = ()) -> Iterator[Path]:
    """Find the places below an argument where a string or an id goes."""
    here, named = (*path, name), get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        for key, entry in named.fields.items():
            yield from strings_in(key, entry.type, here)
    elif named.name in {"String", "ID"}:
        yield here


def right(name: str, type_: GraphQLInputType, path: Path, hostile: str, ids: dict[str, str]) -> Any:  # noqa: ANN401  any JSON
    """Make a value that is right, but for the hostile one at the end of the path."""
    if isinstance(type_, GraphQLNonNull):
        return right(name, type_.of_type, path, hostile, ids)
    if isinstance(type_, GraphQLList):
        return [right(name, type_.of_type, path, hostile, ids)]
    if path == (name,):
        return hostile
    below = path[1:] if path[:1] == (name,) else ()
    if isinstance(type_, GraphQLInputObjectType):
        chosen = {*below[:1], "content"}
        wanted = {key: entry for key, entry in type_.fields.items() if isinstance(entry.type, GraphQLNonNull) or key in chosen}
        return {key: right(key, entry.type, below, hostile, ids) for key, entry in wanted.items()}
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    return ids.get(name, {"Int": 1, "Boolean": False}.get(type_.name, "right"))


async def ids_of(shop: Shop) -> dict[str, str]:
    """Return a right value for each name of an argument that is an id or a key."""
    world = shop.world
    [[page], *_] = await world.rows("SELECT id FROM dashboard_page WHERE dashboard_id = :id ORDER BY id", id=world.ids["SALES dashboard"])
    return {
        "id": shop.notebooks["open"], "notebookId": shop.notebooks["open"], "exportId": shop.exports["open"], "pageId": page,
        "insightId": shop.insights["open"], "dashboardId": world.ids["SALES dashboard"], "tileId": shop.tiles["open"],
        "projectKey": "SALES", "userLogin": "analyst", "content": make.dump(make.notebook(make.code("1"))).decode(),
    }  # fmt: skip


async def check(shop: Shop, kind: str, name: str) -> None:
    """Send every strange string to every place of a root field."""
    field, ids = fields_of(kind)[name], await ids_of(shop)
    head = ", ".join(f"${key}: {argument.type}" for key, argument in field.args.items())
    given = ", ".join(f"{key}: ${key}" for key in field.args)
    assert is_composite_type(get_named_type(field.type))
    query = f"{kind}({head}) {{ {name}({given}) {{ __typename }} }}"
    places = [place for key, argument in field.args.items() for place in strings_in(key, argument.type)]
    assert places
    for place in places:
        for hostile in HOSTILE:
            variables = {
                key: right(key, argument.type, place if place[0] == key else (), hostile, ids)
                for key, argument in field.args.items()
                if isinstance(argument.type, GraphQLNonNull) or place[0] == key
            }
            answer = await shop.world.run("admin", query, **variables)
            assert "INTERNAL" not in str(answer), (name, place, hostile[:20])


@pytest.mark.parametrize("name", fields_of("query"))
async def test_a_strange_string_in_a_query_is_never_a_fault_of_ours(shop: Shop, name: str) -> None:
    await check(shop, "query", name)


@pytest.mark.asyncio(loop_scope="function")
async def test_a_strange_string_in_a_mutation_is_never_a_fault_of_ours(own_shop: Shop) -> None:
    for name in fields_of("mutation"):
        await check(own_shop, "mutation", name)


async def test_a_strange_name_or_key_inside_a_query_finds_nothing(shop: Shop) -> None:
    query = """query($text: String!) { project(key: "SALES") { notebook(name: $text) { id } }
        viewer { projectPermissions(projectKey: $text) } }"""
    for hostile in HOSTILE:
        data = await shop.world.ok("analyst", query, text=hostile)
        assert data == {"project": {"notebook": None}, "viewer": {"projectPermissions": []}}, hostile[:20]
