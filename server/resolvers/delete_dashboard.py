"""Delete a dashboard with its pages and tiles."""

from server.context import Context
from server.db.models import DashboardRow
from server.resolvers import nodes
from server.resolvers.editing import edit_dashboard


async def delete_dashboard(context: Context, dashboard_id: str, expected_version: int | None) -> str:
    """Delete it, as an editor; the insights on it stay. Returns its id."""
    dashboard = await nodes.get(context, DashboardRow, dashboard_id, ["input", "dashboard_id"])
    await edit_dashboard(context, dashboard, expected_version=expected_version)
    await context.session.delete(dashboard)  # the database deletes pages and tiles with it
    await context.flush()
    return dashboard_id
