"""Change a dashboard's name and description."""

from dataclasses import dataclass

from server.context import Context
from server.db.models import DashboardRow
from server.domain.names import check_name, check_text
from server.domain.unchanged import UNCHANGED, Unchanged
from server.resolvers import nodes
from server.resolvers.editing import edit_dashboard


@dataclass(frozen=True, slots=True)
class UpdateDashboard:
    """What to change; a name of None leaves it as it is, a description of None takes it away."""

    dashboard_id: str
    expected_version: int | None = None
    name: str | None = None
    description: str | Unchanged | None = UNCHANGED


async def update_dashboard(context: Context, given: UpdateDashboard) -> DashboardRow:
    """Change what is given, as an editor."""
    dashboard = await nodes.get(context, DashboardRow, given.dashboard_id, ["input", "dashboard_id"])
    await edit_dashboard(context, dashboard, expected_version=given.expected_version)
    if given.name is not None:
        dashboard.name = check_name(given.name, ["input", "name"])
    if not isinstance(given.description, Unchanged):
        dashboard.description = check_text(given.description, ["input", "description"])
    await context.flush()
    return dashboard
