"""`notebook`."""

from typing import Annotated

import strawberry

from server.auth.rules import Action
from server.db.models import NotebookRow
from server.resolvers.nodes import find
from server.schema.guarded import guarded
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.notebook import Notebook


@strawberry.field(description="A notebook by its id; null if there is none that you may see.", extensions=guarded(Action.VIEW_NOTEBOOK))
async def notebook(info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]) -> Notebook | None:
    """Find one."""
    return show(await find(info.context, NotebookRow, id))
