"""Each operation gets a context of its own, on every transport."""

from collections.abc import AsyncIterator
from typing import Protocol, cast

from strawberry.extensions import SchemaExtension
from typing_extensions import override

from server.context import Context


class Connection(Protocol):
    """An HTTP request: knows how to begin an operation."""

    def begin(self) -> Context:
        """Make a fresh context."""
        ...


class OperationContext(SchemaExtension):
    """Swaps the connection for a context before parsing; must be the first extension."""

    @override
    async def on_operation(self) -> AsyncIterator[None]:
        """Begin, read the rights, run."""
        context = cast("Connection", self.execution_context.context).begin()
        await context.renew()
        self.execution_context.context = context
        yield
