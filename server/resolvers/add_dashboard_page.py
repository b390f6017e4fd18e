"""Add a page to a dashboard."""

from dataclasses import dataclass

from server.context import Context
from server.db.models import DashboardRow, PageRow
from server.db.repositories import dashboards
from server.domain.errors import InvalidInput
from server.domain.ids import Kind
from server.domain.names import check_label
from server.resolvers import nodes
from server.resolvers.editing import edit_dashboard


@dataclass(frozen=True, slots=True)
class AddDashboardPage:
    """What to call it, and which page it is to be; absent: the last."""

    dashboard_id: str
    expected_version: int | None = None
    title: str | None = None
    index: int | None = None


async def add_dashboard_page(context: Context, given: AddDashboardPage) -> tuple[PageRow, DashboardRow]:
    """Add an empty page, as an editor; those behind it move on."""
    dashboard = await nodes.get(context, DashboardRow, given.dashboard_id, ["input", "dashboard_id"])
    await edit_dashboard(context, dashboard, expected_version=given.expected_version)
    title = check_label(given.title, ["input", "title"])
    count = await dashboards.count_pages(context.session, dashboard)
    index = count if given.index is None else check_index(given.index, count)
    await dashboards.shift_pages(context.session, dashboard, first=index, last=count, by=1)
    return await make_page(context, dashboard, title, index), dashboard


def check_index(index: int, greatest: int) -> int:
    """Return a page's place; raises InvalidInput for one that leaves a gap."""
    if not 0 <= index <= greatest:
        msg = f"A page's index here is 0 to {greatest}."
        raise InvalidInput(msg, ["input", "index"])
    return index


async def make_page(context: Context, dashboard: DashboardRow, title: str | None, index: int) -> PageRow:
    """Make the row."""
    page = PageRow(id=context.new_id(Kind.PAGE), dashboard_id=dashboard.id, project_id=dashboard.project_id, title=title, position=index)
    context.session.add(page)
    await context.flush()
    return page
