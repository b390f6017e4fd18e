"""How long operations take, by names that no client chooses: series of metrics live as long as the process.

| documents | an operation is called |
|---|---|
| any may run | like its root field, which the schema has; `several` where there are more; `other` where the schema has none of that name |
| trusted ones alone | as its document says |
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Final

from graphql import FieldNode, GraphQLError, GraphQLSchema, OperationDefinitionNode
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionContext

from server.context import Context, Told
from server.domain.errors import DomainError
from server.domain.measures import OPERATION_SECONDS, SUBSCRIPTIONS
from server.domain.traces import Span, SpanKind

_META: Final = frozenset({"__schema", "__type", "__typename"})
_FAULT: Final = "INTERNAL"
_REFUSALS: Final = (GraphQLError, DomainError, MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)


@contextmanager
def measured(execution: ExecutionContext, context: Context) -> Generator[None]:
    """Measure one operation, and leave in its context what logs tell of it."""
    began, outcome, code = perf_counter(), "cut", None
    with context.parts.traces.span("operation", SpanKind.ASKED) as span:
        try:
            yield
            outcome, code = _outcome_of(execution), _code_of(execution)
        except Exception as error:
            outcome = "refused" if isinstance(error, _REFUSALS) else "fault"
            code = error.code if isinstance(error, DomainError) else None
            raise
        finally:
            told = context.told = _told_of(execution, outcome, is_trusted=context.parts.settings.trusted_documents is not None)
            _tell(span, told, code)
            if told.kind == "subscription":
                context.parts.measures.add(SUBSCRIPTIONS, told.label, outcome)
            else:
                context.parts.measures.observe(OPERATION_SECONDS, perf_counter() - began, told.label, told.kind, outcome)


def _tell(span: Span, told: Told, code: str | None) -> None:
    said = {"graphql.operation.type": told.kind, "nbinsight.operation": told.label, "nbinsight.outcome": told.outcome}
    if code is not None:
        said["nbinsight.code"] = code
    span.tell(f"{told.kind} {told.label}", said, is_fault=told.outcome == "fault")


def _code_of(execution: ExecutionContext) -> str | None:
    """Return the code of the first error."""
    code: str | None = next((error.extensions.get("code") for error in _errors_of(execution) if error.extensions), None)
    return code


def _errors_of(execution: ExecutionContext) -> Sequence[GraphQLError]:
    result: Any = execution.result
    return (result.errors if result is not None else execution.pre_execution_errors) or ()


def _outcome_of(execution: ExecutionContext) -> str:
    result: Any = execution.result
    errors = _errors_of(execution)
    if any((error.extensions or {}).get("code") == _FAULT for error in errors):
        return "fault"
    if result is None or (result.data is None and not any(error.path for error in errors)):
        return "refused"
    return "errors" if errors else "ok"


def _told_of(execution: ExecutionContext, outcome: str, *, is_trusted: bool) -> Told:
    operation = _operation_of(execution)
    if operation is None:
        return Told(None, "unknown", "other", outcome)
    name = None if operation.name is None else operation.name.value
    kind = operation.operation.value
    if is_trusted and name is not None:
        return Told(name, kind, name, outcome)
    schema = execution.schema._schema  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  what its own caches use
    return Told(name, kind, _label_of(operation, schema), outcome)


def _operation_of(execution: ExecutionContext) -> OperationDefinitionNode | None:
    document, name = execution.graphql_document, execution._provided_operation_name  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  the public one raises
    operations = [entry for entry in (document.definitions if document else ()) if isinstance(entry, OperationDefinitionNode)]
    named = [entry for entry in operations if name is None or (entry.name is not None and entry.name.value == name)]
    return named[0] if len(named) == 1 else None


def _label_of(operation: OperationDefinitionNode, schema: GraphQLSchema) -> str:
    fields = {entry.name.value if isinstance(entry, FieldNode) else None for entry in operation.selection_set.selections}
    field, root = fields.pop(), schema.get_root_type(operation.operation)
    if fields or field is None:  # a fragment may hold several
        return "several"
    if field in _META:
        return "introspection"
    return field if root is not None and field in root.fields else "other"
