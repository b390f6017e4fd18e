"""What each field of the schema costs: made once a schema, looked up by type and field.

| field | cost |
|---|---|
| a leaf | nothing, but for those in `OWN` |
| an object | 1, and what is selected in it |
| a list | so often its entries: as many as `first` or the ids ask for, else what `SIZES` expects, else `SIZE` |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    is_leaf_type,
)

RENDERING: Final = 50
"""The bytes of a rendering cost as much as fifty objects."""

MUTATION: Final = 10
"""A deed is a transaction of its own."""

SIZE: Final = 10
"""How many entries a list is expected to have of which nothing else is known."""

SIZES: Final[Mapping[tuple[str, str], int]] = {
    ("Dashboard", "pages"): 2,
    ("DashboardPage", "tiles"): 20,
    ("__Type", "fields"): 8,
    ("__Type", "inputFields"): 4,
    ("__Type", "interfaces"): 1,
    ("__Type", "possibleTypes"): 2,
    ("__Type", "enumValues"): 4,
    ("__Field", "args"): 2,
}
"""How many entries lists without `first` are expected to have."""

UNASKED: Final[Mapping[tuple[str, str], int]] = {("Project", "dashboards"): 4}
"""Where `first` is left out, how many are expected in place of the page's usual size: a project has few dashboards, all of which may be
asked for with their bodies. What they are in truth is counted while they are read."""

SIZED_BY: Final[Mapping[tuple[str, str], str]] = {("Query", "nodes"): "ids", ("Query", "_entities"): "representations"}
"""Lists that are as long as an argument."""

OWN: Final[Mapping[tuple[str, str], int]] = {
    ("Rendering", "body"): RENDERING,
    ("Rendering", "fragment"): RENDERING,
    ("Rendering", "byteSize"): RENDERING // 5,
    ("Rendering", "etag"): RENDERING // 5,
    ("Rendering", "notices"): RENDERING // 5,
    ("Export", "cells"): RENDERING,
    ("_Service", "sdl"): 20 * RENDERING,
}
"""Fields that cost something themselves, once for each place in the answer.

Those of a fifth need the bytes too, but are mostly asked for beside the body; alone, they are held by the count of renderings.
"""


@dataclass(frozen=True, slots=True)
class Price:
    """What one field costs; `type_name` is None for leaves, `size` None for what is no list."""

    own: int
    type_name: str | None
    size: int | None
    first: int | None = None
    sized_by: str | None = None
    is_page: bool = False


class Prices:
    """The price of each field of a schema, by the names of its type and its own."""

    def __init__(self, schema: GraphQLSchema) -> None:
        """Look at every type once."""
        self._schema = schema
        self.introspection: int | None = None
        self.roots: dict[str, str] = {
            kind: root.name
            for kind, root in (("query", schema.query_type), ("mutation", schema.mutation_type), ("subscription", schema.subscription_type))
            if root is not None
        }
        self._prices = {
            name: {field_name: self._price(type_, field_name, field) for field_name, field in type_.fields.items()}
            for name, type_ in schema.type_map.items()
            if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        }
        query = schema.query_type
        if query is not None:
            self._prices[query.name] |= {"__schema": Price(1, "__Schema", None), "__type": Price(1, "__Type", None)}

    def find(self, type_name: str | None, field_name: str) -> Price | None:
        """Return a field's price; None for what the schema does not have."""
        return None if type_name is None else self._prices.get(type_name, {}).get(field_name)

    def _price(self, parent: GraphQLObjectType | GraphQLInterfaceType, name: str, field: GraphQLField) -> Price:
        declared = str(cast("Any", field).type)  # as the SDL writes it
        key, of = (parent.name, name), self._schema.type_map[declared.strip("[]!")]
        own = OWN.get(key, 0)
        if is_leaf_type(of):
            return Price(own, None, None)
        if parent is self._schema.mutation_type:
            own = MUTATION
        if declared.startswith("["):
            if parent.name.endswith("Connection") and name in {"nodes", "edges"}:
                return Price(own, of.name, None, is_page=True)
            size = len(self._schema.type_map) if key == ("__Schema", "types") else SIZES.get(key, SIZE)
            return Price(own, of.name, size, sized_by=SIZED_BY.get(key))
        argument = field.args.get("first")
        if argument is None:
            return Price(own, of.name, None)
        default = SIZE if argument.default_value is Undefined else argument.default_value
        return Price(own, of.name, None, first=UNASKED.get(key, default))


@lru_cache(maxsize=8)
def prices_of(schema: GraphQLSchema) -> Prices:
    """Return a schema's prices, made at its first operation."""
    return Prices(schema)
