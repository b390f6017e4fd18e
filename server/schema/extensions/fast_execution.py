"""Completes the plain leaves of an object in a loop; whatever is unusual is graphql-core's.

graphql-core spends most of an answer's time on fields that are attributes: a path, an info, a resolver and a completion for each.
A leaf whose value has exactly the type that the schema expects needs none of that. Anything else — another type, a number out of
range, an exception, a guard, an argument — is executed by graphql-core from the start, so errors and their places are its own.

Rests on names of graphql-core 3.3 and Strawberry 0.341 that are not promised: `NBINSIGHT_FAST_EXECUTION=0` leaves this class out, and
tests/contract/test_fast_execution.py holds both ways to the same answers over every type of the schema.
"""
# graphql-core leaves its classes' arguments open:
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportUnknownVariableType=false, reportMissingTypeArgument=false

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from inspect import isfunction
from typing import Any, Final, NamedTuple, cast

from graphql import GraphQLEnumType, GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo, is_leaf_type
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path
from strawberry import Info
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from typing_extensions import override

_MIN_INT, _MAX_INT = -(2**31), 2**31 - 1
_SCALARS: Final[dict[str, type]] = {"String": str, "ID": str, "Boolean": bool, "Int": int, "DateTime": datetime}
_KNOWN: Final = "nbinsight-leaf"
"""Where a field of the schema remembers its leaf, once it was looked for."""
_UNUSUAL: Final = object()

GroupedFields = dict[str, list[FieldDetails]]


class Leaf(NamedTuple):
    """How to complete a field that is one attribute, or one plain function of the object and the operation."""

    attribute: str
    compute: Callable[..., Any] | None
    field: StrawberryField
    exact: type[Any]
    nullable: bool
    write: Callable[[Any], Any] | None

    def checked(self, value: Any) -> Any:  # noqa: ANN401  any leaf
        """Write a value of the expected type; return `_UNUSUAL` for any other."""
        if type(value) is self.exact:
            if self.exact is int and not _MIN_INT <= value <= _MAX_INT:
                return _UNUSUAL
            return value if self.write is None else self.write(value)
        return None if value is None and self.nullable else _UNUSUAL


class Plan(NamedTuple):
    """What one selection on one type takes; `selected` keeps alive what the plan is known by."""

    origin: type | None
    names: tuple[str, ...]
    leaves: tuple[tuple[str, Leaf, list[FieldDetails]], ...]
    constants: dict[str, str]
    rest: GroupedFields
    selected: GroupedFields


class FastExecutor(StrawberryGraphQLCoreExecutionContext):
    """Stock semantics, a shorter way for the commonest fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  whatever graphql-core hands over
        """Know no plan yet; plans hold for one operation's variables."""
        super().__init__(*args, **kwargs)
        self._plans: dict[tuple[GraphQLObjectType, int], Plan] = {}

    @override
    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFields,
        position_context: Any,
    ) -> Any:
        """Complete the leaves here, and the rest there."""
        plan = self._plan_of(parent_type, grouped_field_set)
        done = self._complete(plan, parent_type, source_value, path)
        if done is None:
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        if not plan.rest:
            return done
        rest = super().execute_fields(parent_type, source_value, path, plan.rest, position_context)
        return _joined(plan.names, done, rest) if isinstance(rest, dict) else _joined_later(plan.names, done, rest)

    @override
    def complete_list_item_value(
        self,
        item: Any,
        complete_results: list[Any],
        item_type: GraphQLOutputType,
        field_details_list: list[FieldDetails],
        info: GraphQLResolveInfo[Any],
        item_path: Path,
        position_context: Any,
    ) -> bool:
        """Complete an item that consists of leaves alone; False says that it is not awaitable."""
        named = item_type.of_type if isinstance(item_type, GraphQLNonNull) else item_type
        if isinstance(named, GraphQLObjectType):
            plan = self._plan_of(named, self.collect_subfields(named, field_details_list).grouped_field_set)
            # exactly the type's own class: then `is_type_of` is known to be true
            done = None if plan.rest else self._complete(plan, named, item, item_path)
            if done is not None:
                complete_results.append(done)
                return False
        return super().complete_list_item_value(item, complete_results, item_type, field_details_list, info, item_path, position_context)

    def _plan_of(self, parent_type: GraphQLObjectType, selected: GroupedFields) -> Plan:
        key = (parent_type, id(selected))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._make_plan(parent_type, selected)
        return plan

    def _make_plan(self, parent_type: GraphQLObjectType, selected: GroupedFields) -> Plan:
        definition = cast("StrawberryObjectDefinition | None", parent_type.extensions.get("strawberry-definition"))
        middleware = self.middleware_manager
        if definition is None or definition.is_type_of is not None or (middleware and middleware.middlewares):
            return Plan(None, (), (), {}, selected, selected)
        leaves: list[tuple[str, Leaf, list[FieldDetails]]] = []
        constants: dict[str, str] = {}
        rest: GroupedFields = {}
        for response_name, details in selected.items():
            node = details[0].node
            if node.name.value == "__typename":
                constants[response_name] = parent_type.name
                continue
            field = parent_type.fields.get(node.name.value)
            leaf = None if field is None or node.arguments else _leaf_of(field)
            if leaf is None:
                rest[response_name] = details
            else:
                leaves.append((response_name, leaf, details))
        origin = definition.origin if leaves or constants else None
        return Plan(origin, tuple(selected), tuple(leaves), constants, rest, selected)

    def _complete(self, plan: Plan, parent_type: GraphQLObjectType, source: object, path: Path | None) -> dict[str, Any] | None:
        """Complete all leaves, or say None: then graphql-core does, from the start."""
        if type(source) is not plan.origin:
            return None
        done: dict[str, Any] = dict(plan.constants) if plan.rest else {}
        try:
            for response_name, leaf, details in plan.leaves:
                if leaf.compute is None:
                    value = getattr(source, leaf.attribute)
                else:
                    value = leaf.compute(source, info=self._info(leaf, parent_type, path, details))
                written = leaf.checked(value)
                if written is _UNUSUAL:
                    return None
                done[response_name] = written
        except Exception:  # noqa: BLE001  graphql-core meets the same error and words it
            return None
        return done if plan.rest or not plan.constants else _joined(plan.names, done, plan.constants)

    def _info(self, leaf: Leaf, parent_type: GraphQLObjectType, path: Path | None, details: list[FieldDetails]) -> Info[Any, Any]:
        nodes = [entry.node for entry in details]
        name = nodes[0].name.value
        raw = self.build_resolve_info(parent_type.fields[name], nodes, parent_type, Path(path, name, parent_type.name))
        return Info(_raw_info=raw, _field=leaf.field)


def _joined(names: tuple[str, ...], done: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    """Put answers into the order in which they were selected."""
    return {name: done[name] if name in done else rest[name] for name in names if name in done or name in rest}


async def _joined_later(names: tuple[str, ...], done: dict[str, Any], rest: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    return _joined(names, done, await rest)


def _leaf_of(field: GraphQLField) -> Leaf | None:
    """Return how to complete a field of the schema; None if that is for graphql-core."""
    known = field.extensions
    if _KNOWN not in known:
        known[_KNOWN] = _find_leaf(field)
    return cast("Leaf | None", known[_KNOWN])


def _find_leaf(field: GraphQLField) -> Leaf | None:
    definition = field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField):
        return None
    compute = None if definition.is_basic_field else _plain_function(definition)
    if compute is None and not definition.is_basic_field:
        return None
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
    return Leaf(definition.python_name, compute, definition, exact, nullable, named.coerce_output_value if exact is datetime else None)


def _plain_function(definition: StrawberryField) -> Callable[..., Any] | None:
    """Return the function of a field that only looks at its object and the operation: no guard, no extension, no argument, no waiting."""
    resolver = definition.base_resolver
    if resolver is None or definition.is_async or definition.extensions or definition.permission_classes or definition.arguments:
        return None
    function = cast("object", resolver.wrapped_func)
    return function if isfunction(function) and tuple(resolver.signature.parameters) == ("self", "info") else None
