"""The schema: everything described, nothing lost, every way in guarded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_specified_directive,
    is_specified_scalar_type,
)
from strawberry.permission import PermissionExtension
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from server.auth.permissions import Guard
from server.auth.rules import RULES
from server.domain.errors import UserFault
from server.schema.errors import MEMBERS
from server.schema.guarded import Deed, Proof
from server.schema.payloads import Seen
from server.schema.root import MUTATIONS, QUERIES, make_schema
from server.schema.sdl import plain_sdl

ROOT: Final = Path(__file__).resolve().parents[2]
SDL: Final = plain_sdl(make_schema())
SCHEMA: Final = build_schema(SDL)
FREE: Final = {"viewer", "service"}
"""Root fields that anybody may ask."""

MORE_ARGUMENTS: Final = {
    "Project.notebooks": {"filter"},
    "Project.insights": {"filter"},
    "Project.dashboards": {"filter"},
    "Export.cells": {"showCode"},
}
"""What lists take besides where to begin and how many."""


def own_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    """Return the types that are ours."""
    return [type_ for type_ in schema.type_map.values() if not type_.name.startswith("__") and not is_specified_scalar_type(type_)]


def elements(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Name every element of a schema, each with its description."""
    for type_ in own_types(schema):
        yield type_.name, type_.description
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{type_.name}.{name}", value.description) for name, value in type_.values.items())
        if isinstance(type_, GraphQLInputObjectType):
            yield from ((f"{type_.name}.{name}", entry.description) for name, entry in type_.fields.items())
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field.description
                yield from ((f"{type_.name}.{name}({key})", argument.description) for key, argument in field.args.items())
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description


def undescribed(schema: GraphQLSchema) -> list[str]:
    """Name what has no description, or one that says nothing."""
    return [name for name, text in elements(schema) if not text or len(text.strip()) < 3]


def test_every_element_is_described() -> None:
    assert undescribed(SCHEMA) == []
    assert len(list(elements(SCHEMA))) > 400


def test_an_element_without_description_is_found() -> None:
    planted = build_schema(f'{SDL}\n"A type." type Planted {{ "A field." known(unknown: Int): Int bare: Int }} enum Bare {{ ONE }}')
    assert set(undescribed(planted)) - set(undescribed(SCHEMA)) == {"Planted.known(unknown)", "Planted.bare", "Bare", "Bare.ONE"}


def test_the_sdl_in_git_is_the_schema() -> None:
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == f"{SDL}\n", "run `make schema`"


def guards_of(field: StrawberryField) -> list[type]:
    """Return the kinds of extension around a field, the innermost first."""
    return [type(extension) for extension in field.extensions]


def unguarded(fields: list[StrawberryField], wanted: list[type]) -> list[str]:
    """Name the fields that are not guarded in exactly this way, by one row of the table."""
    wrong = []
    for field in fields:
        rows = {extension.action for extension in field.extensions if isinstance(extension, Proof)}
        rows |= {
            permission.action
            for extension in field.extensions
            if isinstance(extension, PermissionExtension)
            for permission in extension.permissions
            if isinstance(permission, Guard)
        }
        if guards_of(field) != wanted or len(rows) != 1:
            wrong.append(field.python_name)
    return wrong


def test_every_root_field_that_reads_is_guarded() -> None:
    fields = [field for field in QUERIES if field.python_name not in FREE]
    assert unguarded(fields, [Proof, PermissionExtension]) == []
    assert {field.python_name for field in QUERIES if not field.extensions} == FREE


def test_every_mutation_is_a_deed() -> None:
    assert unguarded(MUTATIONS, [Proof, PermissionExtension, Deed, Seen]) == []
    for field in MUTATIONS:
        [proof] = [extension for extension in field.extensions if isinstance(extension, Proof)]
        assert RULES[proof.action].writes, f"{field.python_name}: a READ token could do it"


def test_a_field_that_nobody_guarded_is_found() -> None:
    def forgotten() -> int | None:
        return None

    bare: StrawberryField = strawberry.field(forgotten, description="Forgotten.")
    guarded = next(field for field in QUERIES if field.python_name == "node")
    assert unguarded([guarded, bare], [Proof, PermissionExtension]) == ["forgotten"]
    assert unguarded([guarded], [Proof, PermissionExtension, Deed]) == ["node"]


def test_the_root_types_hold_what_was_checked() -> None:
    """The lists that the checks above walk are all there is."""
    schema = make_schema()
    for name, fields in (("Query", QUERIES), ("Mutation", MUTATIONS)):
        definition = schema.get_type_by_name(name)
        assert isinstance(definition, StrawberryObjectDefinition)
        assert {field.python_name for field in definition.fields} == {field.python_name for field in fields}


def test_a_guard_shows_in_the_sdl_and_in_the_description() -> None:
    for root in (SCHEMA.query_type, SCHEMA.mutation_type):
        assert root is not None
        for name, field in root.fields.items():
            assert field.ast_node is not None
            directives = [directive.name.value for directive in field.ast_node.directives or ()]
            assert directives == ([] if name in FREE else ["requiresPermission"]), name
            assert ("Requires " in (field.description or "")) is (name not in FREE), name


def test_every_mutation_takes_one_input_and_returns_a_nullable_payload_with_errors() -> None:
    assert SCHEMA.mutation_type is not None
    for name, field in SCHEMA.mutation_type.fields.items():
        stem = name[0].upper() + name[1:]
        assert {key: str(argument.type) for key, argument in field.args.items()} == {"input": f"{stem}Input!"}
        payload = field.type
        assert isinstance(payload, GraphQLObjectType), "a refused field nulls itself, not its siblings"
        assert payload.name == f"{stem}Payload"
        assert str(payload.fields["errors"].type) == "[UserError!]!"
        objects = [entry.type for key, entry in payload.fields.items() if key not in {"errors", "warnings"}]
        assert objects
        assert not any(isinstance(type_, GraphQLNonNull) for type_ in objects), f"{name}: with errors, its objects are null"


def test_every_fault_of_a_user_has_its_type() -> None:
    def below(kind: type[UserFault]) -> Iterator[type[UserFault]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    assert set(MEMBERS) == set(below(UserFault))
    user_error = SCHEMA.type_map["UserError"]
    assert isinstance(user_error, GraphQLInterfaceType)
    assert {type_.name for type_ in SCHEMA.get_possible_types(user_error)} == {kind.__name__ for kind in MEMBERS}


def test_ids_of_others_are_objects() -> None:
    """Domain, not storage: no type has a field that ends in Id, but for a cell's own name and what an event names, be it gone."""
    named = {"Cell": {"cellId"}, "AuditEvent": {"subjectId"}}
    for type_ in own_types(SCHEMA):
        if isinstance(type_, GraphQLObjectType) and not type_.name.endswith("Payload"):
            assert {name for name in type_.fields if name.endswith(("Id", "Ids"))} == named.get(type_.name, set()), type_.name


def test_lists_that_grow_are_connections_of_one_shape() -> None:
    for type_ in own_types(SCHEMA):
        if isinstance(type_, GraphQLObjectType) and type_.name.endswith("Connection"):
            assert {name: str(field.type) for name, field in type_.fields.items() if name in {"pageInfo", "totalCount"}} == {
                "pageInfo": "PageInfo!",
                "totalCount": "Int!",
            }
            stem = type_.name.removesuffix("Connection")
            assert (str(type_.fields["nodes"].type), str(type_.fields["edges"].type)) == (f"[{stem}!]!", f"[{stem}Edge!]!")
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                named = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
                if isinstance(named, GraphQLObjectType) and named.name.endswith("Connection"):
                    more = MORE_ARGUMENTS.get(f"{type_.name}.{name}", set())
                    assert set(field.args) == {"first", "after"} | more, f"{type_.name}.{name}"
                assert not (isinstance(named, GraphQLList) and "first" in field.args)
