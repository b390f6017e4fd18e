"""Which faults a mutation may answer in `payload.errors`: read from what its function calls, and what that calls.

A function is followed wherever its name stands, called or passed on, within the rooms where faults are raised. So what is found is never
too little, and may be a fault that the mutation's own checks keep from happening.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from strawberry.utils.str_converters import to_camel_case

from server.domain.errors import IdempotencyKeyReused, RevisionConflict, UserFault, VersionConflict
from server.schema.errors import MEMBERS
from server.schema.guarded import Deed
from server.schema.root import MUTATIONS

_FOLLOWED: Final = ("server.schema.mutations.", "server.resolvers.", "server.domain.names")
"""Elsewhere nothing raises a fault of the user's, but for the renderer's, which `save_notebook` raises anew."""

_ASKED_FOR: Final = {
    VersionConflict: "expected_version",
    RevisionConflict: "expected_revision",
    IdempotencyKeyReused: "idempotency_key",
}
"""Faults that only a caller meets who sends a field of that name, or one that ends so."""

Function = Callable[..., Any]


def faults_of_mutations() -> dict[str, list[str]]:
    """Return the members of `payload.errors` that each mutation may answer, in the order of their definition, by the field's name."""
    return {name: [member.__name__ for fault, member in MEMBERS.items() if fault in found] for name, found in _found()}


def places_reached() -> set[tuple[str, int]]:
    """Return module and line of each function that some mutation comes through."""
    functions = {function for field in MUTATIONS for function in _reached(_beginnings(field))}
    return {(function.__module__, inspect.unwrap(function).__code__.co_firstlineno) for function in functions}


def _found() -> Iterator[tuple[str, set[type[UserFault]]]]:
    for field in MUTATIONS:
        given = inspect.signature(field.base_resolver.wrapped_func).parameters["input"].annotation.__annotations__
        found = {fault for function in _reached(_beginnings(field)) for fault in _raised(function)}
        yield (
            to_camel_case(field.python_name),
            {fault for fault in found if any(name.endswith(_ASKED_FOR.get(fault, "")) for name in given)},
        )


def _beginnings(field: Any) -> list[Function]:  # noqa: ANN401  Strawberry's field
    prepared = [extension.prepare for extension in field.extensions if isinstance(extension, Deed) and extension.prepare]
    return [field.base_resolver.wrapped_func, *prepared]


def _reached(functions: list[Function]) -> set[Function]:
    reached: set[Function] = set()
    waiting = list(functions)
    while waiting:
        function = waiting.pop()
        if function not in reached:
            reached.add(function)
            waiting += [thing for thing in _named(function) if inspect.isfunction(thing) and thing.__module__.startswith(_FOLLOWED)]
    return reached


def _raised(function: Function) -> set[type[UserFault]]:
    return {thing for thing in _named(function) if isinstance(thing, type) and issubclass(thing, UserFault) and thing in MEMBERS}


@cache
def _named(function: Function) -> list[Any]:
    """Return all that the names in a function's body stand for, as far as its module knows; faults that it only catches are none."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    caught = {id(part) for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type for part in ast.walk(node.type)}
    names = inspect.unwrap(function).__globals__
    return [_meant(node, names) for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute) and id(node) not in caught]


def _meant(node: ast.expr, names: dict[str, Any]) -> Any:  # noqa: ANN401  whatever a module may hold
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_meant(node.value, names), node.attr, None)
    return None
