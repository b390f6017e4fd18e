"""`createProject`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import create_project as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.project import Project


@strawberry.input(description="A project to make.")
class CreateProjectInput:
    """Its key never changes."""

    key: str = strawberry.field(description="Unique: 1 to 64 letters, digits, _ or -, starting with a letter.")
    name: str = strawberry.field(description="Its name, up to 200 characters.")


@strawberry.type(description="The new project, or why there is none.")
class CreateProjectPayload:
    """It is the caller's, and begins with one listed dashboard."""

    project: Project | None = strawberry.field(description="The project.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Make a project of your own, with a first dashboard.", extensions=deed(Action.CREATE_PROJECT, CreateProjectPayload)
)
async def create_project(info: Info, input: CreateProjectInput) -> CreateProjectPayload | None:
    """Turn the row into the payload."""
    return CreateProjectPayload(project=show(await deeds.create_project(info.context, input.key, input.name)))
