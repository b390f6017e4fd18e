"""Delete an insight; its tiles keep their boxes."""

from server.auth.rules import Action
from server.auth.visibility import visible_to
from server.context import Context
from server.db.models import DashboardRow, InsightRow, TileRow
from server.db.repositories.insights import lock_tiles_naming
from server.db.repositories.nodes import lock
from server.resolvers import nodes
from server.resolvers.subjects import subject_of


async def delete_insight(context: Context, insight_id: str) -> list[TileRow]:
    """Delete it and return the tiles that showed it or opened it at a click, on the dashboards one finds in lists.

    Their dashboards keep their versions: a box, a page, a name or a listing has not changed, and whoever may delete the
    insight need not be able to edit them, so no editor's `expectedVersion` may go stale by it.
    """
    insight = await nodes.get(context, InsightRow, insight_id, ["input", "insight_id"])
    context.authorize(Action.DELETE_INSIGHT, await subject_of(context, insight))
    await lock(context.session, insight)
    listed = visible_to(context.caller, DashboardRow, Action.LIST_DASHBOARDS)
    tiles, visible_ids = await lock_tiles_naming(context.session, insight.id, listed)
    for tile in tiles:
        tile.insight_id = None if tile.insight_id == insight.id else tile.insight_id
        tile.target_insight_id = None if tile.target_insight_id == insight.id else tile.target_insight_id
    await context.flush()
    await context.session.delete(insight)
    await context.flush()
    return [tile for tile in tiles if tile.id in visible_ids]
