"""Dashboard-authorize a notebook: shared by authorizeNotebook and the deeds that may do it on the way."""

from server.auth.rules import Action
from server.context import Context
from server.db.models import AuthorizedObjectRow, InsightRow, NotebookRow
from server.db.repositories import notebooks
from server.domain.grants import CodeExposure, exposes_more
from server.domain.ids import Kind
from server.resolvers.subjects import subject_of
from server.resolvers.warnings import Warned, source_not_authorized


async def authorize(context: Context, notebook: NotebookRow, code_exposure: CodeExposure | None = None) -> AuthorizedObjectRow:
    """Open a notebook's exports to dashboard-only readers; raises Forbidden. No exposure given: TILES when new, else unchanged.

    A deed that locks dashboards or insights before has held the notebook first (`hold_unauthorized`). Of two that authorize
    at once, the second is done again.
    """
    context.authorize(Action.AUTHORIZE_NOTEBOOK, await subject_of(context, notebook))
    row = await notebooks.find_authorization(context.session, notebook.id)
    await check_exposure(context, notebook, code_exposure or (CodeExposure.TILES if row is None else row.code_exposure))
    if row is None:
        row = AuthorizedObjectRow(
            id=context.new_id(Kind.AUTHORIZED_OBJECT),
            project_id=notebook.project_id,
            notebook_id=notebook.id,
            code_exposure=code_exposure or CodeExposure.TILES,
            authorized_by_id=context.caller.user_id,
            authorized_at=context.now(),
        )
        await notebooks.set_authorized(context.session, notebook, authorized=True)
        context.session.add(row)
    elif code_exposure is not None:
        row.code_exposure = code_exposure
    await context.flush()
    return row


async def check_exposure(context: Context, notebook: NotebookRow, wanted: CodeExposure) -> None:
    """Raise Forbidden for whoever would let more out than readers see now, and does not see it themselves."""
    state = await context.loaders.notebook_states.load(notebook.id)
    if state is None or exposes_more(wanted, state.code_exposure):
        context.authorize(Action.WIDEN_AUTHORIZATION, await subject_of(context, notebook))


async def authorize_or_warn(context: Context, notebook: NotebookRow, *, wanted: bool) -> list[Warned]:
    """Authorize if the caller asked for it, else say that dashboard-only readers will not see the notebook."""
    if wanted:
        await authorize(context, notebook)
        return []
    subject = await subject_of(context, notebook)
    state = await context.loaders.notebook_states.load(notebook.id)
    if state is None or state.code_exposure is not None:
        return []
    return [source_not_authorized(can_fix=context.decide(Action.AUTHORIZE_NOTEBOOK, subject).allowed)]


async def warn_of_source(context: Context, insight: InsightRow, *, authorize_wanted: bool) -> list[Warned]:
    """Do the same for the notebook behind an insight."""
    notebook = None if insight.notebook_id is None else await context.loaders.nodes.load(insight.notebook_id)
    if not isinstance(notebook, NotebookRow):
        return []
    return await authorize_or_warn(context, notebook, wanted=authorize_wanted)
