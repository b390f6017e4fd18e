"""List a dashboard, or take it off the list."""

import asyncio
from dataclasses import dataclass

from server.auth.rules import Action
from server.context import Context
from server.db.models import DashboardRow, NotebookRow
from server.db.repositories import dashboards, facts, notebooks
from server.domain.dashboards import WarningCode
from server.resolvers import nodes
from server.resolvers.authorizing import authorize
from server.resolvers.editing import edit_dashboard
from server.resolvers.subjects import subject_of
from server.resolvers.warnings import Warned


@dataclass(frozen=True, slots=True)
class Listed:
    """The dashboard and what its readers would not see."""

    dashboard: DashboardRow
    warnings: list[Warned]


async def set_dashboard_listed(
    context: Context, dashboard_id: str, *, listed: bool, expected_version: int | None, authorize_sources: bool
) -> Listed:
    """Set it; when listed, warn of sources that dashboard-only readers may not see, or authorize them."""
    dashboard = await nodes.get(context, DashboardRow, dashboard_id, ["input", "dashboard_id"])
    if listed and authorize_sources:
        sources = await list_missing_authorizations(context, dashboard)
        await notebooks.hold_unauthorized(context.session, [notebook.id for notebook in sources])
    await edit_dashboard(context, dashboard, action=Action.SET_DASHBOARD_LISTED, expected_version=expected_version)
    subject = await subject_of(context, dashboard)
    if authorize_sources:
        context.authorize(Action.AUTHORIZE_NOTEBOOK, subject)  # even where there is nothing to authorize
    dashboard.listed = listed
    await context.flush()
    missing = await list_missing_authorizations(context, dashboard) if listed else []
    if authorize_sources:
        for notebook in missing:
            await authorize(context, notebook)
        missing = []
    context.subject = subject
    return Listed(dashboard, [await _warning(context, notebook) for notebook in missing])


async def list_missing_authorizations(context: Context, dashboard: DashboardRow) -> list[NotebookRow]:
    """List the notebooks on a dashboard that dashboard-only readers may not see, as far as the viewer sees them."""
    authorized = facts.is_authorized(NotebookRow.authorized, NotebookRow.project_id)
    async with context.reading() as session:
        rows = await dashboards.list_sources_without_authorization(session, dashboard.id, authorized)
    seen = await asyncio.gather(*(nodes.find(context, NotebookRow, row.id) for row in rows))  # together: one statement
    return [row for row in seen if row is not None]


async def _warning(context: Context, notebook: NotebookRow) -> Warned:
    can_fix = context.decide(Action.AUTHORIZE_NOTEBOOK, await subject_of(context, notebook)).allowed
    text = f"Readers who may only see dashboards will not see what shows the notebook {notebook.name!r}: authorize it."
    return Warned(WarningCode.SOURCE_NOT_AUTHORIZED, text, can_fix=can_fix)
