"""`/content/…`: rendered bytes under signed addresses; rights are looked up at each hit, before anything else."""

from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from server.auth.authenticate import Authenticator
from server.config import Settings, origins_of
from server.context import Context, Parts
from server.domain.errors import RenderFailed, RenderPending, RenderTimeout
from server.domain.rendering import RenderFormat, RenderProfile
from server.http.headers import NOTHING_ALLOWED, UNSNIFFED
from server.render.policy import content_policy
from server.resolvers.content import find_content, read_content
from server.resolvers.renderings import RenderingChoice, etag_of


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
        choice = await find_content(context, claims)
        if choice is None:
            return _not_found(self.parts.settings)
        etag = etag_of(context, choice, "content")
        if _matches(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers={**_headers(self.parts.settings, choice), "etag": etag})
        return await self._render(context, choice, etag)

    async def _render(self, context: Context, choice: RenderingChoice, etag: str) -> Response:
        settings = self.parts.settings
        try:
            body = await read_content(context, choice)
        except RenderPending as pending:
            return _plain(settings, pending.message, 503, {"retry-after": str(pending.retry_after_seconds)})
        except (RenderFailed, RenderTimeout) as error:
            return _plain(settings, error.message, 422)
        name = f"{choice.title}.{choice.format.suffix}"
        disposition = "inline" if choice.format.is_page else "attachment"
        return Response(
            body,
            headers={
                **_headers(settings, choice),
                "content-type": choice.media_type,
                "content-disposition": f"{disposition}; filename*=UTF-8''{quote(name, safe='')}",
                "etag": etag,
            },
        )


def content_routes(parts: Parts, authenticator: Authenticator) -> list[BaseRoute]:
    """Return the route of content."""
    return [Route("/content/{address:path}", ContentEndpoint(parts, authenticator).answer, methods=["GET"])]


def _headers(settings: Settings, choice: RenderingChoice | None = None) -> dict[str, str]:
    """Return what every answer carries; without a choice, with the policy that allows least."""
    policy = content_policy(
        RenderFormat.HTML if choice is None else choice.format,
        RenderProfile.STATIC if choice is None else choice.profile,
        origins=origins_of(settings),
        static_path=f"{settings.root_path}/static",
        frame_ancestors=settings.frame_ancestors,
    )
    return {
        **UNSNIFFED,
        "content-security-policy": policy,
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
