"""Change how a tile looks, or its text; its box moves by other deeds."""

from dataclasses import dataclass

from server.context import Context
from server.db.models import DashboardRow, InsightRow, TileRow
from server.domain.dashboards import TileClickAction, TileKind, TileTitleMode
from server.domain.errors import InvalidInput
from server.domain.names import check_label, check_markdown
from server.domain.unchanged import UNCHANGED, Unchanged
from server.resolvers import nodes
from server.resolvers.editing import check_same_project, edit_part


@dataclass(frozen=True, slots=True)
class UpdateTile:
    """What to change; None leaves it as it is, a title of None takes it away."""

    tile_id: str
    expected_version: int | None = None
    show_code: bool | None = None
    title: str | Unchanged | None = UNCHANGED
    title_mode: TileTitleMode | None = None
    click_action: TileClickAction | None = None
    target_insight_id: str | None = None
    markdown: str | None = None


@dataclass(frozen=True, slots=True)
class UpdatedTile:
    """The tile and its dashboard, whose version has grown."""

    tile: TileRow
    dashboard: DashboardRow


async def update_tile(context: Context, given: UpdateTile) -> UpdatedTile:
    """Change the tile, as an editor of its dashboard."""
    tile = await nodes.get(context, TileRow, given.tile_id, ["input", "tile_id"])
    dashboard = await edit_part(context, tile, given.expected_version)
    _check_kind(tile, given)
    if not isinstance(given.title, Unchanged):
        tile.title = check_label(given.title, ["input", "title"])
    tile.title_mode = given.title_mode or tile.title_mode
    if given.markdown is not None:
        tile.markdown = check_markdown(given.markdown, ["input", "markdown"])
    if given.show_code is not None:
        tile.show_code = given.show_code
    if given.click_action is not None or given.target_insight_id is not None:
        await _set_click(context, tile, dashboard, given)
    await context.flush()
    return UpdatedTile(tile, dashboard)


def _check_kind(tile: TileRow, given: UpdateTile) -> None:
    """Raise InvalidInput for what tiles of this kind do not have."""
    if tile.kind is TileKind.INSIGHT:
        wrong = {"markdown": given.markdown is not None}
        msg = "An insight tile has no text of its own; `addTextTile` makes one that has."
    else:
        clicks = given.click_action not in {None, TileClickAction.NONE}
        wrong = {"show_code": bool(given.show_code), "click_action": clicks, "target_insight_id": given.target_insight_id is not None}
        msg = "A text tile has no code to show, and a click on it opens nothing."
    for name in (name for name, is_wrong in wrong.items() if is_wrong):
        raise InvalidInput(msg, ["input", name])


async def _set_click(context: Context, tile: TileRow, dashboard: DashboardRow, given: UpdateTile) -> None:
    action = given.click_action or tile.click_action
    field = ["input", "target_insight_id"]
    if given.target_insight_id is not None:
        target = await nodes.get(context, InsightRow, given.target_insight_id, field)
        check_same_project(dashboard, target, field)
        tile.target_insight_id = target.id
    if action is TileClickAction.OPEN_OTHER_INSIGHT:
        if tile.target_insight_id is None:
            msg = "OPEN_OTHER_INSIGHT needs a `targetInsightId`."
            raise InvalidInput(msg, field)
    elif given.target_insight_id is not None:
        msg = "A `targetInsightId` goes with the click action OPEN_OTHER_INSIGHT."
        raise InvalidInput(msg, field)
    else:
        tile.target_insight_id = None
    tile.click_action = action
