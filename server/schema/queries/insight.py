"""`insight`."""

from typing import Annotated

import strawberry

from server.auth.rules import Action
from server.db.models import InsightRow
from server.resolvers.nodes import find
from server.schema.guarded import guarded
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.insight import Insight


@strawberry.field(description="An insight by its id; null if there is none that you may see.", extensions=guarded(Action.VIEW_INSIGHT))
async def insight(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]) -> Insight | None:
    """Find one."""
    return show(await find(info.context, InsightRow, id))
