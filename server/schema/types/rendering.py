"""Rendering: decided when it is selected, rendered when its bytes are."""

from datetime import datetime

import strawberry

from server.domain import rendering as domain
from server.resolvers.json_size import fitting
from server.resolvers.renderings import RenderingChoice, address_of, etag_of, notices_of, render, render_body
from server.schema.enums import RenderFormat, RenderNoticeCode, RenderProfile
from server.schema.info import Info


@strawberry.type(description="Where a rendering differs from the notebook.")
class RenderNotice:
    """One difference."""

    cell_index: int | None = strawberry.field(description="The cell, from 0; null for the whole notebook.")
    code: RenderNoticeCode = strawberry.field(description="What it is, for programs.")
    message: str = strawberry.field(description="What it is, for people.")

    @classmethod
    def of(cls, notice: domain.RenderNotice) -> "RenderNotice":
        """Show a notice."""
        return cls(cell_index=notice.cell_index, code=notice.code, message=notice.message)


@strawberry.type(description="An export in a form that can be shown. Only fields that need its bytes render it.")
class Rendering:
    """Lazy: every field that needs bytes asks for them itself, and they are made once."""

    choice: strawberry.Private[RenderingChoice]
    format: RenderFormat = strawberry.field(description="What the export was turned into.")
    media_type: str = strawberry.field(description="The media type of the bytes.")
    code_included: bool = strawberry.field(description="Whether the code is in the bytes; if not, it is absent from them, not styled away.")
    profile: RenderProfile = strawberry.field(description="What became of active content.")

    @classmethod
    def of(cls, choice: RenderingChoice) -> "Rendering":
        """Show a choice."""
        return cls(
            choice=choice,
            format=RenderFormat[choice.format.name],
            media_type=choice.media_type,
            code_included=choice.code_included,
            profile=choice.profile,
        )

    @strawberry.field(
        description="An address for an iframe's src, signed for you alone; a path on this server unless the operator has set a content "
        "origin. It stays the same for 150 s, so that frames do not reload, "
        "and ends within 300 s, at once with your rights.",
    )
    def url(self, info: Info) -> str:
        """Sign."""
        return address_of(info.context, self.choice)[0]

    @strawberry.field(description="When the address ends.")
    def url_expires_at(self, info: Info) -> datetime:
        """Sign."""
        return address_of(info.context, self.choice)[1]

    @strawberry.field(
        description="The complete, self-contained document; INTERACTIVE in a sandboxed frame inside it. "
        "Renders on first use; if it cannot, null with an error."
    )
    async def body(self, info: Info) -> str | None:
        """Render."""
        return fitting(info.context, (await render_body(info.context, self.choice)).decode())

    @strawberry.field(
        description="The sanitised HTML of the cells alone, for clients with a style sheet of their own; "
        "null for other formats than HTML, and for INTERACTIVE."
    )
    async def fragment(self, info: Info) -> str | None:
        """Render."""
        if self.choice.format != domain.RenderFormat.HTML or self.choice.profile is RenderProfile.INTERACTIVE:
            return None
        return fitting(info.context, (await render(info.context, self.choice)).content.decode())

    @strawberry.field(description="The size of `body` in UTF-8, in bytes.")
    async def byte_size(self, info: Info) -> int | None:
        """Render."""
        return len(await render_body(info.context, self.choice))

    @strawberry.field(description="Changes when `body` does; keyed, so it reveals nothing of what is hidden.")
    async def etag(self, info: Info) -> str | None:
        """Render, so that a tag stands only for what can be had."""
        await render(info.context, self.choice)
        return etag_of(info.context, self.choice, "body")

    @strawberry.field(description="Where the rendering differs from the notebook, cell by cell.")
    async def notices(self, info: Info) -> list[RenderNotice] | None:
        """Render."""
        return [RenderNotice.of(notice) for notice in notices_of(self.choice, (await render(info.context, self.choice)).notices)]
