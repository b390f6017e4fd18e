"""Relay: its compiler over the schema, and its runtime with what came out, page by page against the server."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, build_schema, get_named_type

from tests.conformance.conftest import HERE, RunScript
from tests.fixtures.running import ROOT, Running

SCHEMA: Final = (ROOT / "schema.graphql").read_text(encoding="utf-8")
CONFIG: Final = {
    "src": "src",
    "schema": "schema.graphql",
    "language": "javascript",
    "artifactDirectory": "artifacts",
    "eagerEsModules": False,
}

MAKE: Final = """mutation { createDashboard(input: { projectKey: "DEMO", name: "For Relay" }) {
    dashboard { project { dashboards(first: 1) { nodes { name } } } } errors { code } } }"""
LIST: Final = """graphql`
  fragment lists_{name} on {type}
  @refetchable(queryName: "lists{name}Query")
  @argumentDefinitions(count: {{ type: "Int", defaultValue: 2 }}, cursor: {{ type: "String" }}) {{
    {field}(first: $count, after: $cursor) @connection(key: "lists_{name}_{field}") {{ edges {{ node {{ __typename }} }} }}
  }}
`;
"""


def lists() -> Iterator[tuple[str, str]]:
    """Yield every list that comes in pages, as type and field."""
    for name, type_ in build_schema(SCHEMA).type_map.items():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field, told in type_.fields.items():
                if get_named_type(told.type).name.endswith("Connection"):
                    yield name, field


def compile_in(folder: Path, script: RunScript, schema: str) -> dict[str, Any]:
    """Compile relay/, and a fragment for each list, into folder/artifacts; return the exit code and what was said."""
    (folder / "src").mkdir(parents=True)
    (folder / "artifacts").mkdir()
    shutil.copy(HERE / "relay" / "boards.js", folder / "src")
    fragments = [LIST.format(name=f"{type_}_{field}", type=type_, field=field) for type_, field in lists()]
    (folder / "src" / "lists.js").write_text("".join(fragments), encoding="utf-8")
    (folder / "schema.graphql").write_text(schema, encoding="utf-8")
    (folder / "relay.config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    told: dict[str, Any] = script("compile.mjs", str(folder))
    return told


def test_the_compiler_takes_the_schema_and_every_list_as_a_connection(script: RunScript, tmp_path: Path) -> None:
    told = compile_in(tmp_path, script, SCHEMA)
    assert told["status"] == 0, told["said"]
    made = {file.name for file in (tmp_path / "artifacts").glob("lists*Query.graphql.js")}
    assert made == {f"lists{type_}_{field}Query.graphql.js" for type_, field in lists()}
    assert len(made) == 14


@pytest.mark.parametrize(
    ("part", "instead", "said"),
    [
        ("  endCursor: String\n", "  lastCursor: String\n", "endCursor"),
        ("  edges: [InsightEdge!]!\n", "", "edges"),
        ("  node(\n", "  thing(\n", "node"),
        ("type Notebook implements Node {", "type Notebook {", "Notebook"),
    ],
    ids=["no endCursor", "no edges", "no node", "a type with lists that is no node"],
)
def test_the_compiler_refuses_a_schema_that_is_no_longer_relays(
    script: RunScript, tmp_path: Path, part: str, instead: str, said: str
) -> None:
    assert SCHEMA.count(part) == 1
    told = compile_in(tmp_path, script, SCHEMA.replace(part, instead))
    assert told["status"] != 0
    assert said in told["said"]


def test_relay_fetches_pages_and_objects_again_and_finds_them_in_its_store(script: RunScript, server: Running, tmp_path: Path) -> None:
    assert compile_in(tmp_path, script, SCHEMA)["status"] == 0
    made = server.data(MAKE, server.token)["createDashboard"]
    assert made["errors"] == []
    first = made["dashboard"]["project"]["dashboards"]["nodes"][0]["name"]  # which other tests have renamed
    told = script("relay.mjs", str(tmp_path), server.address, server.token)
    assert told == {
        "pages": [[first, "Models"], [first, "Models", "Draft for clients", "For Relay"]],
        "sameObject": True,
        "tiles": 4,
        "renamed": {"errors": [], "inTheList": "By Relay"},
        "late": [["CONFLICT", True]],
        "deleted": {"errors": [], "left": ["By Relay", "Models", "Draft for clients"]},
        "foreign": {"node": None},
        "wire": [
            {"name": f"boards{name}", "status": 200, "errors": []}
            for name in (
                "Query",
                "PageQuery",
                "DashboardQuery",
                "RenameMutation",
                "RenameMutation",
                "DeleteMutation",
                "DashboardQuery",
            )
        ],
    }
