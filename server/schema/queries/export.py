"""`export`."""

from typing import Annotated

import strawberry

from server.auth.rules import Action
from server.db.models import ExportRow
from server.resolvers.nodes import find
from server.schema.guarded import guarded
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.export import Export


@strawberry.field(description="An export by its id; null if there is none that you may see.", extensions=guarded(Action.READ_EXPORT))
async def export(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]) -> Export | None:
    """Find one."""
    return show(await find(info.context, ExportRow, id))
