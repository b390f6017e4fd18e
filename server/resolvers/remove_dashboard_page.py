"""Remove a page of a dashboard with its tiles."""

from server.context import Context
from server.db.models import DashboardRow, PageRow
from server.db.repositories import dashboards
from server.resolvers import nodes
from server.resolvers.add_dashboard_page import make_page
from server.resolvers.editing import edit_part


async def remove_dashboard_page(context: Context, page_id: str, expected_version: int | None) -> tuple[str, DashboardRow]:
    """Remove it, as an editor of the dashboard; the insights on it stay. Where it was the last one, a new and empty one takes its place."""
    page = await nodes.get(context, PageRow, page_id, ["input", "page_id"])
    dashboard = await edit_part(context, page, expected_version)
    count = await dashboards.count_pages(context.session, dashboard)
    await context.session.delete(page)  # the database deletes its tiles with it
    await context.flush()
    if count == 1:
        await make_page(context, dashboard, None, 0)
    await dashboards.shift_pages(context.session, dashboard, first=page.position + 1, last=count, by=-1)
    return page_id, dashboard
