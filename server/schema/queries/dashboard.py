"""`dashboard`."""

from typing import Annotated

import strawberry

from server.auth.rules import Action
from server.db.models import DashboardRow
from server.resolvers.nodes import find
from server.schema.guarded import guarded
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.dashboard import Dashboard


@strawberry.field(description="A dashboard by its id; null if there is none that you may see.", extensions=guarded(Action.OPEN_DASHBOARD))
async def dashboard(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]) -> Dashboard | None:
    """Find one."""
    return show(await find(info.context, DashboardRow, id))
