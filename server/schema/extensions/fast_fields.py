"""How a field of the schema can be had without graphql-core's and Strawberry's machinery around it, looked at once a field.

| sort | what it is | who completes it |
|---|---|---|
| leaf | an attribute, or a plain function of the object and the operation; a scalar or an enum | a table look-up |
| branch | the same with objects below, or a function that waits | whoever executes, through graphql-core's rules |
| neither | a guard, an extension, an argument that is more than a word or a number | graphql-core |
"""
# graphql-core leaves its classes' arguments open:
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportUnknownVariableType=false, reportMissingTypeArgument=false

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from inspect import isfunction
from typing import Any, Final, NamedTuple, cast

from graphql import GraphQLEnumType, GraphQLField, GraphQLNonNull, GraphQLScalarType, is_leaf_type
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryMaybe
from strawberry.types.field import StrawberryField

_MIN_INT, _MAX_INT = -(2**31), 2**31 - 1
_SCALARS: Final[dict[str, type]] = {"String": str, "ID": str, "Boolean": bool, "Int": int, "DateTime": datetime}
_KNOWN: Final = "nbinsight-shortcut"
"""Where a field of the schema remembers its shortcut, once it was looked for."""


class Leaf(NamedTuple):
    """How to complete a field that is one attribute, or one plain function of the object and the operation.

    A value that is exactly of its class is written as `write` says, or stands as it is.
    """

    attribute: str
    compute: Callable[..., Any] | None
    field: StrawberryField
    exact: type[Any]
    nullable: bool
    write: Callable[[Any], Any] | None


class Branch(NamedTuple):
    """How to ask for a field that has objects below it, or that waits; `arguments` maps the schema's names to Python's."""

    attribute: str
    function: Callable[..., Any] | None
    field: StrawberryField
    arguments: dict[str, str]


def shortcut_of(field: GraphQLField) -> Leaf | Branch | None:
    """Return how to have a field of the schema; None if that is for graphql-core."""
    known = field.extensions
    if _KNOWN not in known:
        known[_KNOWN] = _find(field)
    return cast("Leaf | Branch | None", known[_KNOWN])


def _find(field: GraphQLField) -> Leaf | Branch | None:
    definition = field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField):
        return None
    function = None if definition.is_basic_field else _plain_function(definition)
    arguments = _arguments_of(field)
    if arguments is None or (function is None and not definition.is_basic_field):
        return None
    leaf = None if arguments or definition.is_async else _leaf_of(field, definition, function)
    return leaf or Branch(definition.python_name, function, definition, arguments)


def _leaf_of(field: GraphQLField, definition: StrawberryField, compute: Callable[..., Any] | None) -> Leaf | None:
    nullable = not isinstance(field.type, GraphQLNonNull)
    named = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    if not is_leaf_type(named):
        return None
    if isinstance(named, GraphQLEnumType):
        enum = cast("type[Enum] | None", getattr(named, "wrapped_cls", None))
        if enum is None:
            return None
        names = {member: named.coerce_output_value(member) for member in enum}
        return Leaf(definition.python_name, compute, definition, enum, nullable, names.__getitem__)
    exact = _SCALARS.get(named.name)
    if exact is None:
        return None
    write = {int: _whole, datetime: named.coerce_output_value}.get(exact)
    return Leaf(definition.python_name, compute, definition, exact, nullable, write)


def _whole(value: int) -> int:
    """Let pass what the schema's whole numbers can be; graphql-core words what is wrong with others."""
    if not _MIN_INT <= value <= _MAX_INT:
        raise OverflowError
    return value


def _plain_function(definition: StrawberryField) -> Callable[..., Any] | None:
    """Return the function of a field that looks at its object, the operation and its arguments: no guard, no extension."""
    resolver = definition.base_resolver
    if resolver is None or definition.extensions or definition.permission_classes:
        return None
    function = cast("object", resolver.wrapped_func)
    expected = ("self", "info", *(argument.python_name for argument in definition.arguments))
    return function if isfunction(function) and tuple(resolver.signature.parameters) == expected else None


def _arguments_of(field: GraphQLField) -> dict[str, str] | None:
    """Return what arguments are called in Python; None if one may be anything that objects could share, or that Strawberry converts."""
    names: dict[str, str] = {}
    for name, argument in field.args.items():
        definition = argument.extensions.get("strawberry-definition")
        named = argument.type.of_type if isinstance(argument.type, GraphQLNonNull) else argument.type
        is_plain = isinstance(named, GraphQLEnumType) or (isinstance(named, GraphQLScalarType) and named.name in _SCALARS)
        if not is_plain or not isinstance(definition, StrawberryArgument) or isinstance(definition.type, StrawberryMaybe):
            return None
        names[name] = definition.python_name
    return names
