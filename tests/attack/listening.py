"""Two small servers of the attack: one that nobody should ever talk to, and one that plays the front end of a victim."""

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

from typing_extensions import override

SECRET: Final = "nbisecret-6f1c"
"""What cookies, storage and globals of the victim hold; a payload that has read it says so."""

HOST_PAGE: Final = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Front end</title><style>
body {{ margin: 0 }} #top, #bottom {{ height: 40px; background: #eee }} iframe {{ width: 900px; height: 600px; border: 0 }}
#row {{ display: flex }} #left, #right {{ width: 150px; background: #eee }} #stage {{ width: 900px; min-height: 100px }}
.nav, .top, .fab, .bar, .fix {{ position: fixed; inset: 0 }} .btn {{ position: absolute }} .dialog, .overlay {{ position: fixed; inset: 0 }}
</style></head><body><div id="top">ours above</div>
<div id="row"><div id="left">ours</div><div id="stage"></div><div id="right">ours</div></div><div id="bottom">ours below</div><script>
window.secret = {SECRET!r}; localStorage.setItem("token", {SECRET!r}); sessionStorage.setItem("token", {SECRET!r});
</script></body></html>"""
"""A page of a signed-in user, with classes such as real style sheets have."""


@dataclass(slots=True)
class Heard:
    """What reached a server: the lines of requests, and how many connections were made."""

    lines: list[str] = field(default_factory=list)
    connections: int = 0

    def clear(self) -> None:
        self.lines.clear()
        self.connections = 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler], heard: Heard) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.heard = heard

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        self.heard.connections += 1
        super().process_request(request, client_address)

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that closes a connection is no fault."""


class _Quiet(BaseHTTPRequestHandler):
    """Answers without writing about it on stderr."""

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass

    def send(self, content: bytes, kind: str, **headers: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)


class _Beacon(_Quiet):
    """Notes whatever it is asked for, and lets any origin read its answers."""

    timeout = 0.1
    """A connection that nobody uses is closed, else the browser would keep it, and another would not be counted."""

    def answer(self) -> None:
        assert isinstance(self.server, _Server)
        self.server.heard.lines.append(self.path)
        length = int(self.headers.get("content-length") or 0)
        if length:
            self.rfile.read(length)
        self.send(b"", "text/plain", access_control_allow_origin="*", access_control_allow_headers="*")

    do_GET = do_POST = do_HEAD = do_OPTIONS = do_PUT = answer  # noqa: N815  named by the base class


class _FrontEnd(_Quiet):
    """Serves the victim's page; `/guarded` says which frames it allows, as a careful embedder does."""

    def do_GET(self) -> None:
        headers = {"set_cookie": f"session={SECRET}; Path=/"}
        guarded, _, origin = self.path.partition("?frames=")
        if guarded == "/guarded":
            headers["content_security_policy"] = f"frame-src {origin}"
        self.send(HOST_PAGE.encode(), "text/html; charset=utf-8", **headers)


@dataclass(frozen=True, slots=True)
class Listening:
    """A server and what it has heard."""

    origin: str
    heard: Heard


@contextmanager
def _listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[Listening]:
    heard = Heard()
    server = _Server(handler, heard)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Listening(f"http://127.0.0.1:{server.server_address[1]}", heard)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def listening_beacon() -> AbstractContextManager[Listening]:
    """Listen for what payloads send."""
    return _listening(_Beacon)


def front_end() -> AbstractContextManager[Listening]:
    """Serve the page that frames what a hostile author has published."""
    return _listening(_FrontEnd)


@contextmanager
def datagrams() -> Iterator[tuple[int, list[int]]]:
    """Yield a UDP port and the sizes of what arrives there: WebRTC asks for no page."""
    sizes: list[int] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(0.1)
        done = False

        def read() -> None:
            while not done:
                try:
                    sizes.append(len(bound.recv(4096)))
                except TimeoutError:
                    continue

        thread = Thread(target=read, daemon=True)
        thread.start()
        try:
            yield int(bound.getsockname()[1]), sizes
        finally:
            done = True
            thread.join(5)
