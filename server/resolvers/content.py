"""What a content address leads to, for whoever it was signed for."""

from server.auth.addresses import Claims
from server.config import origins_of
from server.context import Context
from server.db.models import ExportRow, TileRow
from server.domain.errors import Forbidden
from server.render.page import document
from server.resolvers import nodes
from server.resolvers.renderings import RenderingChoice, choose_rendering, choose_tile_rendering, notices_of, render


async def find_content(context: Context, claims: Claims) -> RenderingChoice | None:
    """Look everything up again: token, user, export, authorization, and for code shown by a tile, the tile."""
    if context.viewer is None:
        return None
    export = await nodes.find(context, ExportRow, claims.export_id)
    if export is None:
        return None
    if claims.tile_id is not None:
        return await _through_tile(context, claims, export)
    try:
        return await choose_rendering(
            context, export, format_=claims.format, show_code=claims.show_code, theme=claims.theme, profile=claims.profile
        )
    except Forbidden:
        return None


async def _through_tile(context: Context, claims: Claims, export: ExportRow) -> RenderingChoice | None:
    """Allow code only while the tile still shows it, and still shows this export."""
    tile = await nodes.find(context, TileRow, claims.tile_id)
    choice = None if tile is None else await choose_tile_rendering(context, tile, claims.theme, claims.profile)
    return choice if choice is not None and choice.export.id == export.id and choice.code_included else None


def static_address(context: Context) -> str | None:
    """Return where content finds our style sheets and scripts; None where the policy cannot name our origin, so that it carries them."""
    settings = context.parts.settings
    return f"{settings.root_path}/static" if origins_of(settings) else None


async def read_content(context: Context, choice: RenderingChoice) -> bytes:
    """Render; raises a RenderFault."""
    rendered = await render(context, choice)
    if not choice.format.is_page:
        return rendered.content
    return document(choice.page(static_address(context)), rendered.content, notices_of(choice, rendered.notices))
