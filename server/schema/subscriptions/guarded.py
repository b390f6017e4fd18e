"""`guarded_at_each_event(Action.X)`: what `guarded` is to a field that reads, for one that goes on."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from strawberry.extensions import FieldExtension
from strawberry.permission import PermissionExtension
from typing_extensions import override

from server.auth.permissions import permission_class
from server.auth.rules import Action
from server.context import PROOF
from server.schema.guarded import Next, Proof, UnprovenAnswerError
from server.schema.info import Info


class ProofOfEvents(Proof):
    """Raises for an event unless the action was proven after the event before it."""

    @override
    async def resolve_async(self, next_: Next, source: object, info: Info, **kwargs: object) -> AsyncGenerator[Any]:
        """Wrap the events; Strawberry hands the generator itself to whatever is outside of this."""
        return self._proven(cast("AsyncGenerator[Any]", next_(source, info, **kwargs)), info)

    async def _proven(self, events: AsyncGenerator[Any], info: Info) -> AsyncGenerator[Any]:
        async with aclosing(events):
            while True:
                PROOF.set(proof := set[Action]())
                try:
                    event = await anext(events)
                except StopAsyncIteration:
                    return
                finally:
                    PROOF.set(None)
                if self.action not in proof:
                    msg = f"{info.field_name} sent an event without authorize({self.action.name})"
                    raise UnprovenAnswerError(msg)
                yield event


def guarded_at_each_event(action: Action) -> list[FieldExtension]:
    """Guard a subscription. Strawberry runs the LAST extension outermost."""
    return [ProofOfEvents(action), PermissionExtension(permissions=[permission_class(action)()])]
