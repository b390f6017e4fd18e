"""Room in the answer for large values: documents, fragments, sources."""

from typing import TypeVar

import orjson

from server.context import Context

V = TypeVar("V")


def json_size(value: object) -> int:
    """Return how many bytes a value takes in an answer."""
    return len(orjson.dumps(value))


def fitting(context: Context, value: V) -> V:
    """Return a value that fits into the answer; raises QueryTooComplex."""
    context.budget.take_bytes(json_size(value))
    return value
