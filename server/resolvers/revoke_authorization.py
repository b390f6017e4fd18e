"""Close a notebook to dashboard-only readers again."""

from dataclasses import dataclass

from server.auth.rules import Action
from server.auth.visibility import visible_to
from server.context import Context
from server.db.models import InsightRow, NotebookRow
from server.db.repositories import dashboards, notebooks
from server.db.repositories.nodes import lock
from server.domain.errors import InvalidInput, NotFound
from server.domain.grants import CodeExposure, exposes_more
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


@dataclass(frozen=True, slots=True)
class Revoked:
    """The notebook, and the insights on it that those readers lose, as far as the caller finds them in lists."""

    notebook: NotebookRow
    affected: list[InsightRow]


async def revoke_authorization(context: Context, notebook_id: str) -> Revoked:
    """Take the authorization away; raises NotFound where there is none, InvalidInput where the project's switch would show more code."""
    notebook = await nodes.get(context, NotebookRow, notebook_id, ["input", "notebook_id"])
    context.authorize(Action.AUTHORIZE_NOTEBOOK, await subject_of(context, notebook))
    await lock(context.session, notebook)  # of two who revoke at once the second finds nothing
    row = await notebooks.find_authorization(context.session, notebook.id)
    if row is None:
        raise NotFound(["input", "notebook_id"], what="authorization")
    project = await nodes.project_of(context, notebook)
    switch = project.all_objects_code_exposure if project.authorizes_all_objects else None
    if switch and exposes_more(switch, row.code_exposure):
        raise InvalidInput(_would_show_more(switch, row.code_exposure), ["input", "notebook_id"])
    listed = visible_to(context.caller, InsightRow, Action.LIST_INSIGHTS)
    affected = () if switch else await dashboards.list_insights_of_notebook(context.session, notebook.id, listed)
    await context.session.delete(row)
    await notebooks.set_authorized(context.session, notebook, authorized=False)
    await context.flush()
    return Revoked(notebook, list(affected))


def _would_show_more(switch: CodeExposure, own: CodeExposure) -> str:
    return (
        f"The project authorizes all its notebooks, with code exposure {switch.value}: without its own authorization, "
        f"which says {own.value}, this one would show more code. Switch that off first (setAuthorizeAllObjects), or keep the "
        "authorization: with NEVER it shows none."
    )
