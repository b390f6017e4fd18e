"""Run one operation for a connection that stays open: a subscription's events, or the one answer of anything else."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import orjson
from strawberry.http import process_result
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from server.config import Settings
from server.context import Context, Deadline
from server.domain.errors import QueryTooComplex
from server.domain.measures import ERRORS, Measures
from server.http.requests import GraphQLRequest
from server.schema.extensions.limits import told_of_deeds
from server.schema.masking import Schema, note_fault

EVERYTHING: Final = frozenset(OperationType)


class Connection(Protocol):
    """Whoever asks: knows how to begin an operation, and what it has done."""

    def begin(self) -> Context:
        """Make a fresh context."""
        ...

    @property
    def deeds_done(self) -> int:
        """How many mutations have been committed."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer; where nothing was executed for it, or what was followed has ended, it is the last and holds errors alone."""

    content: dict[str, Any]
    executed: bool
    body: bytes
    """The content as JSON, as every transport sends it."""

    @property
    def errors(self) -> list[dict[str, Any]]:
        """What went wrong."""
        return cast("list[dict[str, Any]]", self.content.get("errors", []))


Tell = Callable[[Outcome], Awaitable[None]]
"""Sends an outcome; the next one is worked out only when this one is on its way, so that a slow reader holds up itself."""


async def run_operation(
    schema: Schema, request: GraphQLRequest, connection: Connection, tell: Tell, *, settings: Settings, allowed: Iterable[OperationType]
) -> None:
    """Tell all outcomes in order. The operation has its time, again for each event; waiting and telling do not count."""
    deadline = Deadline(settings.request_timeout_seconds)
    try:
        async with deadline.running():
            results = await schema.stream(
                request.query,
                variable_values=request.variables,
                context_value=connection,
                operation_name=request.operation_name,
                allowed_operation_types=allowed,
                operation_extensions=request.extensions,
            )
            async with aclosing(results):
                async for result in results:
                    await deadline.without(tell(outcome_of(result, connection, settings)))
    except TimeoutError:
        if not deadline.has_passed:
            raise
        await tell(refused(overtime(deadline.seconds, connection.deeds_done), QueryTooComplex.code))


def outcome_of(result: Any, connection: Connection, settings: Settings) -> Outcome:  # noqa: ANN401  Strawberry's results have no common type
    """Read a result of Strawberry's, and write it; one that is too large, which no field could know, is an error in its place."""
    content: dict[str, Any] = {**process_result(result)}
    executed = not isinstance(result, PreExecutionError) and (result.data is not None or any(e.path for e in result.errors or ()))
    if not executed:
        content.pop("data", None)
    body = orjson.dumps(content)
    if len(body) <= settings.max_response_bytes:
        return Outcome(content, executed, body)
    message = f"The answer has {len(body):,} bytes, at most {settings.max_response_bytes:,} are sent: ask for less at a time."
    message += told_of_deeds(connection.deeds_done)
    content = {"data": None, "errors": [{"message": message, "extensions": {"code": QueryTooComplex.code}}]}
    return Outcome(content, executed=True, body=orjson.dumps(content))


def refused(message: str, code: str = "BAD_USER_INPUT", **more: object) -> Outcome:
    """Make the outcome of something that is not done."""
    content = {"errors": [{"message": message, "extensions": {"code": code, **more}}]}
    return Outcome(content, executed=False, body=orjson.dumps(content))


def count_errors(measures: Measures, outcome: Outcome) -> None:
    """Count what an answer says at its top, by code."""
    for error in outcome.errors:
        measures.add(ERRORS, error["extensions"]["code"])


def overtime(seconds: float, deeds_done: int) -> str:
    """Say that an operation was stopped, and what is to be known about it."""
    what = told_of_deeds(deeds_done) or " nothing was done: ask for less at a time."
    return f"The operation took longer than {seconds:g} s and was stopped;{what}"


def fault(error: Exception) -> Outcome:
    """Log what nobody foresaw, and make what is told of it: an id."""
    told = note_fault(error)
    return refused(told.message, **told.extensions)
