"""Executes the usual fields of the usual objects by a shorter way; whatever is unusual is graphql-core's.

graphql-core and Strawberry spend most of an answer's time on each field anew: a path, an info, arguments, three or four coroutines around
one that waits. What a selection takes on a type is planned here once an operation. An object that is exactly of its type's class has its
leaves completed in a loop and its other functions called directly. Anything else — another type, a number out of range, an exception in
a leaf, a guard — is executed by graphql-core from the start, so errors and their places are its own.

Rests on names of graphql-core 3.3 and Strawberry 0.341 that are not promised: `NBINSIGHT_FAST_EXECUTION=0` leaves this class out, and
tests/integration/queries/test_fast_execution.py holds both ways to the same answers over every type of the schema.
"""
# graphql-core leaves its classes' arguments open:
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeArgument=false

from collections.abc import Awaitable
from functools import cached_property
from typing import Any, Final, NamedTuple, cast

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    Undefined,
    get_argument_values,
    is_abstract_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path, gather_with_cancel
from strawberry import Info
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from typing_extensions import override

from server.schema.extensions.fast_fields import Branch, Leaf, shortcut_of

UNUSUAL: Final = object()
"""What stands for a value that is graphql-core's to complete."""

GroupedFields = dict[str, list[FieldDetails]]


class Call(NamedTuple):
    """A branch with what one selection says of it."""

    branch: Branch
    definition: GraphQLField
    arguments: dict[str, Any]


class Plan(NamedTuple):
    """What one selection on one type takes, on objects that are exactly of a class; `selected` keeps alive what the plan is known by."""

    origin: type | None
    empty: dict[str, Any]
    leaves: tuple[tuple[str, Leaf, list[FieldDetails]], ...]
    rest: tuple[tuple[str, list[FieldDetails], Call | None], ...]
    selected: GroupedFields


class FastExecutor(StrawberryGraphQLCoreExecutionContext):
    """Stock semantics, a shorter way for the commonest fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  whatever graphql-core hands over
        """Know no plan yet; plans hold for one operation's variables."""
        super().__init__(*args, **kwargs)
        self._plans: dict[tuple[GraphQLObjectType, int], Plan] = {}
        self._plans_below: dict[tuple[GraphQLObjectType, int], Plan] = {}
        self._types: dict[tuple[GraphQLAbstractType, type], GraphQLObjectType | None] = {}

    @override
    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFields,
        position_context: Any,
    ) -> Any:
        """Take the shorter way where there is one."""
        plan = self._plan_of(parent_type, grouped_field_set)
        if position_context is None and type(source_value) is plan.origin:
            return self._execute(plan, parent_type, source_value, path)
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)

    @override
    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: list[FieldDetails],
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete an object of the usual class here."""
        completed = UNUSUAL if position_context is not None else self._object(return_type, field_details_list, path, result)
        if completed is not UNUSUAL:
            return completed
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    def _object(self, return_type: GraphQLOutputType, details: list[FieldDetails], path: Path, value: object) -> Any:  # noqa: ANN401
        """Complete an object that is exactly of its type's class, for which `is_type_of` is known to be true; `UNUSUAL` for others."""
        named: Any = return_type.of_type if isinstance(return_type, GraphQLNonNull) else return_type
        if is_abstract_type(named):
            named = self._type_of(named, type(value))
        if not isinstance(named, GraphQLObjectType):
            return UNUSUAL
        key = (named, id(details))
        plan = self._plans_below.get(key)
        if plan is None:
            selected, deferred, _ = self.collect_subfields(named, details)  # which keeps `details` alive
            plan = self._plans_below[key] = self._plan_of(named, selected) if not deferred else _nothing(selected)
        return self._execute(plan, named, value, path) if type(value) is plan.origin else UNUSUAL

    def _type_of(self, abstract: GraphQLAbstractType, class_: type) -> GraphQLObjectType | None:
        """Return the only object type of an interface or a union that a class stands for."""
        key = (abstract, class_)
        if key not in self._types:
            found = [type_ for type_ in self.schema.get_possible_types(abstract) if _origin_of(type_) is class_]
            self._types[key] = found[0] if len(found) == 1 else None
        return self._types[key]

    def _plan_of(self, parent_type: GraphQLObjectType, selected: GroupedFields) -> Plan:
        key = (parent_type, id(selected))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._make_plan(parent_type, selected)
        return plan

    def _make_plan(self, parent_type: GraphQLObjectType, selected: GroupedFields) -> Plan:
        origin, middleware = _origin_of(parent_type), self.middleware_manager
        if origin is None or self.abort_signal is not None or (middleware and middleware.middlewares):
            return _nothing(selected)
        empty: dict[str, Any] = {}
        leaves: list[tuple[str, Leaf, list[FieldDetails]]] = []
        rest: list[tuple[str, list[FieldDetails], Call | None]] = []
        for response_name, details in selected.items():
            name = details[0].node.name.value
            field = parent_type.fields.get(name)
            empty[response_name] = parent_type.name if name == "__typename" else None
            if name == "__typename":
                continue
            shortcut = None if field is None else shortcut_of(field)
            if isinstance(shortcut, Leaf):
                leaves.append((response_name, shortcut, details))
            else:
                call = None if shortcut is None or field is None else self._call(shortcut, field, details[0])
                rest.append((response_name, details, call))
        return Plan(origin, empty, tuple(leaves), tuple(rest), selected)

    def _call(self, branch: Branch, field: GraphQLField, details: FieldDetails) -> Call | None:
        """Read the arguments once for all objects; graphql-core tells what is wrong with them."""
        try:
            given = get_argument_values(field, details.node, self.variable_values, details.fragment_variable_values, self.hide_suggestions)
        except Exception:  # noqa: BLE001  graphql-core meets the same error and words it
            return None
        return Call(branch, field, {branch.arguments[name]: value for name, value in given.items()})

    def _execute(self, plan: Plan, type_: GraphQLObjectType, source: object, path: Path | None) -> Any:  # noqa: ANN401  or what awaits it
        """Complete the leaves, then ask for the rest, as graphql-core does: side by side."""
        done = self._complete(plan, type_, source, path)
        if done is None:
            return super().execute_fields(type_, source, path, plan.selected, None)
        waiting: list[str] = []
        try:
            for response_name, details, call in plan.rest:
                place = Path(path, response_name, type_.name)
                if call is None:
                    value = self.execute_field(type_, source, details, place, None)
                else:
                    value = self._ask(call, type_, source, details, place)
                if value is Undefined:
                    del done[response_name]
                    continue
                done[response_name] = value
                if self.is_awaitable(value):
                    waiting.append(response_name)
        except Exception:
            if waiting:
                self.settle_in_background([done[response_name] for response_name in waiting])
            raise
        return _filled(done, waiting) if waiting else done

    def _complete(self, plan: Plan, parent_type: GraphQLObjectType, source: object, path: Path | None) -> dict[str, Any] | None:
        """Complete all leaves, or say None: then graphql-core does, from the start."""
        done = plan.empty.copy()
        try:
            for response_name, (attribute, compute, field, exact, nullable, write), details in plan.leaves:
                if compute is None:
                    value = getattr(source, attribute)
                else:
                    place = Path(path, response_name, parent_type.name)
                    value = compute(source, info=self._info(field, parent_type, details, place))
                if type(value) is exact:
                    done[response_name] = value if write is None else write(value)
                elif value is not None or not nullable:
                    return None
        except Exception:  # noqa: BLE001  graphql-core meets the same error and words it
            return None
        return done

    def _ask(self, call: Call, parent_type: GraphQLObjectType, source: object, details: list[FieldDetails], path: Path) -> Any:  # noqa: ANN401
        """Do what `execute_field` does, with the function itself instead of what Strawberry wraps around it."""
        branch, return_type = call.branch, call.definition.type
        try:
            info = self._info(branch.field, parent_type, details, path)
            function = branch.function
            value = getattr(source, branch.attribute) if function is None else function(source, info=info, **call.arguments)
            if self.is_awaitable(value):
                return self._answer(value, return_type, details, info, path)
            completed = self._completed(return_type, details, info, path, value)
        except Exception as error:  # noqa: BLE001  as graphql-core does
            self.handle_field_error(error, return_type, details, path)
            return None
        return self._guarded(completed, return_type, details, path) if self.is_awaitable(completed) else completed

    async def _answer(
        self,
        waiting: Awaitable[Any],
        return_type: GraphQLOutputType,
        details: list[FieldDetails],
        info: "LateInfo",
        path: Path,
    ) -> Any:  # noqa: ANN401
        try:
            completed = self._completed(return_type, details, info, path, await waiting)
            return await completed if self.is_awaitable(completed) else completed
        except Exception as error:  # noqa: BLE001  as graphql-core does
            self.handle_field_error(error, return_type, details, path)
            return None

    async def _guarded(self, completed: Awaitable[Any], return_type: GraphQLOutputType, details: list[FieldDetails], path: Path) -> Any:  # noqa: ANN401
        try:
            return await completed
        except Exception as error:  # noqa: BLE001  as graphql-core does
            self.handle_field_error(error, return_type, details, path)
            return None

    def _completed(
        self,
        return_type: GraphQLOutputType,
        details: list[FieldDetails],
        info: "LateInfo",
        path: Path,
        value: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        completed = self._object(return_type, details, path, value)
        return super().complete_value(return_type, details, info.raw, path, value, None) if completed is UNUSUAL else completed

    def _info(self, field: StrawberryField, parent_type: GraphQLObjectType, details: list[FieldDetails], path: Path) -> "LateInfo":
        return LateInfo(self, field, parent_type, details, path)


class LateInfo(Info[Any, Any]):
    """What resolvers are told; most ask for the context alone, so the rest is gathered when it is asked for."""

    def __init__(
        self, executor: FastExecutor, field: StrawberryField, parent_type: GraphQLObjectType, details: list[FieldDetails], path: Path
    ) -> None:
        """Gather nothing yet."""
        self._executor, self._field, self._asked = executor, field, (parent_type, details, path)

    @property
    @override
    def context(self) -> Any:
        """The operation's."""
        return self._executor.context_value

    @property
    def raw(self) -> GraphQLResolveInfo[Any]:
        """Return what graphql-core tells resolvers."""
        return self._raw_info

    @cached_property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleVariableOverride]
        parent_type, details, path = self._asked
        nodes = [entry.node for entry in details]
        return self._executor.build_resolve_info(parent_type.fields[nodes[0].name.value], nodes, parent_type, path)


def _nothing(selected: GroupedFields) -> Plan:
    return Plan(None, {}, (), (), selected)


def _origin_of(type_: GraphQLObjectType) -> type | None:
    """Return the class whose instances are objects of a type, unless the type says so by a function of its own."""
    definition = cast("StrawberryObjectDefinition | None", type_.extensions.get("strawberry-definition"))
    return None if definition is None or definition.is_type_of is not None else definition.origin


async def _filled(done: dict[str, Any], waiting: list[str]) -> dict[str, Any]:
    """Wait for the fields that wait, side by side."""
    if len(waiting) == 1:
        done[waiting[0]] = await done[waiting[0]]
    else:
        done.update(zip(waiting, await gather_with_cancel(*(done[name] for name in waiting)), strict=True))
    return done
