"""`node` and `nodes`."""

import asyncio
from typing import Annotated, Final

import strawberry

from server.auth.rules import Action
from server.domain.errors import BadInput
from server.resolvers.nodes import find_node
from server.schema.guarded import guarded
from server.schema.info import Info
from server.schema.nodes import Node, show

_MAX_IDS: Final = 100


@strawberry.field(description="Anything with an id; null if there is nothing that you may see.", extensions=guarded(Action.VIEW_USER))
async def node(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]) -> Node | None:
    """Find one."""
    row = await find_node(info.context, id)
    info.context.vouch(Action.VIEW_USER)
    return show(row)


@strawberry.field(
    description="Several things by their ids, in order; null for each that you may not see.", extensions=guarded(Action.VIEW_USER)
)
async def nodes(
    info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"Their ids, at most {_MAX_IDS}.")]
) -> list[Node | None]:
    """Find all in one batch."""
    if len(ids) > _MAX_IDS:
        msg = f"{len(ids)} ids: ask for at most {_MAX_IDS} at a time."
        raise BadInput(msg)
    rows = await asyncio.gather(*(find_node(info.context, id_) for id_ in ids))
    info.context.vouch(Action.VIEW_USER)
    return [show(row) for row in rows]
