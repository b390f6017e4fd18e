"""List an insight, or take it off the list."""

from dataclasses import dataclass

from server.auth.rules import Action
from server.context import Context
from server.db.models import InsightRow
from server.db.repositories import notebooks
from server.db.repositories.nodes import lock
from server.resolvers import nodes
from server.resolvers.authorizing import warn_of_source
from server.resolvers.subjects import subject_of
from server.resolvers.warnings import Warned


@dataclass(frozen=True, slots=True)
class ListedInsight:
    """The insight and what its readers would not see."""

    insight: InsightRow
    warnings: list[Warned]


async def set_insight_listed(context: Context, insight_id: str, *, listed: bool, authorize_source: bool) -> ListedInsight:
    """Set it; when listed, warn of a source that dashboard-only readers may not see, or authorize it."""
    insight = await nodes.get(context, InsightRow, insight_id, ["input", "insight_id"])
    subject = await subject_of(context, insight)
    context.authorize(Action.SET_INSIGHT_LISTED, subject)
    if authorize_source:
        context.authorize(Action.AUTHORIZE_NOTEBOOK, subject)  # even where there is nothing to authorize
        await notebooks.hold_unauthorized(context.session, [insight.notebook_id])
    await lock(context.session, insight)
    insight.listed = listed
    insight.modified_at = context.now()
    await context.flush()
    warnings = await warn_of_source(context, insight, authorize_wanted=authorize_source) if listed else []
    context.subject = subject
    return ListedInsight(insight, warnings)
