"""Read everything that somebody can reach: each field of each type, as the schema has them, so that a new one is read too.

A field with an argument that must be given needs a line in `WAYS`; a test fails where there is none.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from server.schema.root import make_schema
from server.schema.sdl import plain_sdl
from tests.fixtures.world import World

SCHEMA: Final = build_schema(plain_sdl(make_schema()))
WAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "Project.notebook": ('(name: "xnamedopenx")', '(name: "xnamedclosedx")', '(name: "xnamedplainx")'),
    "Viewer.projectPermissions": ('(projectKey: "SALES")', '(projectKey: "OTHER")'),
    "Export.rendering": tuple(
        f"(format: {name}, showCode: {code})" for name in ("HTML", "MARKDOWN", "SCRIPT", "SLIDES", "IPYNB") for code in ("false", "true")
    ),
    "Export.cells": ("(first: 100)", "(first: 100, showCode: true)"),
}
"""With which arguments a field is read, where that is not none or `first: 100`."""
BY_ID: Final = ("Query.node", "Query.nodes", "Query.project", "Query.notebook", "Query.export", "Query.insight", "Query.dashboard")
"""Fields that lead to what the crawler reads by `node` as soon as it has met the id."""

Fielded = GraphQLObjectType | GraphQLInterfaceType


@dataclass(slots=True)
class Reached:
    """What a crawl has come by: ids, whole answers, addresses of content, codes of errors."""

    types: dict[str, str] = field(default_factory=dict[str, str])
    answers: list[str] = field(default_factory=list[str])
    urls: set[str] = field(default_factory=set[str])
    codes: set[str] = field(default_factory=set[str])
    totals: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


async def crawl(world: World, who: str | None, ids: Mapping[str, str]) -> Reached:
    """Start from the root fields and from ids with the names of their types, and follow every id; then fetch every address."""
    reached = Reached()
    await _read(world, who, reached, f"{{ {selection(SCHEMA.type_map['Query'])} }}")
    reached.types |= ids
    done = set[str]()
    while todo := set(reached.types) - done:
        for id_ in sorted(todo):
            type_ = reached.types[id_]
            query = f"query($id: ID!) {{ node(id: $id) {{ ... on {type_} {{ {selection(SCHEMA.type_map[type_])} }} }} }}"
            await _read(world, who, reached, query, id=id_)
        done |= todo
    for url in sorted(reached.urls):
        response = await world.client.get(url)
        assert response.status_code == 200, response.text
        reached.answers.append(f"{response.headers} {response.text}")
    return reached


async def _read(world: World, who: str | None, reached: Reached, query: str, **variables: str) -> None:
    answer = await world.run(who, query, **variables)
    reached.answers.append(json.dumps(answer))
    reached.codes |= {error["extensions"]["code"] for error in answer.get("errors", [])}
    for value in _objects(answer["data"]):
        if "__typename" in value and "id" in value:  # a cell of a live document has an id too
            reached.types.setdefault(value["id"], value["__typename"])
        if "url" in value:
            reached.urls.add(value["url"])
        if "totalCount" in value:
            reached.totals.append((value["totalCount"], len(value["nodes"])))


def _objects(answer: object) -> Iterator[dict[str, Any]]:
    match answer:
        case dict():
            yield answer
            for value in answer.values():
                yield from _objects(value)
        case list():
            for value in answer:
                yield from _objects(value)
        case _:
            return


def selection(type_: object) -> str:
    """Select every field of a type, and of the types below it that have no id; of those that have one, the id."""
    if isinstance(type_, GraphQLUnionType):
        return "__typename " + " ".join(f"... on {part.name} {{ id }}" for part in type_.types)
    assert isinstance(type_, Fielded)
    return " ".join(["__typename", *_fields(type_)])


def _fields(type_: Fielded) -> Iterable[str]:
    for name, field_ in type_.fields.items():
        if f"{type_.name}.{name}" in BY_ID or (name == "edges" and type_.name.endswith("Connection")):
            continue
        several = ways(type_, name, field_)
        for number, arguments in enumerate(several):
            alias = f"{name}{number}: " if len(several) > 1 else ""
            yield f"{alias}{name}{arguments}{below(field_)}"


def ways(type_: Fielded, name: str, field_: GraphQLField) -> tuple[str, ...]:
    """Return with which arguments a field is read."""
    given = WAYS.get(f"{type_.name}.{name}")
    return given or ("(first: 100)" if "first" in field_.args else "",)


def below(field_: GraphQLField) -> str:
    """Select what is below a field."""
    type_ = get_named_type(field_.type)
    if is_leaf_type(type_):
        return ""
    has_id = isinstance(type_, Fielded) and "id" in type_.fields
    return " { __typename id }" if has_id else f" {{ {selection(type_)} }}"


def fields_to_teach() -> list[str]:
    """Name the fields that cannot be read without arguments nobody has thought of."""
    types = [
        type_
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, Fielded) and type_ not in {SCHEMA.mutation_type, SCHEMA.subscription_type}
    ]
    return [
        f"{type_.name}.{name}"
        for type_ in types
        for name, field_ in type_.fields.items()
        if not type_.name.startswith("__")
        and f"{type_.name}.{name}" not in {*WAYS, *BY_ID}
        and any(is_required_argument(argument) for argument in field_.args.values())
    ]
