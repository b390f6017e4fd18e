"""Each operation gets a context of its own, on every transport."""

from collections.abc import AsyncIterator, Iterator
from typing import Protocol, cast

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import SchemaExtension
from typing_extensions import override

from server.context import Context
from server.schema.extensions.measuring import measured


class Connection(Protocol):
    """An HTTP request: knows how to begin an operation."""

    def begin(self) -> Context:
        """Make a fresh context."""
        ...


class OperationContext(SchemaExtension):
    """Swaps the connection for a context before parsing; must be the first extension."""

    @override
    async def on_operation(self) -> AsyncIterator[None]:
        """Begin, read the rights, run and measure that."""
        context = cast("Connection", self.execution_context.context).begin()
        await context.renew()
        self.execution_context.context = context
        with measured(self.execution_context, context):
            yield

    @override
    def on_execute(self) -> Iterator[None]:
        """Refuse to guess: of several operations, Strawberry would take the first."""
        execution = self.execution_context
        definitions = execution.graphql_document.definitions if execution.graphql_document else ()
        operations = [entry for entry in definitions if isinstance(entry, OperationDefinitionNode)]
        named = execution._provided_operation_name  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  the public one names the first
        if named is None and len(operations) > 1:
            msg = "The text has several operations: say which one by `operationName`."
            raise GraphQLError(msg)
        yield
