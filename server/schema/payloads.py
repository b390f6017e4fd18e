"""What a payload holds once the deed is done: nothing that its caller does not see any more."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

from strawberry.extensions import FieldExtension
from typing_extensions import override

from server.context import Context
from server.resolvers import nodes
from server.schema.info import Info
from server.schema.nodes import Node

Next = Callable[..., Awaitable[Any]]


class Seen(FieldExtension):
    """Runs outside the deed, with the rights of afterwards: whoever closes a thing to themselves is shown nothing of it.

    So whatever is selected below a payload hangs on something that its caller sees. The row stays the one that the deed has
    left, not a newer one: a version that was told is the version of this very edit.
    """

    @override
    async def resolve_async(self, next_: Next, source: object, info: Info, **kwargs: object) -> object:
        """Empty what holds one hidden thing, and leave the hidden ones out of lists."""
        payload: object = await next_(source, info, **kwargs)
        held: dict[str, object] = {} if payload is None else dict(vars(payload))
        for name, value in held.items():
            if isinstance(value, Node):
                setattr(payload, name, next(iter(await _seen(info.context, [value])), None))
            elif isinstance(value, list):
                setattr(payload, name, await _seen(info.context, cast("list[object]", value)))
        return payload


async def _seen(context: Context, values: Iterable[object]) -> list[object]:
    return [value for value in values if not isinstance(value, Node) or await nodes.sees(context, value.id, _project_of(value))]


def _project_of(node: Node) -> str | None:
    return getattr(getattr(node, "row", None), "project_id", None)
