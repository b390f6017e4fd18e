"""Change a page's title, its place among the pages, and whether readers are to be shown it."""

from dataclasses import dataclass

from server.context import Context
from server.db.models import DashboardRow, PageRow
from server.db.repositories import dashboards
from server.domain.names import check_label
from server.domain.unchanged import UNCHANGED, Unchanged
from server.resolvers import nodes
from server.resolvers.add_dashboard_page import check_index
from server.resolvers.editing import edit_part


@dataclass(frozen=True, slots=True)
class UpdateDashboardPage:
    """What to change; None leaves it as it is, a title of None takes it away."""

    page_id: str
    expected_version: int | None = None
    title: str | Unchanged | None = UNCHANGED
    index: int | None = None
    visible: bool | None = None


async def update_dashboard_page(context: Context, given: UpdateDashboardPage) -> tuple[PageRow, DashboardRow]:
    """Change what is given, as an editor of the dashboard; the pages between the old place and the new one make room."""
    page = await nodes.get(context, PageRow, given.page_id, ["input", "page_id"])
    dashboard = await edit_part(context, page, given.expected_version)
    if not isinstance(given.title, Unchanged):
        page.title = check_label(given.title, ["input", "title"])
    if given.visible is not None:
        page.visible = given.visible
    if given.index is not None:
        await _move(context, dashboard, page, given.index)
    await context.flush()
    return page, dashboard


async def _move(context: Context, dashboard: DashboardRow, page: PageRow, index: int) -> None:
    old, new = page.position, check_index(index, await dashboards.count_pages(context.session, dashboard) - 1)
    first, last, by = (old + 1, new, -1) if new > old else (new, old - 1, 1)
    await dashboards.shift_pages(context.session, dashboard, first=first, last=last, by=by)
    page.position = new
