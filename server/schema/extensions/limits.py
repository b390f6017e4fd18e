"""Holds each operation to its limits, on every transport: before it is validated, and while it runs.

| when | what |
|---|---|
| parsing | tokens |
| parsed, before any rule of validation | depth, aliases, directives, root fields, cost; then the caller's rate |
| executing | room for an answer, a place of the caller's; entries of lists, renderings and bytes are counted by the context's budget |

A refusal is left as the outcome of validation, and as its only rule: so a cache of validations, before or behind this extension,
comes to the same. Nothing is raised from a hook that a stream would not survive.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, cast

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    TokenKind,
    ValidationContext,
    get_introspection_query,
    parse,
)
from strawberry.extensions import SchemaExtension
from typing_extensions import override

from server.config import Settings
from server.context import DEADLINE, Context, without_deadline
from server.domain.errors import DomainError, QueryTooComplex, RateLimited
from server.schema.extensions.cost import MAX_NESTING, Figures, Measuring, NestedTooDeeply
from server.schema.extensions.prices import Prices, prices_of

REFUSED_COST: Final = 100
"""What a document is charged that is refused: looking at it was work."""

SCHEMA_OBJECTS: Final = 25
"""So many objects of the schema, which lies in memory, cost as much as one of the database, by
their CPU. The question that tools ask is 62,510 of them and took 118 ms, so that it costs 2,500."""

MOST_DIGITS: Final = 400
"""Of a number in a document: a Float has 309 at most."""

_WAIT_SECONDS: Final = 3.0
_COST: Final = "cost"
_SCHEMA_COST: Final = "cost below `__schema` and `__type`"
_NUMBERS: Final = (TokenKind.INT, TokenKind.FLOAT)
_BEYOND_COUNTING: Final = 10**9
_ALL_OF_IT: Final = ("specified_by_url", "directive_is_repeatable", "schema_description", "input_value_deprecation", "one_of")
_HINTS: Final = {
    _COST: "ask for shorter pages, or for less of each entry",
    "depth": "ask for what lies deeper in an operation of its own",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: what it is called, which figure it holds down."""

    word: str
    figure: str
    setting: str
    operations_only: bool = False


LIMITS: Final = (
    Limit("depth", "depth", "max_query_depth", operations_only=True),
    Limit("depth below `__schema` and `__type`", "schema_depth", "max_introspection_depth", operations_only=True),
    Limit("aliases", "aliases", "max_query_aliases"),
    Limit("directives", "directives", "max_query_directives"),
    Limit("root fields", "width", "max_root_fields", operations_only=True),
)
"""What holds for each operation of a document, and some for fragments that lie around unused: validation walks through those too."""


class OperationLimits(SchemaExtension):
    """Stands behind the extension that begins the context."""

    _has_run = False

    @property
    def _context(self) -> Context:
        return cast("Context", self.execution_context.context)

    @override
    def on_operation(self) -> Iterator[None]:
        """Limit the tokens; count a document that nothing was executed of, unless an error ends it: that is for whoever it is raised to."""
        context = self._context
        self.execution_context.parse_options["max_tokens"] = context.parts.settings.max_query_tokens
        yield
        if not self._has_run:
            context.parts.rates.refused(context.caller_key)

    @override
    async def on_parse(self) -> AsyncIterator[None]:
        """Measure what was parsed, charge the caller, and leave a refusal to whoever validates."""
        yield
        document = self.execution_context.graphql_document
        if document is None:
            return
        refusal = await self._refusal(document)
        if refusal is not None:
            error = GraphQLError(refusal.message, original_error=refusal)
            self.execution_context.pre_execution_errors = [error]
            self.execution_context.validation_rules = (cast("type[ASTValidationRule]", partial(_Refused, error)),)

    @override
    async def on_execute(self) -> AsyncIterator[None]:
        """Run in one of the caller's places; an operation that had to end has one error and nothing else."""
        context, self._has_run = self._context, True
        async with _place(context):
            if context.begun is not None:
                context.begun()
            yield
        result: Any = self.execution_context.result
        if context.budget.exceeded is not None and result is not None:
            first = next((error for error in result.errors or () if error.original_error is context.budget.exceeded), None)
            result.data, result.errors = None, [_ending(context, first)]

    async def _refusal(self, document: DocumentNode) -> DomainError | None:
        context = self._context
        refusal: DomainError | None = None
        try:
            cost = self._cost(document, context.parts.settings)
        except QueryTooComplex as error:
            refusal, cost = error, REFUSED_COST
        context.cost = max(1, cost)
        try:
            await context.parts.rates.charge(context.caller_key, context.cost)
        except RateLimited as error:
            return error
        return refusal

    def _cost(self, document: DocumentNode, settings: Settings) -> int:
        """Return what the operation costs; raises QueryTooComplex."""
        execution = self.execution_context
        _hold_numbers(document)
        schema = execution.schema._schema  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  what its own caches use
        chosen = _chosen(document, execution.operation_name)
        prices = prices_of(schema)
        try:
            measured = Measuring(prices, document, chosen, execution.variables or {}).all()
        except NestedTooDeeply:
            msg = f"Braces and fragments of this document lie more than {MAX_NESTING} deep in each other: write it flatter."
            raise QueryTooComplex(msg) from None
        for definition, figures in measured:
            _hold(figures, settings, is_fragment=isinstance(definition, FragmentDefinitionNode))
        own = next((figures for definition, figures in measured if definition is chosen), None)
        if own is None:  # there is no operation of that name, which whoever chooses it says
            return REFUSED_COST
        for word, cost, most in ((_COST, own.cost, settings.max_query_cost), (_SCHEMA_COST, own.schema_cost, _introspection_cost(prices))):
            if cost > most:
                raise _too_much(word, cost, most)
        return own.cost + own.schema_cost // SCHEMA_OBJECTS


@asynccontextmanager
async def _place(context: Context) -> AsyncGenerator[None]:
    """Take a place for an operation whose answer has room to wait in; raises RateLimited."""
    while True:
        await _room(context)
        async with context.parts.rates.turn(context.caller_key):
            if context.line is not None and context.line.is_full:
                continue  # another answer took the room meanwhile
            yield
            return


async def _room(context: Context) -> None:
    """Wait, without end where a connection goes on anyway and a little where a request waits for its answer."""
    if context.line is None or not context.line.is_full:
        return
    if DEADLINE.get() is not None:
        await without_deadline(context.line.room())
        return
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            await context.line.room()
    except TimeoutError:
        raise RateLimited(1, "Too many answers were not taken yet, yours or all together: read them first.") from None


class _Refused(ASTValidationRule):
    """The rule of a refused document: reports what was found out already."""

    def __init__(self, error: GraphQLError, context: ValidationContext) -> None:
        super().__init__(context)
        context.report_error(error)


def _hold_numbers(document: DocumentNode) -> None:
    """Python refuses to read a number of some thousand digits, which graphql-core does not expect."""
    token = document.loc.start_token if document.loc is not None else None
    if document.loc is None or document.loc.end <= MOST_DIGITS:
        return
    while token is not None:
        digits = len(token.value or "") if token.kind in _NUMBERS else 0
        if digits > MOST_DIGITS:
            msg = f"A number of this document has {digits:,} digits, at most {MOST_DIGITS:,}."
            raise QueryTooComplex(msg)
        token = token.next


def _hold(figures: Figures, settings: Settings, *, is_fragment: bool) -> None:
    for limit in LIMITS:
        figure, most = getattr(figures, limit.figure), getattr(settings, limit.setting)
        if figure > most and not (is_fragment and limit.operations_only):
            raise _too_much(limit.word, figure, most)


def _too_much(word: str, figure: int, most: int) -> QueryTooComplex:
    shown = f"{figure:,}" if figure <= _BEYOND_COUNTING else f"over {_BEYOND_COUNTING:,}"
    return QueryTooComplex(f"The {word} of this operation: {shown}, at most {most:,}; {_HINTS.get(word, 'ask for less at a time')}.")


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [entry for entry in document.definitions if isinstance(entry, OperationDefinitionNode)]
    return next((entry for entry in operations if name is None or (entry.name is not None and entry.name.value == name)), None)


def _introspection_cost(prices: Prices) -> int:
    """Return twice what the question costs that tools ask to know the whole schema."""
    if prices.introspection is None:
        whole = parse(get_introspection_query(**dict.fromkeys(_ALL_OF_IT, True)))
        [(_, figures)] = [entry for entry in Measuring(prices, whole, None, {}).all() if isinstance(entry[0], OperationDefinitionNode)]
        prices.introspection = 2 * figures.schema_cost
    return prices.introspection


def _ending(context: Context, found: GraphQLError | None) -> GraphQLError:
    """Say why nothing is answered, and what was done all the same."""
    exceeded = context.budget.exceeded
    assert exceeded is not None  # noqa: S101  only then there is an ending
    message = exceeded.message + told_of_deeds(context.deeds_done)
    return GraphQLError(message, path=None if found is None else found.path, extensions=exceeded.extensions)


def told_of_deeds(count: int) -> str:
    """Say, behind why an operation ended, that some of its mutations stand; nothing where none was done."""
    return f" {count} of its mutations had been done: look before you repeat." if count else ""
