"""Put an insight on a dashboard."""

from dataclasses import dataclass, field, replace

from server.auth.conditions import Subject
from server.context import Context
from server.db.models import DashboardRow, InsightRow, TileRow
from server.db.repositories import notebooks
from server.domain.dashboards import TileClickAction
from server.domain.errors import InvalidInput
from server.domain.grid import Box
from server.domain.names import check_label
from server.resolvers import nodes
from server.resolvers.authorizing import warn_of_source
from server.resolvers.editing import (
    TileContent,
    TileLook,
    Wish,
    authorize_source,
    check_same_project,
    edit_dashboard,
    page_for,
    put_tile,
)
from server.resolvers.warnings import Warned


@dataclass(frozen=True, slots=True)
class AddInsightTile:
    """Which insight to put where, and how it looks."""

    dashboard_id: str
    insight_id: str
    page_id: str | None = None
    expected_version: int | None = None
    box: Box | None = None
    look: TileLook = field(default_factory=TileLook)
    authorize: bool = False


@dataclass(frozen=True, slots=True)
class Pinned:
    """The tile, its dashboard, and what readers would not see."""

    tile: TileRow
    dashboard: DashboardRow
    warnings: list[Warned]


async def add_insight_tile(context: Context, given: AddInsightTile) -> Pinned:
    """Add the tile; an insight that the caller may not see does not exist for them."""
    dashboard = await nodes.get(context, DashboardRow, given.dashboard_id, ["input", "dashboard_id"])
    insight = await nodes.get(context, InsightRow, given.insight_id, ["input", "insight_id"])
    check_same_project(dashboard, insight, ["input", "insight_id"])
    if given.authorize:
        await notebooks.hold_unauthorized(context.session, [insight.notebook_id])
    await edit_dashboard(context, dashboard, expected_version=given.expected_version)
    await authorize_source(context, dashboard, insight)
    page = await page_for(context, dashboard, given.page_id, ["input", "page_id"])
    tile = await put_tile(context, page, TileContent(insight.id), _checked(given.look), Wish(given.box))
    warnings = await warn_of_source(context, insight, authorize_wanted=given.authorize)
    context.subject = Subject(dashboard.project_id, id=dashboard.id)
    return Pinned(tile, dashboard, warnings)


def _checked(look: TileLook) -> TileLook:
    """Trim the title; raises InvalidInput for a title that cannot be, or a click that would open nothing."""
    if look.click_action is TileClickAction.OPEN_OTHER_INSIGHT:
        msg = "A new tile opens its own insight or nothing: let `updateTile` say which other one it opens."
        raise InvalidInput(msg, ["input", "click_action"])
    return replace(look, title=check_label(look.title, ["input", "title"]))
