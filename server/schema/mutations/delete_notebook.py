"""`deleteNotebook`."""

import strawberry

from server.auth.rules import Action
from server.resolvers import delete_notebook as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.insight import Insight


@strawberry.input(description="Which notebook to delete.")
class DeleteNotebookInput:
    """Its exports and its authorization go with it."""

    notebook_id: strawberry.ID = strawberry.field(description="The notebook.")
    force: bool = strawberry.field(
        description="Leave the insights on it without a notebook, instead of refusing with NotebookInUse; they keep their names and tiles.",
        default=False,
    )


@strawberry.type(description="What was deleted, or why nothing was.")
class DeleteNotebookPayload:
    """Its name is free again."""

    deleted_notebook_id: strawberry.ID | None = strawberry.field(description="The id of what was a notebook.", default=None)
    affected_insights: list[Insight] | None = strawberry.field(
        description="The insights that showed it and say NOTEBOOK_DELETED now, as far as you find them in lists.", default=None
    )
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


@strawberry.mutation(
    description="Delete a notebook for good, with its exports and its authorization.",
    extensions=deed(Action.DELETE_NOTEBOOK, DeleteNotebookPayload),
)
async def delete_notebook(info: Info, input: DeleteNotebookInput) -> DeleteNotebookPayload | None:
    """Turn rows into the payload."""
    affected = await deeds.delete_notebook(info.context, input.notebook_id, force=input.force)
    return DeleteNotebookPayload(deleted_notebook_id=input.notebook_id, affected_insights=[show(row) for row in affected])
