"""`project` and `projects`."""

from typing import Annotated

import strawberry

from server.auth.rules import Action
from server.resolvers.lists import list_projects
from server.resolvers.nodes import find_project_by_key
from server.schema.guarded import guarded
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.pagination import DEFAULT_FIRST, After, Connection, First, page_request
from server.schema.types.project import Project


@strawberry.field(description="A project by its key; null if there is none that you may see.", extensions=guarded(Action.OPEN_PROJECT))
async def project(info: Info, key: Annotated[str, strawberry.argument(description="The project's key.")]) -> Project | None:
    """Find one."""
    return show(await find_project_by_key(info.context, key))


@strawberry.field(description="The projects on which you hold anything, oldest first.", extensions=guarded(Action.OPEN_PROJECT))
async def projects(info: Info, first: First = DEFAULT_FIRST, after: After = None) -> Connection[Project] | None:
    """List them."""
    return Connection[Project].of(await list_projects(info.context, page_request(first, after)))
