"""JSON read from a notebook, and the questions to ask of it before trusting its types."""

from typing import Any

from typing_extensions import TypeIs

Node = dict[str, Any]
"""A JSON object."""


def is_node(value: object) -> TypeIs[Node]:
    """Whether a value is a JSON object; JSON has no other keys than texts."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeIs[list[Any]]:
    """Whether a value is a JSON array."""
    return isinstance(value, list)


def is_lines(value: object) -> TypeIs[list[str]]:
    """Whether a value is an array of texts, the way notebooks keep long ones."""
    return is_list(value) and all(isinstance(line, str) for line in value)
