"""Renderings: decided at once, rendered only when their bytes are read."""

from dataclasses import dataclass
from datetime import datetime

from server.auth.addresses import Claims
from server.auth.rules import Action
from server.context import Context
from server.db.models import ExportRow, InsightRow, TileRow
from server.domain.dashboards import InsightAccessState
from server.domain.rendering import (
    MEDIA_TYPES,
    Rendered,
    RenderFormat,
    RenderNotice,
    RenderNoticeCode,
    RenderOptions,
    RenderProfile,
    RenderTheme,
)
from server.render.keys import renderer_version
from server.render.page import InlineStyle, document
from server.render.styles import style_sheet
from server.resolvers import nodes
from server.resolvers.insights import access_state_of, find_displayed_export
from server.resolvers.subjects import subject_of


@dataclass(frozen=True, slots=True)
class RenderingChoice:
    """What will be rendered, for whom, once somebody reads it."""

    export: ExportRow
    format: RenderFormat
    theme: RenderTheme
    code_included: bool
    wanted_profile: RenderProfile
    title: str
    tile: TileRow | None = None

    @property
    def profile(self) -> RenderProfile:
        """STATIC: scripts of a notebook never run."""
        return RenderProfile.STATIC

    @property
    def media_type(self) -> str:
        """The media type of the bytes, with their character set."""
        return f"{MEDIA_TYPES[self.format]}; charset=utf-8"


async def choose_rendering(
    context: Context,
    export: ExportRow,
    *,
    format_: RenderFormat,
    show_code: bool,
    theme: RenderTheme,
    profile: RenderProfile,
) -> RenderingChoice:
    """Decide how an export is shown where it is asked for directly; raises Forbidden where code may not be shown."""
    if show_code:
        context.authorize(Action.SHOW_CODE, await subject_of(context, export))
    return RenderingChoice(export, format_, theme, show_code, profile, await _title_of(context, export))


async def choose_tile_rendering(context: Context, tile: TileRow, theme: RenderTheme, profile: RenderProfile) -> RenderingChoice | None:
    """Decide how a tile shows its insight, with code only where its author and the authorization allow it; None if it shows nothing."""
    insight = None if tile.insight_id is None else await nodes.find(context, InsightRow, tile.insight_id)
    if insight is None or await access_state_of(context, insight) is not InsightAccessState.ACCESSIBLE:
        return None
    export = await find_displayed_export(context, insight)
    if export is None:
        return None
    shows = tile.show_code and context.decide(Action.SHOW_CODE, await subject_of(context, export, shown_by=tile)).allowed
    return RenderingChoice(export, RenderFormat.HTML, theme, shows, profile, insight.name, tile)


async def _title_of(context: Context, export: ExportRow) -> str:
    notebook = await context.loaders.nodes.load(export.notebook_id)
    return str(getattr(notebook, "name", ""))


def address_of(context: Context, choice: RenderingChoice) -> tuple[str, datetime]:
    """Sign an address for the viewer and the token in use; it says when it ends. Nothing is rendered."""
    claims = Claims(
        export_id=choice.export.id,
        format=choice.format,
        show_code=choice.code_included,
        theme=choice.theme,
        profile=choice.wanted_profile,
        token_id=context.caller.token_id,
        tile_id=choice.tile.id if choice.tile and choice.code_included else None,
    )
    address, ends_at = context.parts.signer.sign(claims, context.now())
    return f"{context.content_base}/content/{address}", ends_at


async def render(context: Context, choice: RenderingChoice) -> Rendered:
    """Render, or take what was rendered before; raises a RenderFault."""
    return await context.parts.renderer.render(choice.export.digest, RenderOptions(choice.format, choice.code_included))


async def render_body(context: Context, choice: RenderingChoice) -> bytes:
    """Return a complete document that needs nothing else; for formats other than HTML, the format's own bytes."""
    rendered = await render(context, choice)
    if choice.format is not RenderFormat.HTML:
        return rendered.content
    style = InlineStyle(style_sheet(choice.theme).content)
    return document(rendered.content, title=choice.title, theme=choice.theme, style=style, notices=notices_of(choice, rendered))


def notices_of(choice: RenderingChoice, rendered: Rendered) -> tuple[RenderNotice, ...]:
    """Say what differs from the notebook, and that scripts do not run if somebody asked for them."""
    if choice.wanted_profile is choice.profile:
        return rendered.notices
    text = "INTERACTIVE is not allowed here, so this is the profile STATIC: scripts and widgets do not run."
    return (RenderNotice(RenderNoticeCode.ACTIVE_CONTENT_REMOVED, text), *rendered.notices)


def etag_of(context: Context, choice: RenderingChoice, place: str) -> str:
    """Return a keyed tag of the bytes served at `place`, known without rendering."""
    export, theme, code = choice.export.digest, choice.theme.value, str(choice.code_included)
    return context.parts.signer.etag(
        place, export, choice.format.value, theme, choice.wanted_profile.value, code, choice.title, renderer_version()
    )


async def may_show_code(context: Context, export: ExportRow) -> bool:
    """Tell whether the viewer may see an export's code when asking for it directly."""
    return context.decide(Action.SHOW_CODE, await subject_of(context, export)).allowed
