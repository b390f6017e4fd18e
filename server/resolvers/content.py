"""What a content address leads to, for whoever it was signed for."""

from dataclasses import dataclass

from server.auth.addresses import Claims
from server.auth.rules import Action
from server.context import Context
from server.db.models import ExportRow, NotebookRow, TileRow
from server.domain.rendering import RenderFormat
from server.render.page import InlineStyle, StyleLink, document
from server.resolvers import nodes
from server.resolvers.renderings import RenderingChoice, choose_tile_rendering, etag_of, notices_of, render
from server.resolvers.subjects import subject_of


@dataclass(frozen=True, slots=True)
class Content:
    """A rendering that the viewer may see now."""

    choice: RenderingChoice
    file_name: str

    def etag(self, context: Context) -> str:
        """Return the keyed tag of the bytes at the address; knowing it takes no rendering."""
        return etag_of(context, self.choice, "content")


async def find_content(context: Context, claims: Claims) -> Content | None:
    """Look everything up again: token, user, export, authorization, and for code shown by a tile, the tile."""
    if context.viewer is None:
        return None
    export = await nodes.find(context, ExportRow, claims.export_id)
    if export is None:
        return None
    if claims.tile_id is not None:
        choice = await _through_tile(context, claims, export)
    elif claims.show_code and not context.decide(Action.SHOW_CODE, await subject_of(context, export)).allowed:
        choice = None
    else:
        choice = RenderingChoice(export, claims.format, claims.theme, claims.show_code, claims.profile, "")
    notebook = await context.loaders.nodes.load(export.notebook_id)
    if choice is None or not isinstance(notebook, NotebookRow):
        return None
    titled = RenderingChoice(export, claims.format, claims.theme, choice.code_included, claims.profile, notebook.name, choice.tile)
    return Content(titled, notebook.name)


async def _through_tile(context: Context, claims: Claims, export: ExportRow) -> RenderingChoice | None:
    """Allow code only while the tile still shows it, and still shows this export."""
    tile = await nodes.find(context, TileRow, claims.tile_id)
    choice = None if tile is None else await choose_tile_rendering(context, tile, claims.theme, claims.profile)
    return choice if choice is not None and choice.export.id == export.id and choice.code_included else None


async def read_content(context: Context, content: Content, style: StyleLink | InlineStyle) -> bytes:
    """Render; raises a RenderFault."""
    rendered, choice = await render(context, content.choice), content.choice
    if choice.format is not RenderFormat.HTML:
        return rendered.content
    return document(rendered.content, title=choice.title, theme=choice.theme, style=style, notices=notices_of(choice, rendered))
