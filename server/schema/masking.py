"""Our Schema: what is neither GraphQL's nor the domain's error leaves as an id, and is logged once."""

import secrets
from typing import Any, Final, NamedTuple

import strawberry
import structlog
from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionContext
from typing_extensions import override

from server.db.failures import is_away, reason_of
from server.domain.errors import DomainError, QueryTooComplex, Unavailable

log = structlog.get_logger("server.faults")

MOST_FAULTS: Final = 10
"""Mistakes of a document that are told one by one."""

_GIVEN_UP: Final = ("Parsing aborted.", "Validation aborted.")
"""How graphql-core ends the message where a document is beyond what its parser or a rule takes upon itself."""

_FAULT_OF_THE_DOCUMENT: Final = "BAD_USER_INPUT"
"""What syntax, validation and the reading of variables say no to; graphql-core gives such errors no code."""


class Schema(strawberry.Schema):
    """A schema that leaks no fault of ours."""

    @override
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Mask in place: the one hook that every transport passes once."""
        errors[:] = few([mask(error) for error in errors])


def few(errors: list[GraphQLError]) -> list[GraphQLError]:
    """Tell the first of many faults of a document: a longer list helps nobody but whoever wants us to write it.

    What a document is refused for is told alone: a validation that was given up may have found something else besides.
    """
    if len(errors) == 1 or any(error.path is not None for error in errors):
        return errors
    refusal = next((error for error in errors if isinstance(error.original_error, DomainError)), None)
    if refusal is not None:
        return [refusal]
    if len(errors) <= MOST_FAULTS:
        return errors
    message = f"More than {MOST_FAULTS} things are wrong with this document; the first: {errors[0].message}"
    return [_too_complex(message, errors[0])]


def mask(error: GraphQLError) -> GraphQLError:
    """Keep what is GraphQL's or the domain's, and see that it has a code; replace the rest by an id, logged once."""
    if error.path is None and error.message.endswith(_GIVEN_UP):
        return _too_complex(f"This document is beyond what is looked at: {error.message} Ask for less at a time.", error)
    if _is_for_the_caller(error):
        error.extensions = {"code": _FAULT_OF_THE_DOCUMENT, **(error.extensions or {})}
        return error
    told = note_fault(error.original_error or error, path=error.path)
    return GraphQLError(told.message, nodes=error.nodes, path=error.path, extensions=told.extensions)


class Told(NamedTuple):
    """What callers are told of a fault of ours."""

    message: str
    extensions: dict[str, Any]


def note_fault(error: Exception, **place: object) -> Told:
    """Log what nobody foresaw, and where it came from; return what is told of it: an id, and that of the request.

    A database that is away is foreseen, and told as such.
    """
    if is_away(error):
        log.warning("the database is away", **place, error=reason_of(error))
        away = Unavailable()
        return Told(away.message, away.extensions)
    error_id = secrets.token_hex(8)
    log.error("fault", error_id=error_id, **place, exc_info=error)
    message = f"Something went wrong on our side; an administrator finds it in the log as {error_id}."
    request: dict[str, str] = structlog.contextvars.get_contextvars()
    request_id = {"requestId": request["request_id"]} if "request_id" in request else {}
    return Told(message, {"code": "INTERNAL", "errorId": error_id, **request_id})


def _too_complex(message: str, error: GraphQLError) -> GraphQLError:
    return GraphQLError(
        message, nodes=error.nodes, source=error.source, positions=error.positions, extensions=QueryTooComplex(message).extensions
    )


def _is_for_the_caller(error: GraphQLError) -> bool:
    cause = error.original_error
    if error.path is None:
        return cause is None or isinstance(cause, GraphQLError | DomainError | CannotGetOperationTypeError | InvalidOperationTypeError)
    # an argument that cannot be read names its place in the document; a leaf that cannot be written does not
    return isinstance(cause, DomainError) or (isinstance(cause, GraphQLError) and bool(cause.nodes))
