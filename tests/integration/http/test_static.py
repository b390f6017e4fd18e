"""`/static/…`: style sheets and scripts for documents without an origin."""

import gzip
import json
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from server.domain.rendering import RenderTheme
from server.http.static import static_routes
from server.render.styles import style_sheet

SCRIPT = b"console.log('a script')"
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "_interactive"
    folder.mkdir()
    for name, content in {"draw-A1.js": SCRIPT, "reveal-style-B2.css": b"p{}"}.items():
        (folder / name).write_bytes(content)
        (folder / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
        (folder / f"{name}.br").write_bytes(b"brotli of " + name.encode())
    words = {"draw": "draw-A1.js", "reveal-style": "reveal-style-B2.css"}
    (folder / "manifest.json").write_text(json.dumps({"words": words, "files": {}}))
    (folder / "licenses.txt").write_text("licences")
    (tmp_path / "secret").write_text("secret")
    return folder


async def ask(bundle: Path, name: str, *, method: str = "GET", encoding: str = "identity") -> tuple[httpx2.Response, bytes]:
    app = Starlette(routes=static_routes(bundle=bundle))
    async with (
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://nbinsight.test") as client,
        client.stream(method, f"/static/{name}", headers={"Accept-Encoding": encoding}) as response,
    ):
        return response, b"".join([part async for part in response.aiter_raw()])


@pytest.mark.parametrize(
    ("encoding", "sent", "content"),
    [
        ("gzip, deflate, br, zstd", "br", b"brotli of draw-A1.js"),
        ("br;q=0, gzip", "gzip", gzip.compress(SCRIPT, mtime=0)),
        ("identity", None, SCRIPT),
        ("deflate", None, SCRIPT),
    ],
)
async def test_a_script_is_sent_in_an_encoding_that_the_client_takes(bundle: Path, encoding: str, sent: str | None, content: bytes) -> None:
    response, raw = await ask(bundle, "draw-A1.js", encoding=encoding)
    assert response.status_code == 200
    assert response.headers.get("content-encoding") == sent
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["content-length"] == str(len(raw))
    assert gzip.decompress(raw) == SCRIPT if sent == "gzip" else raw == content


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("draw-A1.js", "text/javascript; charset=utf-8"), ("reveal-style-B2.css", "text/css; charset=utf-8")],
)
async def test_a_file_says_what_it_is_is_kept_for_ever_and_may_be_read_by_any_origin(bundle: Path, name: str, media_type: str) -> None:
    response, _ = await ask(bundle, name)
    assert response.headers["content-type"] == media_type
    assert response.headers["cache-control"] == FOR_EVER
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_head_tells_the_same_without_the_file(bundle: Path) -> None:
    told, nothing = await ask(bundle, "draw-A1.js", method="HEAD", encoding="br")
    sent, _ = await ask(bundle, "draw-A1.js", encoding="br")
    assert (told.status_code, nothing) == (200, b"")
    assert told.headers == sent.headers


@pytest.mark.parametrize(
    "name",
    [
        "draw-OLD.js",
        "draw",
        "draw-A1.js.gz",
        "manifest.json",
        "licenses.txt",
        "",
        "..%2Fsecret",
        "../secret",
        "%2e%2e/secret",
        "..%5Csecret",
        "%00",
        "sub/draw-A1.js",
    ],
)
async def test_a_name_that_the_bundle_does_not_hold_is_not_found(bundle: Path, name: str) -> None:
    response, raw = await ask(bundle, name)
    assert response.status_code == 404
    assert b"secret" not in raw


async def test_style_sheets_are_there_without_a_bundle(tmp_path: Path) -> None:
    sheet = style_sheet(RenderTheme.DARK)
    response, raw = await ask(tmp_path, sheet.name)
    assert (response.status_code, raw) == (200, sheet.served)
    assert response.headers["cache-control"] == FOR_EVER
    assert response.headers["access-control-allow-origin"] == "*"
    assert (await ask(tmp_path, "draw-A1.js"))[0].status_code == 404
