"""`dashboardChanged`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from server.auth.rules import Action
from server.resolvers import following
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.subscriptions.guarded import guarded_at_each_event
from server.schema.types.dashboard import Dashboard


@strawberry.subscription(
    description="A dashboard whenever its version has grown, for as long as you may see it. "
    "Begins with the next change; several at once may come as one.",
    extensions=guarded_at_each_event(Action.OPEN_DASHBOARD),
)
async def dashboard_changed(
    info: Info, dashboard_id: Annotated[strawberry.ID, strawberry.argument(description="The dashboard.")]
) -> AsyncGenerator[Dashboard, None]:
    """Turn rows into types."""
    async with aclosing(following.dashboard_changed(info.context, dashboard_id)) as rows:
        async for row in rows:
            yield show(row)
