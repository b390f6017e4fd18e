"""A server that shows documents under the policies that rendered content is served with, and the real static files beside them."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from server.domain.rendering import RenderTheme
from server.http.static import static_routes
from server.render.scripts import find_script
from server.render.styles import style_sheet

INTERACTIVE = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob: {origin}/static/; "
    "style-src 'unsafe-inline' {origin}; img-src data: blob:; font-src data: {origin}; connect-src 'none'; worker-src blob:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors *"
)
SLIDES = (
    "sandbox allow-scripts; default-src 'none'; script-src {script}; style-src 'unsafe-inline' {origin}; img-src data: blob:; "
    "font-src data: {origin}; form-action 'none'; base-uri 'none'; frame-ancestors *"
)
STATIC = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline' {origin}; "
    "img-src data: blob:; font-src data: {origin}; form-action 'none'; base-uri 'none'; frame-ancestors *"
)

LIBRARIES = ("jquery", "plotly", "vega", "require", "names")
DRAWING = ("draw", "widgets")


@dataclass
class Documents:
    """What is served: each document at /content/NAME, and at /frame/NAME inside an iframe."""

    origin: str
    shown: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, name: str, shown: str, policy: str) -> str:
        """Serve a document; return its address."""
        self.shown[name] = (shown, policy.format(origin=self.origin, script=f"{self.origin}{address_of('reveal')}"))
        return f"{self.origin}/content/{name}"


def address_of(word: str) -> str:
    """Return where a script or style of the bundle is served."""
    script = find_script(word)
    assert script is not None, f"`{word}` was not built: run python hatch_build.py"
    return f"/static/{script.name}"


def document(body: str, *, first: tuple[str, ...] = LIBRARIES, last: tuple[str, ...] = DRAWING, light: bool = True) -> str:
    """Return a document with a notebook's cells, dressed as rendered ones are."""
    head = f'<meta charset="utf-8"><title>A notebook</title><link rel="stylesheet" href="/static/{_sheet(light=light)}">{_scripts(first)}'
    theme = f'class="jp-Notebook" data-jp-theme-light="{str(light).lower()}"'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body {theme}><main>{body}</main>{_scripts(last)}</body></html>'


def deck(slides: str) -> str:
    """Return a document of slides."""
    styles = f'<link rel="stylesheet" href="{address_of("reveal-style")}"><link rel="stylesheet" href="/static/{_sheet(light=True)}">'
    head = f'<meta charset="utf-8"><title>Slides</title>{styles}'
    body = f'<div class="reveal"><div class="slides">{slides}</div></div>{_scripts(("reveal",))}'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body class="jp-Notebook" data-jp-theme-light="true">{body}</body></html>'


def _sheet(*, light: bool) -> str:
    return style_sheet(RenderTheme.LIGHT if light else RenderTheme.DARK).name


def _scripts(words: tuple[str, ...]) -> str:
    return "".join(f'<script src="{address_of(word)}"></script>' for word in words)


@contextlib.contextmanager
def serving() -> Iterator[Documents]:
    """Serve on a free port in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        documents = Documents(f"http://127.0.0.1:{listener.getsockname()[1]}")

        async def show(request: Request) -> HTMLResponse:
            shown, policy = documents.shown[request.path_params["name"]]
            return HTMLResponse(shown, headers={"content-security-policy": policy, "x-content-type-options": "nosniff"})

        async def frame(request: Request) -> HTMLResponse:
            sandbox = request.query_params.get("sandbox", "allow-scripts")
            source = f"/content/{request.path_params['name']}"
            styles = "<link rel=icon href=data:,><style>body{margin:0} iframe{border:0;width:100vw;height:100vh}</style>"
            return HTMLResponse(f'<!DOCTYPE html>{styles}<iframe sandbox="{sandbox}" src="{source}"></iframe>')

        routes = [Route("/content/{name}", show), Route("/frame/{name}", frame), *static_routes()]
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield documents
        finally:
            server.should_exit = True
            thread.join(10)
