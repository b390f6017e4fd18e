"""`/content/…`: rendered bytes under signed addresses; rights are looked up at each hit, before anything else.

| GET of | answer |
|---|---|
| what is kept, or quickly made | all of it, with its length |
| what takes longer | its bytes as they are rendered; a failure after the first one cuts the connection, so that it never looks complete |
| what fails before its first byte | 422, or 503 with the time to come back |

HEAD renders nothing: it says the length of what is kept.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from server.auth.authenticate import Authenticator
from server.auth.credentials import ProviderAway
from server.config import Settings, origins_of
from server.context import Context, Parts
from server.db.failures import DatabaseAway
from server.domain.errors import RateLimited, RenderFailed, RenderPending, RenderTimeout
from server.domain.rendering import RenderFormat, RenderProfile
from server.http.headers import NOTHING_ALLOWED, UNSNIFFED
from server.http.telling import remember, said_of
from server.render.policy import content_policy
from server.resolvers.content import Addresses, Coming, content_length, read_content
from server.resolvers.renderings import RenderingChoice, etag_of

_AWAY: Final = "Whose address this is cannot be looked up now: try again soon."
_SILENT: Final = "whose address this is could not be looked up in time"
_AT_ONCE_BYTES: Final = 256 * 1024
"""Handed to the server together; it takes more only when the reader has taken these."""


@dataclass(frozen=True, slots=True)
class ContentEndpoint:
    """Answers GET and HEAD under an address that `Rendering.url` gave out."""

    parts: Parts
    authenticator: Authenticator
    addresses: Addresses = field(default_factory=Addresses)

    async def answer(self, request: Request) -> Response:
        """Look the rights up, then serve; whatever is wrong with an address looks the same."""
        claims = self.parts.signer.read(request.path_params["address"], self.parts.clock())
        if claims is None:
            return _not_found(self.parts.settings)
        context = Context(self.parts, lambda: self.authenticator.by_holder(claims.holder), content_base="")
        remember(request, lambda: said_of(None, None if context.viewer is None else context.viewer.user_id))
        try:
            async with asyncio.timeout(self.parts.settings.request_timeout_seconds):
                choice = await self.addresses.find(context, claims)
        except TimeoutError as error:
            raise DatabaseAway(_SILENT) from error
        except ProviderAway as away:
            return _plain(self.parts.settings, _AWAY, 503, {"retry-after": str(away.retry_after_seconds)})
        except RateLimited as busy:
            return _plain(self.parts.settings, busy.message, 503, {"retry-after": str(busy.retry_after_seconds)})
        if choice is None:
            return _not_found(self.parts.settings)
        etag = etag_of(context, choice, "content")
        if _matches(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers={**_headers(self.parts.settings, choice), "etag": etag})
        return await self._render(context, choice, etag, head_only=request.method == "HEAD")

    async def _render(self, context: Context, choice: RenderingChoice, etag: str, *, head_only: bool) -> Response:
        settings = self.parts.settings
        try:
            if head_only:
                return _Head(await content_length(context, choice), _content_headers(settings, choice, etag))
            content = await read_content(context, choice)
        except (RenderPending, RateLimited) as later:
            return _plain(settings, later.message, 503, {"retry-after": str(later.retry_after_seconds)})
        except (RenderFailed, RenderTimeout) as error:
            return _plain(settings, error.message, 422)
        headers = _content_headers(settings, choice, etag)
        return _Coming(content, headers) if isinstance(content, Coming) else _Pieces(content, headers)


class _Head(Response):
    """An answer without a body, which says its length where it is known."""

    def __init__(self, length: int | None, headers: Mapping[str, str]) -> None:
        super().__init__(headers=headers if length is None else {**headers, "content-length": str(length)})
        if length is None:
            del self.headers["content-length"]


class _Pieces(Response):
    """Bytes that are all there, sent without joining them, so that a slow reader holds no copy of them."""

    def __init__(self, pieces: Sequence[bytes], headers: Mapping[str, str]) -> None:
        super().__init__(headers={**headers, "content-length": str(sum(map(len, pieces)))})
        self._pieces = pieces

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if int(self.headers["content-length"]) <= _AT_ONCE_BYTES:
            await send({"type": "http.response.body", "body": b"".join(self._pieces)})
            return
        for piece in self._pieces:
            for start in range(0, len(piece), _AT_ONCE_BYTES):
                await send({"type": "http.response.body", "body": memoryview(piece)[start : start + _AT_ONCE_BYTES], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class _Coming(StreamingResponse):
    """Bytes that are being rendered; whoever leaves lets go of them at once."""

    def __init__(self, coming: Coming, headers: Mapping[str, str]) -> None:
        super().__init__(coming.chunks(), headers=headers)
        self._coming = coming

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._coming.stream.close()


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


def _content_headers(settings: Settings, choice: RenderingChoice, etag: str) -> dict[str, str]:
    disposition = "inline" if choice.format.is_page else "attachment"
    return {
        **_headers(settings, choice),
        "content-type": choice.media_type,
        "content-disposition": f"{disposition}; filename*=UTF-8''{quote(choice.file_name, safe='')}",
        "etag": etag,
    }


def _plain(settings: Settings, message: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(message, status_code=status, media_type="text/plain", headers={**_headers(settings), **(headers or {})})


def _not_found(settings: Settings) -> Response:
    return _plain(settings, "There is no such content, or you may not see it, or the address has ended: ask for a new one.", 404)


def _matches(if_none_match: str, etag: str) -> bool:
    return any(tag.strip().removeprefix("W/") in {etag, "*"} for tag in if_none_match.split(","))
