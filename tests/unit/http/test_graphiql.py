"""The page that shows GraphiQL and the files it is made of; the page in a browser is tested in tests/browser."""

import asyncio
import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path

import httpx2
import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate
from starlette.applications import Starlette

from server.http.graphiql import MEDIA_TYPES, choose_encoding, graphiql_page, graphiql_routes

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "graphiql" / "examples").glob("*.graphql"))
SCRIPT = b"console.log('a script')"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "_graphiql"
    folder.mkdir()
    files = {"page-A1.js": SCRIPT, "page-B2.css": b"p{}", "icon-C3.svg": b"<svg/>"}
    for name, content in files.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        (folder / f"{name}.br").write_bytes(b"brotli of " + name.encode())
    names = {"script": "page-A1.js", "style": "page-B2.css", "icon": "icon-C3.svg", "files": {name: {} for name in files}}
    (folder / "manifest.json").write_text(json.dumps(names))
    (tmp_path / "secret.gz").write_bytes(gzip.compress(b"secret"))
    return folder


async def get(bundle: Path, path: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
    app = Starlette(routes=graphiql_routes(bundle=bundle))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://nbinsight.test") as client:
        request = client.build_request("GET", path, headers={"Accept-Encoding": "identity", **(headers or {})})
        return await client.send(request)


async def get_raw(bundle: Path, encoding: str) -> tuple[httpx2.Response, bytes]:
    app = Starlette(routes=graphiql_routes(bundle=bundle))
    async with (
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://nbinsight.test") as client,
        client.stream("GET", "/graphiql/static/page-A1.js", headers={"Accept-Encoding": encoding}) as response,
    ):
        return response, b"".join([part async for part in response.aiter_raw()])


def test_the_page_names_the_built_files_and_the_endpoint(bundle: Path) -> None:
    response = graphiql_page("", bundle=bundle)
    page = bytes(response.body).decode()
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert '<script type="module" src="/graphiql/static/page-A1.js"></script>' in page
    assert '<link rel="stylesheet" href="/graphiql/static/page-B2.css">' in page
    assert 'href="/graphiql/static/icon-C3.svg"' in page
    assert 'data-endpoint="/graphql"' in page
    assert "<title>nbinsight</title>" in page


def test_the_page_works_under_a_root_path_and_escapes_it(bundle: Path) -> None:
    page = bytes(graphiql_page('/some/"prefix', bundle=bundle).body).decode()
    assert 'src="/some/&quot;prefix/graphiql/static/page-A1.js"' in page
    assert 'data-endpoint="/some/&quot;prefix/graphql"' in page


@pytest.mark.parametrize("built", [True, False])
def test_the_page_may_load_nothing_from_elsewhere(bundle: Path, *, built: bool) -> None:
    response = graphiql_page("", bundle=bundle if built else bundle / "absent")
    assert response.headers["content-security-policy"] == POLICY
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-cache"


def test_the_page_has_no_inline_script(bundle: Path) -> None:
    page = bytes(graphiql_page("", bundle=bundle).body).decode()
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL) == [""]
    assert not re.search(r"\son\w+=", page)


@pytest.mark.parametrize("manifest", [None, "", "{"])
def test_without_a_bundle_the_page_says_how_to_build_it(bundle: Path, manifest: str | None) -> None:
    if manifest is None:
        (bundle / "manifest.json").unlink()
    else:
        (bundle / "manifest.json").write_text(manifest)
    response = graphiql_page("/prefix", bundle=bundle)
    page = bytes(response.body).decode()
    assert response.status_code == 200
    assert "was not built" in page
    assert "npm" in page
    assert "<code>python hatch_build.py</code>" in page
    assert "The API works: <code>POST /prefix/graphql</code>" in page
    assert "<script" not in page


async def test_a_bundle_built_while_the_server_runs_is_served(tmp_path: Path, bundle: Path) -> None:
    later = tmp_path / "later"
    assert "was not built" in bytes(graphiql_page("", bundle=later).body).decode()
    assert (await get(later, "/graphiql/static/page-A1.js")).status_code == 404
    await asyncio.to_thread(bundle.rename, later)
    assert "was not built" not in bytes(graphiql_page("", bundle=later).body).decode()
    assert (await get(later, "/graphiql/static/page-A1.js")).status_code == 200


@pytest.mark.parametrize(
    ("encoding", "sent", "content"),
    [
        ("gzip, deflate, br, zstd", "br", b"brotli of page-A1.js"),
        ("gzip", "gzip", None),
        ("br;q=0, gzip", "gzip", None),
        ("identity", None, SCRIPT),
    ],
)
async def test_a_file_is_sent_as_it_is_stored_if_the_client_takes_that(
    bundle: Path, encoding: str, sent: str | None, content: bytes | None
) -> None:
    response, raw = await get_raw(bundle, encoding)
    assert response.status_code == 200
    assert response.headers.get("content-encoding") == sent
    assert (gzip.decompress(raw) if content is None else raw) == (SCRIPT if content is None else content)
    assert response.headers["content-length"] == str(len(raw))


async def test_a_file_is_kept_for_good_and_never_guessed_at(bundle: Path) -> None:
    response = await get(bundle, "/graphiql/static/page-A1.js")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("page-A1.js", "text/javascript; charset=utf-8"),
        ("page-B2.css", "text/css; charset=utf-8"),
        ("icon-C3.svg", "image/svg+xml"),
    ],
)
async def test_a_file_says_what_it_is(bundle: Path, name: str, media_type: str) -> None:
    assert (await get(bundle, f"/graphiql/static/{name}")).headers["content-type"] == media_type


@pytest.mark.parametrize(
    "name",
    [
        "page-OLD.js",
        "manifest.json",
        "page-A1.js.gz",
        "",
        "..%2Fsecret",
        "../secret",
        "%2e%2e/secret",
        "..%5Csecret",
        "%00",
        "sub/page-A1.js",
    ],
)
async def test_a_name_that_the_bundle_does_not_hold_is_not_found(bundle: Path, name: str) -> None:
    response = await get(bundle, f"/graphiql/static/{name}")
    assert (response.status_code, response.text) == (404, "Not Found")


@pytest.mark.parametrize(
    ("accept_encoding", "chosen"),
    [
        ("", None),
        ("*", "br"),
        ("*;q=0", None),
        ("identity", None),
        ("GZIP", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "br"),
        ("br;q=0, *", "gzip"),
        ("gzip; q=0", None),
        ("gzip;q=much", None),
        ("gzip;level=1", "gzip"),
        ("deflate, zstd", None),
    ],
)
def test_an_encoding_is_chosen_among_those_stored(accept_encoding: str, chosen: str | None) -> None:
    assert choose_encoding(accept_encoding) == chosen


def test_the_build_emits_no_kind_of_file_that_is_not_served() -> None:
    script = (ROOT / "graphiql" / "build.mjs").read_text(encoding="utf-8")
    emitted = set(re.findall(r'"(\.\w+)": "(?:file|copy)"', script)) | {".js", ".css"}
    assert emitted == set(MEDIA_TYPES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_has_the_variables_that_it_names(example: Path) -> None:
    document = parse(example.read_text(encoding="utf-8"))
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    beside = example.with_suffix(".variables.json")
    given = json.loads(beside.read_bytes()) if beside.exists() else {}
    assert {definition.variable.name.value for definition in operation.variable_definitions or ()} == set(given)
    assert set(re.findall(r"\{\{(\w+)\}\}", json.dumps(given))) <= {"notebookId", "dashboardId", "insightId", "earlierExportId"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_fits_the_schema(example: Path) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    assert validate(schema, parse(example.read_text(encoding="utf-8"))) == []
