"""nbinsight as a subgraph: what it tells gateways, and that clients without one see nothing of it."""

from pathlib import Path
from typing import Final

import pytest
from graphql import GraphQLObjectType, ObjectTypeDefinitionNode, SchemaDefinitionNode, build_schema, parse, print_ast

from server.resolvers.references import KEYS
from server.schema.root import make_schema
from server.schema.sdl import federation_sdl, plain_sdl
from tests.fixtures.running import ROOT, run
from tests.fixtures.world import World, end_world, make_world, settings_for

SCHEMA: Final = make_schema()
FEDERATION: Final = federation_sdl(SCHEMA)
PLAIN: Final = plain_sdl(SCHEMA)
WORDS: Final = ("@key", "@link", "@shareable", "_Any", "_Entity", "_Service", "_entities", "_service", "federation")


def directives_of(sdl: str) -> dict[str, list[str]]:
    """Return the directives of each object type that has any, as they are printed."""
    types = [node for node in parse(sdl).definitions if isinstance(node, ObjectTypeDefinitionNode)]
    return {node.name.value: [print_ast(directive) for directive in node.directives or ()] for node in types if node.directives}


def test_it_links_federation_2_3_and_nothing_else() -> None:
    [schema] = [node for node in parse(FEDERATION).definitions if isinstance(node, SchemaDefinitionNode)]
    [link] = schema.directives or ()
    assert print_ast(link) == '@link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])'


def test_it_has_the_keys_that_it_resolves() -> None:
    by_id = ['@key(fields: "id")']
    assert directives_of(FEDERATION) == {
        "Project": [*by_id, '@key(fields: "key")'],
        "Notebook": by_id,
        "Export": by_id,
        "Insight": by_id,
        "Dashboard": by_id,
        "User": [*by_id, '@key(fields: "login")'],
        "PageInfo": ["@shareable"],
    }
    resolved = {name: [f'@key(fields: "{key}")' for key in keys.finders] for name, keys in KEYS.items()}
    assert resolved == {name: keys for name, keys in directives_of(FEDERATION).items() if name != "PageInfo"}


def test_the_union_of_entities_holds_every_type_with_a_key() -> None:
    assert "union _Entity = Dashboard | Export | Insight | Notebook | Project | User" in FEDERATION
    assert "_entities(" in FEDERATION
    assert "[_Any!]!\n  ): [_Entity]!" in FEDERATION
    assert "_service: _Service!" in FEDERATION


def test_clients_without_a_gateway_see_nothing_of_it() -> None:
    assert [word for word in WORDS if word in PLAIN] == []
    assert [word for word in WORDS if word not in FEDERATION] == []
    assert directives_of(PLAIN) == {}
    build_schema(PLAIN)


def names_of(sdl: str) -> set[str]:
    """Name every type and every field of an object type."""
    types = build_schema(sdl, assume_valid_sdl=True).type_map.values()
    fields = {f"{type_.name}.{name}" for type_ in types if isinstance(type_, GraphQLObjectType) for name in type_.fields}
    return fields | {type_.name for type_ in types}


def test_nothing_else_differs() -> None:
    added = {"_Any", "_Entity", "_Service", "_Service.sdl", "Query._service", "Query._entities"}
    assert names_of(FEDERATION) - names_of(PLAIN) == added
    assert names_of(PLAIN) - names_of(FEDERATION) == set()


def test_the_page_shows_the_catalogue_that_is_tried_behind_gateways() -> None:
    page = (ROOT / "docs" / "how-to" / "put-it-behind-a-gateway.md").read_text("utf-8")
    assert f"```sdl\n{(ROOT / 'tests' / 'gateway' / 'catalogue.graphql').read_text('utf-8')}```" in page


def test_the_command_prints_both(tmp_path: Path) -> None:
    plain, federation = run("schema", cwd=tmp_path), run("schema", "--federation", cwd=tmp_path)
    assert (plain.returncode, plain.stdout, plain.stderr) == (0, f"{PLAIN}\n", "")
    assert (federation.returncode, federation.stdout, federation.stderr) == (0, f"{FEDERATION}\n", "")


@pytest.fixture(params=[True, False], ids=["introspection", "no introspection"])
async def told(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> str:
    """What `_service` answers nobody in particular."""
    world: World = await make_world(settings_for(sqlite_url, tmp_path, introspection=request.param))
    answer = await world.run(None, "{ __schema { queryType { name } } }")
    assert ("errors" not in answer) is request.param
    sdl: str = (await world.ok(None, "{ _service { sdl } }"))["_service"]["sdl"]
    await end_world(world)
    return sdl


def test_anybody_may_compose_it_be_introspection_on_or_off(told: str) -> None:
    assert told == FEDERATION
