"""`insightChanged`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from server.auth.rules import Action
from server.resolvers import following
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.subscriptions.guarded import guarded_at_each_event
from server.schema.types.insight import Insight


@strawberry.subscription(
    description="An insight after each change of itself or of the export that it shows, for as long as you may see it. "
    "Begins with the next change; several at once may come as one.",
    extensions=guarded_at_each_event(Action.VIEW_INSIGHT),
)
async def insight_changed(
    info: Info, insight_id: Annotated[strawberry.ID, strawberry.argument(description="The insight.")]
) -> AsyncGenerator[Insight, None]:
    """Turn rows into types."""
    async with aclosing(following.insight_changed(info.context, insight_id)) as rows:
        async for row in rows:
            yield show(row)
