"""Texts are parsed once: clients send the same few over and over."""

from collections.abc import Iterator
from contextlib import suppress

from graphql import GraphQLError
from strawberry.extensions import ParserCache
from typing_extensions import override


class Parsed(ParserCache):
    """Strawberry's cache; what cannot be parsed is left to Strawberry, which on a stream would take our error for a fault."""

    @override
    def on_parse(self) -> Iterator[None]:
        """Take the document from the cache, or put it there."""
        execution = self.execution_context
        with suppress(GraphQLError):
            execution.graphql_document = self.cached_parse_document(execution.query, **execution.parse_options)
        yield
