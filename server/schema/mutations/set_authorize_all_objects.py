"""`setAuthorizeAllObjects`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import set_authorize_all_objects as deeds
from server.schema.enums import CodeExposure
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.project import Project


@strawberry.input(description="Whether a project opens all its notebooks to dashboard-only readers.")
class SetAuthorizeAllObjectsInput:
    """Authorizations of single notebooks stay."""

    project_key: str = strawberry.field(description="The project's key.")
    enabled: bool = strawberry.field(description="Whether all its notebooks are open, those to come included.")
    code_exposure: CodeExposure = strawberry.field(
        description="What code reaches those readers by it; the authorization of a single notebook goes before it.",
        default=CodeExposure.TILES,
    )


@strawberry.type(description="The project, or why nothing has changed.")
class SetAuthorizeAllObjectsPayload:
    """It holds from the next request on, addresses already given out included."""

    project: Project | None = strawberry.field(description="The project.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description=(
        "Open all exports of a project to dashboard-only readers, or only those of notebooks authorized one by one. To open them, or to "
        "expose more of their code, takes READ_PROJECT_CONTENT as well: nobody opens what they do not see."
    ),
    extensions=deed(Action.AUTHORIZE_NOTEBOOK, SetAuthorizeAllObjectsPayload),
)
async def set_authorize_all_objects(info: Info, input: SetAuthorizeAllObjectsInput) -> SetAuthorizeAllObjectsPayload | None:
    """Turn the row into the payload."""
    done = await deeds.set_authorize_all_objects(info.context, input.project_key, enabled=input.enabled, code_exposure=input.code_exposure)
    return SetAuthorizeAllObjectsPayload(project=show(done))
