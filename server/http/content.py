"""`/content/…`: rendered bytes under signed addresses; rights are looked up at each hit, before anything else."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from server.auth.authenticate import Authenticator
from server.config import Settings, origins_of
from server.context import Context, Parts
from server.domain.errors import RenderFailed, RenderPending, RenderTimeout
from server.domain.rendering import RenderFormat, RenderTheme
from server.http.headers import NOTHING_ALLOWED, UNSNIFFED
from server.render.page import InlineStyle, StyleLink
from server.render.styles import style_sheet
from server.resolvers.content import Content, find_content, read_content

_BUSY_SECONDS: Final = 2
_SUFFIX: Final = {RenderFormat.HTML: "html", RenderFormat.MARKDOWN: "md", RenderFormat.SCRIPT: "txt", RenderFormat.IPYNB: "ipynb"}


@dataclass(frozen=True, slots=True)
class ContentEndpoint:
    """Answers GET and HEAD under an address that `Rendering.url` gave out."""

    parts: Parts
    authenticator: Authenticator

    async def answer(self, request: Request) -> Response:
        """Look the rights up, then serve; whatever is wrong with an address looks the same."""
        claims = self.parts.signer.read(request.path_params["address"], self.parts.clock())
        if claims is None:
            return _not_found(self.parts.settings)
        context = Context(self.parts, lambda: self.authenticator.by_token_id(claims.token_id), content_base="")
        await context.renew()
        content = await find_content(context, claims)
        if content is None:
            return _not_found(self.parts.settings)
        etag = content.etag(context)
        if _matches(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers={**_headers(self.parts.settings), "etag": etag})
        return await self._render(context, content, etag)

    async def _render(self, context: Context, content: Content, etag: str) -> Response:
        settings = self.parts.settings
        try:
            body = await read_content(context, content, _style(settings, content.choice.theme))
        except RenderPending as pending:
            return _plain(settings, pending.message, 503, {"retry-after": str(pending.retry_after_seconds)})
        except (RenderFailed, RenderTimeout) as error:
            return _plain(settings, error.message, 422)
        name = f"{content.file_name}.{_SUFFIX[content.choice.format]}"
        disposition = "inline" if content.choice.format is RenderFormat.HTML else "attachment"
        return Response(
            body,
            headers={
                **_headers(settings),
                "content-type": content.choice.media_type,
                "content-disposition": f"{disposition}; filename*=UTF-8''{quote(name, safe='')}",
                "etag": etag,
            },
        )


async def serve_style_sheet(request: Request) -> Response:
    """Serve a style sheet of ours: its name holds its hash, so it is kept for ever; framed content is of no origin, so any may read it."""
    sheets = {sheet.name: sheet for sheet in map(style_sheet, RenderTheme)}
    sheet = sheets.get(request.path_params["name"])
    if sheet is None:
        return Response("There is no such file.", status_code=404, media_type="text/plain", headers=UNSNIFFED)
    return Response(
        sheet.content,
        media_type="text/css",
        headers={
            **UNSNIFFED,
            "access-control-allow-origin": "*",
            "cross-origin-resource-policy": "cross-origin",
            "cache-control": "public, max-age=31536000, immutable",
        },
    )


def content_routes(parts: Parts, authenticator: Authenticator) -> list[BaseRoute]:
    """Return the routes of content and of what it is styled with."""
    return [
        Route("/content/{address:path}", ContentEndpoint(parts, authenticator).answer, methods=["GET"]),
        Route("/static/{name}", serve_style_sheet, methods=["GET"]),
    ]


def _style(settings: Settings, theme: RenderTheme) -> StyleLink | InlineStyle:
    """Link the shared sheet where the policy can name our origin; else the document carries it."""
    sheet = style_sheet(theme)
    return StyleLink(f"{settings.root_path}/static/{sheet.name}") if origins_of(settings) else InlineStyle(sheet.content)


def _policy(settings: Settings) -> str:
    origin = " ".join(origins_of(settings))
    return "; ".join(
        (
            "sandbox allow-popups allow-popups-to-escape-sandbox",
            "default-src 'none'",
            f"style-src 'unsafe-inline' {origin}".strip(),
            "img-src data: blob:",
            f"font-src data: {origin}".strip(),
            "form-action 'none'",
            "base-uri 'none'",
            f"frame-ancestors {settings.frame_ancestors}",
        )
    )


def _headers(settings: Settings) -> dict[str, str]:
    return {
        **UNSNIFFED,
        "content-security-policy": _policy(settings),
        "referrer-policy": "no-referrer",
        "x-dns-prefetch-control": "off",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": NOTHING_ALLOWED,
        "cache-control": "private, no-cache",
    }


def _plain(settings: Settings, message: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(message, status_code=status, media_type="text/plain", headers={**_headers(settings), **(headers or {})})


def _not_found(settings: Settings) -> Response:
    return _plain(settings, "There is no such content, or you may not see it, or the address has ended: ask for a new one.", 404)


def _matches(if_none_match: str, etag: str) -> bool:
    return any(tag.strip().removeprefix("W/") in {etag, "*"} for tag in if_none_match.split(","))
