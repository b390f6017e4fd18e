"""nginx and Caddy with the files of deploy/, in front of a running server: what differs from the files is said here and nowhere else."""

import os
import socket
import ssl
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from tests.deploy.conftest import DEPLOY, needed
from tests.fixtures.running import environment, free_ports

API, CONTENT, SHARED = "insights.example.org", "content.example.org", "tools.example.org"
KINDS: Final = ("nginx", "caddy")
_START_SECONDS: Final = 30
_STOP_SECONDS: Final = 15


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that listens on the loopback; `context` is None where it speaks plain HTTP."""

    kind: str
    port: int
    context: ssl.SSLContext | None
    plain_port: int | None = None

    def client(self, host: str = API, *, from_address: str = "127.0.0.1") -> httpx2.Client:
        """Return a client of one of its names, which calls from an address of this machine."""
        transport = httpx2.HTTPTransport(verify=self.context or False, local_address=from_address, retries=0)
        return httpx2.Client(base_url=self.url, transport=transport, headers={"host": host}, timeout=30)

    @property
    def url(self) -> str:
        """Where it is: nobody but these tests knows its names, so that it is called by its address."""
        return f"http{'s' if self.context else ''}://127.0.0.1:{self.port}"


@contextmanager
def proxying(kind: str, folder: Path, port: int, *, below_a_path: bool = False) -> Generator[Proxy]:
    """Run a proxy before the server on a port, until the block ends."""
    start = {"nginx": _nginx, "caddy": _caddy}[kind]
    yield from start(folder, port, below_a_path=below_a_path)


def write_nginx(folder: Path, port: int, ports: tuple[int, int], *, below_a_path: bool) -> Path:
    """Write nginx's files with certificates and ports of the test's own; return the main one."""
    for snippet in ("nbinsight-proxy.conf", "nbinsight-answers.conf"):
        (folder / snippet).write_bytes((DEPLOY / "nginx" / snippet).read_bytes())
    changes = {
        "listen 80;": f"listen 127.0.0.1:{ports[0]};",
        "listen 443 ssl": f"listen 127.0.0.1:{ports[1]} ssl",
        "server 127.0.0.1:8000 ": f"server 127.0.0.1:{port} ",
        "/etc/ssl/nbinsight/": f"{folder}/",
    }
    name = "nbinsight-sub-path.conf" if below_a_path else "nbinsight.conf"
    text = (DEPLOY / "nginx" / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert below_a_path or old in text, old
        text = text.replace(old, new)
    (folder / name).write_text(text, encoding="utf-8")
    _make_certificate(folder)
    temporary = "".join(f"{what}_temp_path {folder}/{what};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    main = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    main.write_text(
        f"{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{ worker_connections 256; }}\n"
        f"http {{ access_log off; {temporary} include {name}; }}\n",
        encoding="utf-8",
    )
    return main


def _make_certificate(folder: Path) -> None:
    """Make one certificate for all names, under each of the names that the files give."""
    names = ",".join(f"DNS:{name}" for name in (API, CONTENT, SHARED)) + ",IP:127.0.0.1"
    wanted = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=test"]
    files = ["-keyout", str(folder / "insights.key"), "-out", str(folder / "insights.pem"), "-addext", f"subjectAltName={names}"]
    subprocess.run([needed("openssl"), *wanted, *files], check=True, capture_output=True, timeout=30)  # noqa: S603  our own words
    for name in ("content", "tools"):
        for suffix in ("pem", "key"):
            (folder / f"{name}.{suffix}").write_bytes((folder / f"insights.{suffix}").read_bytes())


def _nginx(folder: Path, port: int, *, below_a_path: bool) -> Iterator[Proxy]:
    plain, tls = free_ports(2)
    main = write_nginx(folder, port, (plain, tls), below_a_path=below_a_path)
    context = ssl.create_default_context(cafile=folder / "insights.pem")
    with _running([needed("nginx"), "-p", folder, "-c", main, "-e", folder / "error.log"], tls, folder / "nginx.out"):
        yield Proxy("nginx", tls, context, plain)


def _caddy(folder: Path, port: int, *, below_a_path: bool) -> Iterator[Proxy]:
    [own] = free_ports(1)
    config = DEPLOY / "caddy" / ("sub-path.Caddyfile" if below_a_path else "Caddyfile")
    given = {"SITE": f"http://{SHARED if below_a_path else API}:{own}", "CONTENT_SITE": f"http://{CONTENT}:{own}"}
    given |= {"SERVER_HOST": "127.0.0.1", "SERVER_PORT": str(port), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with _running([needed("caddy"), "run", "--adapter", "caddyfile", "--config", config], own, folder / "caddy.out", **given):
        yield Proxy("caddy", own, None)


@contextmanager
def _running(command: list[str | Path], port: int, said: Path, **given: str) -> Generator[None]:
    """Run a program until the block ends, and keep what it says; it listens when the block begins."""
    with said.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env=environment(**given))  # noqa: S603  our own words
    try:
        _wait(process, port, said)
        yield
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def _wait(process: "subprocess.Popen[bytes]", port: int, said: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            assert process.poll() is None, said.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, said.read_text(encoding="utf-8")
            time.sleep(0.02)
        else:
            return
