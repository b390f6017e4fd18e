"""What a content address leads to, for whoever it was signed for.

To look all rights up takes 5 to 8 statements. What they came to holds for as long as no row of the database has changed, and
whether any has is asked at each hit: so a revocation ends an address with the next request, whoever made it and in whatever process.
"""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from server.auth.addresses import Claims
from server.config import origins_of
from server.context import Context
from server.db.models import ExportRow, TileRow
from server.domain.errors import Forbidden
from server.domain.rendering import Rendered
from server.render.page import Page, closing, opening
from server.render.renderer import Stream
from server.resolvers import nodes
from server.resolvers.renderings import RenderingChoice, choose_rendering, choose_tile_rendering, notices_of, render

_LONGEST: Final = timedelta(seconds=10)
"""Rights are looked up that often at least: the time when a token was last used is noted then."""
_MOST: Final = 1024


@dataclass(frozen=True, slots=True)
class _Found:
    choice: RenderingChoice
    state: str
    until: datetime


class Addresses:
    """What addresses led to, those used last."""

    def __init__(self) -> None:
        """Know none yet."""
        self._known: OrderedDict[Claims, _Found] = OrderedDict()

    async def find(self, context: Context, claims: Claims) -> RenderingChoice | None:
        """Return what an address leads to now, None for nothing that the viewer may see."""
        state = await context.parts.database.changes.state()  # before anything else is read
        known = self._known.pop(claims, None)
        if known is None or known.state != state or context.now() >= known.until:
            choice = await self._looked_up(context, claims)
            if choice is None:
                return None
            known = _Found(choice, state or "", self._until(context))
        if state is not None:
            self._known[claims] = known
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return known.choice

    async def _looked_up(self, context: Context, claims: Claims) -> RenderingChoice | None:
        await context.renew()
        async with context.parts.database.reading() as session:
            context.enter(session)
            try:
                return await find_content(context, claims)
            finally:
                context.leave()

    def _until(self, context: Context) -> datetime:
        ends = (context.now() + _LONGEST, context.caller.ends_at, context.caller.known_until)
        return min(end for end in ends if end is not None)


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


@dataclass(frozen=True, slots=True)
class Coming:
    """Bytes that are being rendered, between what stands before and after them."""

    stream: Stream
    choice: RenderingChoice
    page: Page | None

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Yield the document in order; raises Broken where the rendering fails."""
        if self.page is not None:
            yield opening(self.page)
        async for chunk in self.stream.chunks():
            yield chunk
        if self.page is not None:
            yield closing(self.page, b"", notices_of(self.choice, self.stream.notices))


async def read_content(context: Context, choice: RenderingChoice) -> Sequence[bytes] | Coming:
    """Return the pieces of what lies at an address, or what is coming where that takes long. Raises a RenderFault.

    The head of a page that runs scripts depends on its cells, so that such a page comes as a whole.
    """
    page = choice.page(static_address(context)) if choice.format.is_page else None
    if page is not None and page.head_depends_on_cells:
        rendered: Rendered | Stream = await render(context, choice)
    else:
        rendered = await context.parts.renderer.stream(choice.export.digest, choice.options)
    if isinstance(rendered, Stream):
        return Coming(rendered, choice, page)
    if page is None:
        return (rendered.content,)
    cells = rendered.content
    return (opening(page, cells), cells, closing(page, cells, notices_of(choice, rendered.notices)))


async def content_length(context: Context, choice: RenderingChoice) -> int | None:
    """Return how many bytes lie at an address where that is known without rendering. Raises the failure that is remembered."""
    page = choice.page(static_address(context)) if choice.format.is_page else None
    found = await context.parts.renderer.measure(choice.export.digest, choice.options)
    if found is None or (page is not None and page.head_depends_on_cells):
        return None
    if page is None:
        return found.byte_size
    return len(opening(page)) + found.byte_size + len(closing(page, b"", notices_of(choice, found.notices)))
