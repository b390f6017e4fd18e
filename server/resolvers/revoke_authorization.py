"""Close a notebook to dashboard-only readers again."""

from dataclasses import dataclass

from server.auth.rules import Action
from server.auth.visibility import visible_to
from server.context import Context
from server.db.models import InsightRow, NotebookRow
from server.db.repositories import dashboards, notebooks
from server.db.repositories.nodes import lock
from server.domain.errors import NotFound
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


@dataclass(frozen=True, slots=True)
class Revoked:
    """The notebook and the insights that those readers lose; the notebook is None if the caller loses sight of it too."""

    notebook: NotebookRow | None
    affected: list[InsightRow]


async def revoke_authorization(context: Context, notebook_id: str) -> Revoked:
    """Take the authorization away; raises NotFound where there is none."""
    notebook = await nodes.get(context, NotebookRow, notebook_id, ["input", "notebook_id"])
    context.authorize(Action.AUTHORIZE_NOTEBOOK, await subject_of(context, notebook))
    await lock(context.session, notebook)  # of two who revoke at once the second finds nothing
    row = await notebooks.find_authorization(context.session, notebook.id)
    if row is None:
        raise NotFound(["input", "notebook_id"], what="authorization")
    affected = await dashboards.list_insights_of_notebook(context.session, notebook.id, visible_to(context.caller, InsightRow))
    await context.session.delete(row)
    await notebooks.set_authorized(context.session, notebook, authorized=False)
    await context.flush()
    return Revoked(await nodes.find(context, NotebookRow, notebook.id), list(affected))
