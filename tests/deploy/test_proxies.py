"""nginx and Caddy, with the files of deploy/, in front of a running nbinsight."""

import asyncio
import http.client
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.deploy.conftest import DEPLOY, run_program
from tests.deploy.proxies import API, CONTENT, KINDS, SHARED, Proxy, proxying, write_nginx
from tests.fixtures.collector import collecting
from tests.fixtures.demo import serving_demo
from tests.fixtures.listening import PROTOCOL, SECONDS, Events, Line
from tests.fixtures.running import VIEWER, Running, free_ports, serving

PATH: Final = "/notebooks"
ROOTS: Final = [(kind, "") for kind in KINDS]
BELOW: Final = [(kind, PATH) for kind in KINDS]
BOARD: Final = '{ project(key: "DEMO") { dashboards(first: 1) { nodes { id name } } } }'
FOLLOW: Final = "subscription($id: ID!) { dashboardChanged(dashboardId: $id) { name } }"
RENAME: Final = "mutation($id: ID!, $name: String!) { updateDashboard(input: { dashboardId: $id, name: $name }) { errors { message } } }"
SAVE: Final = """mutation($file: Upload!) { saveNotebook(input: { projectKey: "DEMO", name: "Large", file: $file }) {
    notebook { name } errors { message } } }"""
SHOWN: Final = '{ project(key: "DEMO") { insights(first: 1) { nodes { displayedExport { rendering { url } } } } } }'
UPLOAD_BYTES: Final = 20 * 1024 * 1024
NOTEBOOK_LIMIT_BYTES: Final = 104_857_600
PARENT: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass(frozen=True, slots=True)
class Served:
    """A server with the demo, and whom its tokens are of."""

    server: Running
    tokens: dict[str, str]
    data_dir: Path

    @property
    def port(self) -> int:
        """Its port."""
        return httpx2.URL(self.server.address).port or 0


@dataclass(frozen=True, slots=True)
class Site:
    """A proxy before it, the name and the path under which it is reached."""

    proxy: Proxy
    served: Served
    host: str
    path: str

    def ask(self, query: str, login: str | None = None, **variables: object) -> httpx2.Response:
        """Send an operation."""
        with self.proxy.client(self.host) as client:
            return client.post(f"{self.path}/graphql", json={"query": query, "variables": variables}, headers=self.signed_in(login))

    def data(self, query: str, login: str | None = None, **variables: object) -> Any:  # noqa: ANN401  any JSON
        """Return the data of an operation that must have no errors."""
        answer = self.ask(query, login, **variables).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def signed_in(self, login: str | None) -> dict[str, str]:
        """Return the header of somebody of the demo."""
        return {} if login is None else {"authorization": f"Bearer {self.served.tokens[login]}"}

    def board(self) -> str:
        """Return the id of a dashboard."""
        [node] = self.data(BOARD, "wim")["project"]["dashboards"]["nodes"]
        return str(node["id"])


@pytest.fixture(scope="module")
def at_its_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that has a name of its own, and one for content."""
    folder = tmp_path_factory.mktemp("root")
    with serving_demo(folder, NBINSIGHT_CONTENT_ORIGIN=f"https://{CONTENT}") as demo:
        yield Served(demo.server, demo.tokens, folder / "nbinsight-data")


@pytest.fixture(scope="module")
def below_a_path(at_its_root: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server below a path of a site that others share, with a copy of the same."""
    folder = tmp_path_factory.mktemp("path")
    data = shutil.copytree(at_its_root.data_dir, folder / "nbinsight-data", ignore=shutil.ignore_patterns("nbinsight.db*"))
    with closing(sqlite3.connect(at_its_root.data_dir / "nbinsight.db")) as old, closing(sqlite3.connect(data / "nbinsight.db")) as new:
        old.backup(new)
    with serving(cwd=folder, NBINSIGHT_ROOT_PATH=PATH, NBINSIGHT_CONTENT_ORIGIN=f"https://{SHARED}") as server:
        yield Served(server, at_its_root.tokens, data)


@pytest.fixture(scope="module", params=[*ROOTS, *BELOW], ids="".join)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Each proxy, with names of its own and below a path."""
    kind, path = request.param
    served: Served = request.getfixturevalue("below_a_path" if path else "at_its_root")
    with proxying(kind, tmp_path_factory.mktemp(kind), served.port, below_a_path=bool(path)) as proxy:
        yield Site(proxy, served, SHARED if path else API, path)


@pytest.mark.parametrize("below_a_path", [False, True])
def test_nginx_takes_the_files(tmp_path: Path, below_a_path: bool) -> None:  # noqa: FBT001  a case
    plain, tls = free_ports(2)
    main = write_nginx(tmp_path, 8000, (plain, tls), below_a_path=below_a_path)
    said = run_program("nginx", "-t", "-p", tmp_path, "-c", main, "-e", tmp_path / "error.log")
    assert "warn" not in said + (tmp_path / "error.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["Caddyfile", "sub-path.Caddyfile"])
def test_caddy_takes_the_files_and_finds_them_tidy(name: str) -> None:
    said = run_program("caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "caddy" / name)
    assert "Valid configuration" in said
    assert '"level":"warn"' not in said
    formatted = run_program("caddy", "fmt", DEPLOY / "caddy" / name)
    assert formatted == (DEPLOY / "caddy" / name).read_text(encoding="utf-8")


def test_somebody_asks(site: Site) -> None:
    assert site.data(VIEWER, "dora") == {"viewer": {"user": {"login": "dora"}}}


def test_an_answer_is_not_kept_for_others(site: Site) -> None:
    assert site.ask(VIEWER, "dora").headers["cache-control"] == "no-store"
    assert site.data(VIEWER, "wim") == {"viewer": {"user": {"login": "wim"}}}


async def test_an_event_comes_by_websocket(site: Site) -> None:
    proxy, board = site.proxy, await asyncio.to_thread(site.board)
    async with connect(
        f"ws{'s' if proxy.context else ''}://{site.host}{site.path}/graphql",
        host="127.0.0.1",
        port=proxy.port,
        subprotocols=[Subprotocol(PROTOCOL)],
        proxy=None,
        ssl=proxy.context,
    ) as socket:
        line = Line(socket)
        await line.init(site.signed_in("dora")["authorization"])
        await line.ask("s", FOLLOW, id=board)
        assert await told(site, board, line.event("s")) == {"name": "Told"}


async def test_an_event_comes_as_a_stream_while_the_stream_goes_on(site: Site) -> None:
    board = await asyncio.to_thread(site.board)
    headers = {"accept": "text/event-stream", "host": site.host, **site.signed_in("dora")}
    sent = {"query": FOLLOW, "variables": {"id": board}}
    url = f"{site.proxy.url}{site.path}/graphql"
    async with (
        httpx2.AsyncClient(verify=site.proxy.context or True, timeout=SECONDS) as client,
        client.stream("POST", url, json=sent, headers=headers) as response,
    ):
        events = Events(response, response.aiter_lines())
        await events.begun()
        assert await told(site, board, events.next()) == ("next", {"data": {"dashboardChanged": {"name": "Told"}}})


async def told(site: Site, board: str, event: Any) -> object:  # noqa: ANN401  any awaitable
    """Rename a dashboard until the event of it comes: what begins may begin behind the first change."""
    waiting = asyncio.ensure_future(event)
    async with asyncio.timeout(SECONDS):
        while not waiting.done():
            await asyncio.to_thread(site.data, RENAME, "admin", id=board, name="Told")
            await asyncio.wait({waiting}, timeout=0.2)
    return await waiting


def test_twenty_megabytes_are_uploaded(site: Site) -> None:
    text = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "x" * UPLOAD_BYTES}
    notebook = json.dumps({"cells": [text], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    fields = {"operations": json.dumps({"query": SAVE, "variables": {"file": None}}), "map": json.dumps({"0": ["variables.file"]})}
    headers = {**site.signed_in("wim"), "graphql-require-preflight": "1"}
    with site.proxy.client(site.host) as client:
        answer = client.post(f"{site.path}/graphql", data=fields, files={"0": ("Large.ipynb", notebook)}, headers=headers).json()
    assert answer == {"data": {"saveNotebook": {"notebook": {"name": "Large"}, "errors": []}}}


@pytest.mark.parametrize("announced", [NOTEBOOK_LIMIT_BYTES + 2 * 1024 * 1024, 10**12])
def test_what_is_too_large_is_refused_at_once_as_an_error_of_graphql(site: Site, announced: int) -> None:
    proxy = site.proxy
    connection = (
        http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
        if proxy.context is None
        else http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=30, context=proxy.context)
    )
    connection.putrequest("POST", f"{site.path}/graphql", skip_host=True)
    for name, value in {
        "Host": site.host,
        "Content-Type": "multipart/form-data; boundary=x",
        "GraphQL-Require-Preflight": "1",
        "Content-Length": str(announced),
        **site.signed_in("wim"),
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    [error] = json.loads(answer.read())["errors"]
    connection.close()
    assert (answer.status, answer.getheader("content-type", "").partition(";")[0]) == (413, "application/json")
    assert error["extensions"]["code"] == "TOO_LARGE"


@pytest.mark.parametrize("site", ROOTS, indirect=True, ids="".join)
def test_content_is_shown_from_its_own_name_and_nothing_else_is(site: Site) -> None:
    url = httpx2.URL(site.data(SHOWN, "wim")["project"]["insights"]["nodes"][0]["displayedExport"]["rendering"]["url"])
    assert url.host == CONTENT
    with site.proxy.client(CONTENT) as client:
        shown = client.get(url.raw_path.decode())
        assert (shown.status_code, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert shown.headers["content-security-policy"].startswith("sandbox ")
        assert f"https://{CONTENT}" in shown.headers["content-security-policy"]
        elsewhere = [client.get(path).status_code for path in ("/", "/graphql", "/healthz", "/readyz", "/metrics", "/graphiql/static/x")]
        assert elsewhere == [404] * 6
        assert client.post("/graphql", json={"query": VIEWER}, headers=site.signed_in("wim")).status_code == 404
    with site.proxy.client(API) as client:
        assert client.get(url.raw_path.decode()).status_code == 404


@pytest.mark.parametrize("site", BELOW, indirect=True, ids="".join)
def test_content_below_a_path_is_shown(site: Site) -> None:
    url = httpx2.URL(site.data(SHOWN, "wim")["project"]["insights"]["nodes"][0]["displayedExport"]["rendering"]["url"])
    assert (url.host, url.path.startswith(f"{PATH}/content/")) == (SHARED, True)
    with site.proxy.client(SHARED) as client:
        assert client.get(url.raw_path.decode()).status_code == 200
        page = client.get(f"{PATH}/graphql", headers={"accept": "text/html"}).text
        assert f"{PATH}/graphiql/static/page-" in page
        script = page.partition('<script type="module" src="')[2].partition('"')[0]
        assert client.get(script).status_code == 200
        assert client.get("/graphql").status_code == 404


def test_metrics_are_not_to_be_had_through_a_proxy(site: Site) -> None:
    with site.proxy.client(site.host) as client:
        for path in ("/metrics", "/metrics/", "/metrics/x"):
            answer = client.get(f"{site.path}{path}")
            assert (answer.status_code, "nbinsight_" in answer.text) == (404, False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_caller_cannot_say_that_it_calls_from_elsewhere(kind: str, tmp_path: Path) -> None:
    """Callers who are not signed in share a rate by address: one that is used up stays so, whatever the caller says of itself."""
    with ExitStack() as stack:
        server = stack.enter_context(serving(cwd=tmp_path, NBINSIGHT_RATE_LIMIT="20/hour"))
        proxy = stack.enter_context(proxying(kind, tmp_path, httpx2.URL(server.address).port or 0))

        def outcome(address: str, **said: str) -> str:
            with proxy.client(from_address=address) as client:
                answer = client.post("/graphql", json={"query": VIEWER}, headers={name.replace("_", "-"): said[name] for name in said})
            errors = answer.json().get("errors", [{"extensions": {"code": "ok"}}])
            return str(errors[0]["extensions"]["code"])

        seen = [outcome("127.0.0.8") for _ in range(30)]
        assert (seen[0], seen[-1]) == ("ok", "RATE_LIMITED")
        for said in ("127.0.0.99", "127.0.0.99, 127.0.0.1", "198.51.100.7"):
            assert outcome("127.0.0.8", x_forwarded_for=said) == "RATE_LIMITED"
            assert outcome("127.0.0.8", x_real_ip=said, forwarded=f"for={said}") == "RATE_LIMITED"
        assert outcome("127.0.0.9") == "ok", "others are others"
        assert outcome("127.0.0.10", x_forwarded_for="127.0.0.8") == "ok", "nor can it use up what is another's"


@pytest.mark.parametrize("path", ["", PATH])
def test_a_caller_cannot_say_of_which_trace_it_is_a_part(path: str, tmp_path: Path) -> None:
    """What a trusted proxy says is believed, so it must say nothing of a caller's: whoever sets it decides what is sampled."""
    with collecting() as collector:
        given = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address, "NBINSIGHT_ROOT_PATH": path}
        with ExitStack() as stack:
            server = stack.enter_context(serving(cwd=tmp_path, **given))
            clients = [stack.enter_context(httpx2.Client(base_url=server.address.removesuffix(f"{path}/graphql")))]
            for kind in KINDS:
                (tmp_path / kind).mkdir()
                port = httpx2.URL(server.address).port or 0
                proxy = stack.enter_context(proxying(kind, tmp_path / kind, port, below_a_path=bool(path)))
                clients.append(stack.enter_context(proxy.client(SHARED if path else API)))
            for client in clients:
                answer = client.post(f"{path}/graphql", json={"query": VIEWER}, headers={"traceparent": PARENT})
                assert answer.json() == {"data": {"viewer": None}}
        parents = sorted(span.parent_id for span in collector.spans() if span.name == "query viewer")
    assert parents == ["", "", PARENT.split("-")[2]], "only what came without a proxy was believed, as from one"


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_server_the_answer_says_to_come_back(kind: str, tmp_path: Path) -> None:
    [nobody] = free_ports(1)
    with proxying(kind, tmp_path, nobody) as proxy, proxy.client() as client:
        answer = client.post("/graphql", json={"query": VIEWER})
    assert (answer.status_code, answer.headers["retry-after"], answer.headers["content-type"]) == (503, "2", "application/json")
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}


@pytest.mark.parametrize("site", [("nginx", "")], indirect=True, ids="".join)
def test_nginx_sends_who_comes_by_plain_http_to_https(site: Site) -> None:
    answer = httpx2.get(f"http://127.0.0.1:{site.proxy.plain_port}/graphql?a=b", headers={"host": CONTENT})
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://{CONTENT}/graphql?a=b")
