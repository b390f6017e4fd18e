"""What a tile tells its viewer."""

from server.auth.rules import Action
from server.context import Context
from server.db.models import InsightRow, TileRow
from server.domain.dashboards import InsightAccessState, TileKind
from server.resolvers import nodes
from server.resolvers.insights import access_state_of
from server.resolvers.subjects import subject_of


async def access_state_of_tile(context: Context, tile: TileRow) -> InsightAccessState:
    """Say why an insight tile's content shows, or does not; a hidden insight tells nothing more of itself."""
    if tile.insight_id is None:
        return InsightAccessState.INSIGHT_DELETED
    insight = await nodes.find(context, InsightRow, tile.insight_id)
    return InsightAccessState.NOT_AUTHORIZED if insight is None else await access_state_of(context, insight)


async def visible_title_of(context: Context, tile: TileRow) -> str | None:
    """Return the title that was given; where the insight is hidden or deleted, only to those who may edit the dashboard."""
    return tile.title if await _may_see_title(context, tile) else None


async def displayed_title_of(context: Context, tile: TileRow) -> str | None:
    """Return the title, else the name of an insight that the viewer may see."""
    if tile.title is not None:
        return await visible_title_of(context, tile)
    insight = await nodes.find(context, InsightRow, tile.insight_id)
    return None if insight is None else insight.name


async def html_of_text(context: Context, tile: TileRow) -> str:
    """Return a text tile's text as safe HTML, or as it was written where it cannot be drawn in time."""
    return await context.parts.renderer.texts.html(tile.markdown or "")


async def _may_see_title(context: Context, tile: TileRow) -> bool:
    if tile.kind is TileKind.TEXT or await nodes.find(context, InsightRow, tile.insight_id) is not None:
        return True  # once the insight is deleted, nobody can tell any more who was allowed to see it
    dashboard = await nodes.dashboard_of(context, tile)
    return context.decide(Action.EDIT_DASHBOARD, await subject_of(context, dashboard)).allowed
