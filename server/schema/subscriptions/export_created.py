"""`exportCreated`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from server.auth.rules import Action
from server.resolvers import following
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.subscriptions.guarded import guarded_at_each_event
from server.schema.types.export import Export


@strawberry.subscription(
    description="Each new export of a notebook, oldest first, for as long as you may see the notebook. Begins with the next one.",
    extensions=guarded_at_each_event(Action.READ_EXPORT),
)
async def export_created(
    info: Info, notebook_id: Annotated[strawberry.ID, strawberry.argument(description="The notebook.")]
) -> AsyncGenerator[Export, None]:
    """Turn rows into types."""
    async with aclosing(following.export_created(info.context, notebook_id)) as rows:
        async for row in rows:
            yield show(row)
