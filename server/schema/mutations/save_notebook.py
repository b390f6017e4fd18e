"""`saveNotebook`."""

import strawberry
from strawberry.file_uploads import Upload

from server.auth.rules import Action
from server.context import Context
from server.domain.notebooks import StoredNotebook
from server.resolvers import save_notebook as deeds
from server.schema.errors import UserError, no_errors
from server.schema.guarded import deed
from server.schema.info import Info
from server.schema.nodes import show
from server.schema.types.notebook import Notebook


@strawberry.input(description="Which notebook to save, and its new state: exactly one of `content` and `file`.")
class SaveNotebookInput:
    """Creates the notebook, or replaces the state of the one that has the name."""

    project_key: str = strawberry.field(description="The project's key.")
    name: str = strawberry.field(description="The notebook's name, unique within the project, up to 200 characters.")
    new_name: str | None = strawberry.field(description="Rename it to this.", default=None)
    content: str | None = strawberry.field(description="The notebook as JSON text.", default=None)
    file: Upload | None = strawberry.field(
        description="The notebook as a file, sent as GraphQL multipart request with the header GraphQL-Require-Preflight: 1.", default=None
    )
    expected_revision: str | None = strawberry.field(
        description="Refuse with RevisionConflict if it has another revision, for it was saved since.", default=None
    )

    def given(self) -> deeds.SaveNotebook:
        """Return it as the resolvers' input."""
        return deeds.SaveNotebook(self.project_key, self.name, self.new_name, self.content, self.file, self.expected_revision)


@strawberry.type(description="The saved notebook, or why it was not saved.")
class SaveNotebookPayload:
    """Exports made before are not touched."""

    notebook: Notebook | None = strawberry.field(description="The notebook.", default=None)
    errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.", default_factory=no_errors)


async def _store(context: Context, input: SaveNotebookInput) -> StoredNotebook:
    return await deeds.store_notebook(context, input.given())


@strawberry.mutation(
    description="Save a live notebook, new or known. Readers of dashboards see nothing of the change before it is published.",
    extensions=deed(Action.SAVE_NOTEBOOK, SaveNotebookPayload, prepare=_store),
)
async def save_notebook(info: Info, input: SaveNotebookInput) -> SaveNotebookPayload | None:
    """Turn the row into the payload."""
    return SaveNotebookPayload(notebook=show(await deeds.save_notebook(info.context, input.given())))
