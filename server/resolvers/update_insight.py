"""Rename and describe an insight."""

from dataclasses import dataclass

from server.auth.rules import Action
from server.context import Context
from server.db.models import InsightRow
from server.db.repositories.nodes import lock
from server.domain.names import check_name, check_text
from server.domain.unchanged import UNCHANGED, Unchanged
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


@dataclass(frozen=True, slots=True)
class UpdateInsight:
    """What to change; a name of None leaves it as it is, a description of None takes it away."""

    insight_id: str
    name: str | None = None
    description: str | Unchanged | None = UNCHANGED


async def update_insight(context: Context, given: UpdateInsight) -> InsightRow:
    """Change what is given."""
    insight = await nodes.get(context, InsightRow, given.insight_id, ["input", "insight_id"])
    context.authorize(Action.UPDATE_INSIGHT, await subject_of(context, insight))
    await lock(context.session, insight)
    if given.name is not None:
        insight.name = check_name(given.name, ["input", "name"])
    if not isinstance(given.description, Unchanged):
        insight.description = check_text(given.description, ["input", "description"])
    insight.modified_at = context.now()
    await context.flush()
    return insight
