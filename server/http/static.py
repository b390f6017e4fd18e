"""`/static/…`: what rendered documents are styled with and what scripts they run, under names that hold a hash.

Such a document is of no origin, so whoever asks may read these: nothing in them is anybody's.
"""

from pathlib import Path, PurePosixPath

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from server.domain.rendering import RenderTheme
from server.http.graphiql import ENCODINGS, FILE_HEADERS, MEDIA_TYPES, choose_encoding
from server.http.headers import UNSNIFFED
from server.render.scripts import BUNDLE, script_names
from server.render.styles import style_sheet

_FOR_ANYONE = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}


def static_routes(*, bundle: Path = BUNDLE) -> list[BaseRoute]:
    """Return the route of the style sheets of notebooks and of the scripts of a bundle."""

    async def serve(request: Request) -> Response:
        """Serve a file for ever under its name; any other name is not found, whatever it spells."""
        name: str = request.path_params["name"]
        sheets = {sheet.name: sheet for sheet in map(style_sheet, RenderTheme)}
        if (sheet := sheets.get(name)) is not None:
            return Response(
                sheet.served,
                media_type="text/css",
                headers={**UNSNIFFED, **_FOR_ANYONE, "cache-control": "public, max-age=31536000, immutable"},
            )
        if name in script_names(bundle=bundle):
            return _script_response(bundle, name, choose_encoding(request.headers.get("accept-encoding", "")))
        return Response("There is no such file.", status_code=404, media_type="text/plain", headers=UNSNIFFED)

    return [Route("/static/{name}", serve, methods=["GET"])]


def _script_response(bundle: Path, name: str, encoding: str | None) -> Response:
    headers = {**FILE_HEADERS, **_FOR_ANYONE}
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    suffix = "" if encoding is None else ENCODINGS[encoding]
    return FileResponse(bundle / f"{name}{suffix}", media_type=MEDIA_TYPES[PurePosixPath(name).suffix], headers=headers)
