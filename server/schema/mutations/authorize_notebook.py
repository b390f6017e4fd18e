"""`authorizeNotebook`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import authorize_notebook as deeds
from server.schema.enums import AuthorizationMode, CodeExposure
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.authorized_object import AuthorizedObject


@strawberry.input(description="Which notebook to open to dashboard-only readers.")
class AuthorizeNotebookInput:
    """It opens exports, never the live source."""

    notebook_id: strawberry.ID = strawberry.field(description="The notebook.")
    mode: AuthorizationMode = strawberry.field(description="What it opens.", default=AuthorizationMode.READ)
    code_exposure: CodeExposure | None = strawberry.field(
        description="What code reaches those readers; absent: TILES for a new authorization, else unchanged.", default=None
    )


@strawberry.type(description="The authorization, or why there is none.")
class AuthorizeNotebookPayload:
    """New or changed."""

    authorized_object: AuthorizedObject | None = strawberry.field(description="The authorization.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description=(
        "Let dashboard-only readers see a notebook's exports. To expose more of its code than they see now takes READ_PROJECT_CONTENT as "
        "well: nobody opens what they do not see."
    ),
    extensions=deed(Action.AUTHORIZE_NOTEBOOK, AuthorizeNotebookPayload),
)
async def authorize_notebook(info: Info, input: AuthorizeNotebookInput) -> AuthorizeNotebookPayload | None:
    """Turn the row into the payload."""
    row = await deeds.authorize_notebook(info.context, input.notebook_id, input.code_exposure)
    return AuthorizeNotebookPayload(authorized_object=show(row))
