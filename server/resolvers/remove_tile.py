"""Take a tile off a dashboard."""

from server.context import Context
from server.db.models import DashboardRow, TileRow
from server.resolvers import nodes
from server.resolvers.editing import edit_part


async def remove_tile(context: Context, tile_id: str, expected_version: int | None) -> tuple[str, DashboardRow]:
    """Remove it, as an editor of its dashboard; the insight stays, and the other tiles stay where they are."""
    tile = await nodes.get(context, TileRow, tile_id, ["input", "tile_id"])
    dashboard = await edit_part(context, tile, expected_version)
    await context.session.delete(tile)
    await context.flush()
    return tile_id, dashboard
