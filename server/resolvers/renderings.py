"""Renderings: decided at once, rendered only when their bytes are read."""

from dataclasses import dataclass, replace
from datetime import datetime

from server.auth.addresses import Claims
from server.auth.conditions import Fact
from server.auth.rules import Action
from server.context import Context
from server.db.models import ExportRow, InsightRow, TileRow
from server.domain.rendering import (
    Rendered,
    RenderFormat,
    RenderNotice,
    RenderNoticeCode,
    RenderOptions,
    RenderProfile,
    RenderTheme,
)
from server.domain.source_files import source_suffix
from server.render.keys import renderer_version
from server.render.page import Page, document, parts_of
from server.render.scripts import find_script
from server.resolvers import nodes
from server.resolvers.insights import find_displayed_export
from server.resolvers.subjects import subject_of


@dataclass(frozen=True, slots=True)
class RenderingChoice:
    """What will be rendered, for whom, once somebody reads it; `why_static` says why not the profile that was asked for."""

    export: ExportRow
    format: RenderFormat
    theme: RenderTheme
    code_included: bool
    wanted_profile: RenderProfile
    why_static: str = ""
    tile: TileRow | None = None

    @property
    def profile(self) -> RenderProfile:
        """The one that was asked for, where it may and can be had."""
        return RenderProfile.STATIC if self.why_static else self.wanted_profile

    @property
    def title(self) -> str:
        """The name that the notebook had when it was frozen."""
        return self.export.notebook_name

    @property
    def file_name(self) -> str:
        """What it is called where it is saved; a script as those of its language are."""
        script = self.format == RenderFormat.SCRIPT
        return f"{self.title}.{source_suffix(self.export.file_extension, self.export.language) if script else self.format.suffix}"

    @property
    def media_type(self) -> str:
        """The media type of the bytes, with their character set."""
        return f"{self.format.media_type}; charset=utf-8"

    @property
    def options(self) -> RenderOptions:
        """What decides the rendered bytes."""
        return RenderOptions(self.format, self.code_included, self.profile, self.export.project_id)

    def page(self, static: str | None) -> Page:
        """Describe the document around the cells; `static` is where our style sheets and scripts are, None puts them into it."""
        return Page(self.title, self.theme, static, self.format, self.profile)


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
    return await _choice(context, export, format_, theme, profile, code_included=show_code)


async def choose_tile_rendering(context: Context, tile: TileRow, theme: RenderTheme, profile: RenderProfile) -> RenderingChoice | None:
    """Decide how a tile shows its insight, with code only where its author and the authorization allow it; None if it shows nothing."""
    insight = None if tile.insight_id is None else await nodes.find(context, InsightRow, tile.insight_id)
    export = None if insight is None else await find_displayed_export(context, insight)
    if export is None:
        return None
    shows = tile.show_code and context.decide(Action.SHOW_CODE, await subject_of(context, export, shown_by=tile)).allowed
    return replace(await _choice(context, export, RenderFormat.HTML, theme, profile, code_included=shows), tile=tile)


async def _choice(
    context: Context, export: ExportRow, format_: RenderFormat, theme: RenderTheme, wanted: RenderProfile, *, code_included: bool
) -> RenderingChoice:
    """Let scripts run only where they may and can."""
    why_static = "" if wanted is RenderProfile.STATIC else await _why_static(context, export, format_)
    return RenderingChoice(export, format_, theme, code_included, wanted, why_static)


async def _why_static(context: Context, export: ExportRow, format_: RenderFormat) -> str:
    """Say why scripts do not run, empty where they may and can."""
    if not format_.is_page:
        return "INTERACTIVE is for web pages"
    subject = await subject_of(context, export)
    if not context.decide(Action.SHOW_INTERACTIVE, subject).allowed:
        if Fact.ALLOWS_ACTIVE_CONTENT not in subject.facts:
            return "The project does not allow INTERACTIVE"
        return "Whoever made this export lacked CREATE_ACTIVE_WEB_CONTENT then, which a new export would put right"
    return "" if find_script("draw") is not None else "This server was installed without the scripts of INTERACTIVE"


def address_of(context: Context, choice: RenderingChoice) -> tuple[str, datetime]:
    """Sign an address for the viewer and the token in use; it says when it ends. Nothing is rendered."""
    claims = Claims(
        export_id=choice.export.id,
        format=choice.format,
        show_code=choice.code_included,
        theme=choice.theme,
        profile=choice.wanted_profile,
        holder=context.caller.holder,
        tile_id=choice.tile.id if choice.tile and choice.code_included else None,
    )
    address, ends_at = context.parts.signer.sign(claims, context.now())
    return f"{context.content_base}/content/{address}", ends_at


async def render(context: Context, choice: RenderingChoice) -> Rendered:
    """Render, or take what was rendered before; raises a RenderFault, and QueryTooComplex for one more than an operation may have made."""
    return await context.parts.renderer.render(choice.export.digest, choice.options, context.budget.take_render)


async def render_body(context: Context, choice: RenderingChoice) -> bytes:
    """Return a complete document that needs nothing else; for formats that are no page, the format's own bytes."""
    rendered = await render(context, choice)
    if not choice.format.is_page:
        return rendered.content
    return document(choice.page(None), rendered.content, notices_of(choice, rendered.notices))


def notices_of(choice: RenderingChoice, notices: tuple[RenderNotice, ...]) -> tuple[RenderNotice, ...]:
    """Say what differs from the notebook, and that scripts do not run if somebody asked for them."""
    if not choice.why_static:
        return notices
    text = f"{choice.why_static}, so this is the profile STATIC: scripts and widgets do not run."
    return (RenderNotice(RenderNoticeCode.ACTIVE_CONTENT_REMOVED, text), *notices)


def etag_of(context: Context, choice: RenderingChoice, place: str) -> str:
    """Return a keyed tag of the bytes served at `place`, known without rendering.

    It names the export, which never changes, and no byte of it: whoever exports his own guess of hidden code has it tagged by the
    same key, so that a tag made from bytes would tell him that he is right.
    """
    profiles = f"{choice.profile.value}/{choice.why_static}"
    made = f"{choice.format.name}/{choice.format.version}/{choice.theme.value}/{choice.code_included}"
    return context.parts.signer.etag(place, choice.export.id, made, profiles, choice.title, parts_of(choice.page(None)), renderer_version())


async def may_show_code(context: Context, export: ExportRow) -> bool:
    """Tell whether the viewer may see an export's code when asking for it directly."""
    return context.decide(Action.SHOW_CODE, await subject_of(context, export)).allowed
