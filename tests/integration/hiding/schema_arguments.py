"""What the schema lets a caller name: each place where an id, a key or another name may be given."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from graphql import GraphQLInputField, GraphQLInputObjectType, GraphQLObjectType, get_named_type, get_nullable_type, is_list_type

from tests.integration.hiding.crawl import SCHEMA

KEYS: Final = ("projectKey", "key")
"""What names a project without being its id."""


class Argument(NamedTuple):
    """An argument of a root query field."""

    field: str
    name: str
    type: str
    leads_to: str
    selection: str


def root_arguments() -> list[Argument]:
    """Return every argument of every root query field, and the least that may be selected below the field."""
    query = SCHEMA.query_type
    assert query is not None
    return [
        Argument(name, argument, str(given.type), get_named_type(field.type).name, _least(get_named_type(field.type)))
        for name, field in query.fields.items()
        for argument, given in field.args.items()
    ]


def root_fields() -> set[str]:
    """Name the root query fields."""
    query = SCHEMA.query_type
    assert query is not None
    return set(query.fields)


def subscriptions() -> set[str]:
    """Name the subscriptions."""
    return set() if SCHEMA.subscription_type is None else set(SCHEMA.subscription_type.fields)


def mutations() -> dict[str, GraphQLInputObjectType]:
    """Map the mutations to the types of their inputs."""
    mutation = SCHEMA.mutation_type
    assert mutation is not None
    found = {name: get_named_type(field.args["input"].type) for name, field in mutation.fields.items()}
    return {name: type_ for name, type_ in found.items() if isinstance(type_, GraphQLInputObjectType)}


def references(type_: GraphQLInputObjectType) -> Iterator[tuple[str, ...]]:
    """Yield the path to each id and each project's key in an input; inside lists the first entry stands for all."""
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            yield from ((name, *path) for path in references(inner))
        elif inner.name == "ID" or name == "projectKey":
            yield (name,)


def is_list(field: GraphQLInputField) -> bool:
    """Tell whether an input field takes several."""
    return is_list_type(get_nullable_type(field.type))


def named_below_the_root() -> set[str]:
    """Name the arguments below the root, and the fields of filters, by which a caller could ask for something by an id or a name."""
    types = [type_ for type_ in SCHEMA.type_map.values() if isinstance(type_, GraphQLObjectType)]
    arguments = {
        f"{type_.name}.{name}.{argument}"
        for type_ in types
        if type_ not in {SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type} and not type_.name.startswith("__")
        for name, field in type_.fields.items()
        for argument, given in field.args.items()
        if get_named_type(given.type).name in {"ID", "String"} and argument != "after"
    }
    return arguments | set(filters())


def filters() -> dict[str, str]:
    """Map the fields of filters, such as `InsightFilter.listed`, to the names of their types."""
    types = [type_ for type_ in SCHEMA.type_map.values() if isinstance(type_, GraphQLInputObjectType) and type_.name.endswith("Filter")]
    return {f"{type_.name}.{name}": get_named_type(field.type).name for type_ in types for name, field in type_.fields.items()}


def _least(type_: object) -> str:
    fielded = getattr(type_, "fields", {})
    return "{ __typename id }" if "id" in fielded else "{ totalCount nodes { id } pageInfo { hasNextPage endCursor } }"
