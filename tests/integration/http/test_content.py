"""`/content/…`: what is served under a signed address, and with which headers."""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import httpx2
import pytest
from sqlalchemy import text

from server.db.repositories.renderings import Renderings
from server.render.renderer import Renderer, RenderLimits
from tests.fixtures import make
from tests.fixtures.world import SECRET, World
from tests.integration.http.conftest import Start
from tests.integration.http.serving import Clock, client_of, signed_in

ADDRESS: Final = """query($id: ID!, $format: RenderFormat = HTML, $code: Boolean = false, $theme: RenderTheme = LIGHT) {
    export(id: $id) { rendering(format: $format, showCode: $code, theme: $theme) { url urlExpiresAt mediaType } } }"""
POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline' http://127.0.0.1:8000 http://localhost:8000; img-src data: blob:; "
    "font-src data: http://127.0.0.1:8000 http://localhost:8000; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
SAFE: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "private, no-cache",
}
EXPORT_NAME: Final = 'Größe "1"; x=y/../z'


async def published(world: World, name: str = "Weekly", **given: Any) -> str:  # noqa: ANN401  as World.save takes them
    """Publish a notebook; return the export's id."""
    return str((await world.publish(await world.save(name, **given)))["export"])


async def address(client: httpx2.AsyncClient, world: World, who: str, **variables: object) -> str:
    """Ask for an address."""
    response = await client.post("/graphql", json={"query": ADDRESS, "variables": variables}, headers=signed_in(world, who))
    return str(response.json()["data"]["export"]["rendering"]["url"])


async def test_a_page_is_served_with_every_safeguard(world: World) -> None:
    url = await address(world.client, world, "analyst", id=await published(world))
    for method in ("GET", "HEAD"):
        response = await world.client.request(method, url)
        assert response.status_code == 200
        assert {name: response.headers[name] for name in SAFE} == SAFE
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["content-disposition"].startswith("inline")
        for feature in ("camera", "microphone", "geolocation", "fullscreen", "clipboard-read", "payment", "usb"):
            assert f"{feature}=()" in response.headers["permissions-policy"]
        assert not {"set-cookie", "access-control-allow-origin", "cross-origin-resource-policy", "location"} & set(response.headers)
    assert "Results" in (await world.client.get(url)).text


async def test_what_is_refused_has_the_same_safeguards(world: World) -> None:
    response = await world.client.get("/content/nothing")
    assert {name: response.headers[name] for name in SAFE} == SAFE
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(("format_name", "suffix"), [("IPYNB", "ipynb"), ("MARKDOWN", "md"), ("SCRIPT", "py")])
async def test_other_formats_are_downloads(world: World, format_name: str, suffix: str) -> None:
    export = await published(world, EXPORT_NAME)
    response = await world.client.get(await address(world.client, world, "analyst", id=export, format=format_name))
    assert response.status_code == 200
    quoted = "Gr%C3%B6%C3%9Fe%20%221%22%3B%20x%3Dy%2F..%2Fz"
    assert response.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quoted}.{suffix}"
    assert {name: response.headers[name] for name in SAFE} == SAFE
    assert SECRET not in response.text


@pytest.mark.parametrize(
    ("said", "suffix"),
    [
        ({"name": "R", "file_extension": ".R"}, "r"),
        ({"name": "C#", "file_extension": ".fs"}, "fs"),
        ({"name": "scala"}, "scala"),
        ({"name": "python", "file_extension": ".html"}, "py"),
        ({"name": "python", "file_extension": ".exe"}, "py"),
        ({"name": "julia", "file_extension": "/../../x.jl"}, "jl"),
        ({"name": "x", "file_extension": '.py"; filename=evil.exe'}, "txt"),
        ({"name": "x\r\nset-cookie: a=b", "file_extension": ".py\r\nset-cookie: a=b"}, "txt"),
        ({"name": "html", "file_extension": {"a": ".py"}}, "txt"),
    ],
)
async def test_a_script_is_named_as_its_language_has_it(world: World, said: make.Node, suffix: str) -> None:
    export = await published(world, notebook=make.notebook(make.code("1"), language=None, metadata={"language_info": said}))
    response = await world.client.get(await address(world.client, world, "coder", id=export, format="SCRIPT", code=True))
    assert (response.status_code, response.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert response.headers["content-disposition"] == f"attachment; filename*=UTF-8''Weekly.{suffix}"
    assert {name: response.headers[name] for name in SAFE} == SAFE
    assert "set-cookie" not in response.headers


async def test_the_page_asks_no_other_host_for_anything(world: World) -> None:
    notebook = make.notebook(
        make.markdown("![x](https://tracker.example/x.png) [link](https://docs.example/) <img src=//tracker.example/y>"),
        make.code(
            "1", make.html_output('<link rel=stylesheet href="https://cdn.example/a.css"><script src="https://cdn.example/a.js"></script>')
        ),
    )
    page = (await world.client.get(await address(world.client, world, "analyst", id=await published(world, notebook=notebook)))).text
    asked = re.findall(r"""(?:src|srcset|poster|data|background)\s*=\s*["']?([^"'\s>]+)""", page)
    asked += re.findall(r"""<link[^>]*href=["']?([^"'\s>]+)""", page)
    assert [place for place in asked if not place.startswith(("/static/", "data:"))] == []
    assert "cdn.example" not in page
    assert "<script" not in page
    [sheet] = re.findall(r"""<link[^>]*href=["']?(/static/[^"'\s>]+)""", page)
    assert (await world.client.get(sheet)).status_code == 200


async def test_a_style_sheet_may_be_read_from_anywhere_and_kept_for_ever(world: World) -> None:
    page = (await world.client.get(await address(world.client, world, "analyst", id=await published(world), theme="DARK"))).text
    [sheet] = re.findall(r'href="(/static/[^"]+)"', page)
    response = await world.client.get(sheet)
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    for other in ("x.css", "..%2fapp.py", f"{sheet[8:]}x", "%00"):
        assert (await world.client.get(f"/static/{other}")).status_code == 404


async def test_a_page_that_is_known_is_not_sent_again(world: World) -> None:
    export = await published(world)
    url = await address(world.client, world, "analyst", id=export)
    first = await world.client.get(url)
    etag = first.headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        for method in ("GET", "HEAD"):
            again = await world.client.request(method, url, headers={"if-none-match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
            assert {name: again.headers[name] for name in SAFE} == SAFE
    assert (await world.client.get(url, headers={"if-none-match": '"other"'})).status_code == 200
    dark = await world.client.get(await address(world.client, world, "analyst", id=export, theme="DARK"))
    assert dark.headers["etag"] != etag
    [[digest]] = await world.rows("SELECT digest FROM export")
    assert digest[:16] not in etag


async def test_an_address_stays_the_same_for_150_s_and_ends_within_300(world: World) -> None:
    clock = Clock(datetime.fromtimestamp(1_800_000_000, UTC))
    assert clock.now.timestamp() % 150 == 0
    client, export = client_of(world, clock=clock), await published(world)
    first = await address(client, world, "analyst", id=export)
    clock.move(seconds=149.9)
    assert await address(client, world, "analyst", id=export) == first
    clock.move(seconds=0.1)
    second = await address(client, world, "analyst", id=export)
    assert second != first
    clock.move(seconds=149.9)
    assert (await client.get(first)).status_code == 200, "299.9 s old"
    clock.move(seconds=0.1)
    ended = await client.get(first)
    assert ended.status_code == 404
    assert (await client.get(second)).status_code == 200
    assert (await client.get(first, headers={"if-none-match": "*"})).status_code == 404
    assert ended.content == (await client.get("/content/nothing")).content


async def test_an_address_says_when_it_ends(world: World) -> None:
    clock = Clock(datetime.fromtimestamp(1_800_000_100, UTC))
    client, export = client_of(world, clock=clock), await published(world)
    body = {"query": ADDRESS, "variables": {"id": export}}
    response = await client.post("/graphql", json=body, headers=signed_in(world, "analyst"))
    ends_at = datetime.fromisoformat(response.json()["data"]["export"]["rendering"]["urlExpiresAt"])
    assert ends_at.timestamp() == 1_800_000_300


def spoilt(url: str) -> list[str]:
    """Change an address in every place, and in every way that might mean the same."""
    head, _, tail = url.rpartition("/")
    raw = bytearray(urlsafe_b64decode(tail + "=" * (-len(tail) % 4)))
    changed = []
    for index in range(len(raw)):
        other = bytearray(raw)
        other[index] ^= 1
        changed.append(urlsafe_b64encode(other).decode().rstrip("="))
    words = raw[32:].decode().split(".")
    for index, value in enumerate(("e" + "0" * 26, "IPYNB", "0", "DARK", "INTERACTIVE", "k" + "0" * 26, "t" + "0" * 26, "99999999999")):
        payload = ".".join([*words[:index], value, *words[index + 1 :]]).encode()
        changed.append(urlsafe_b64encode(bytes(raw[:32]) + payload).decode().rstrip("="))
    changed += [tail + "=", tail + "A", tail[:-1], tail[1:], tail.upper(), tail + "/", f"{tail}/x", f"..%2f{tail}", f"%2f{tail}"]
    changed += ["", "x", "A" * 5000, "%00", "💥", "..%2fgraphql", "..%2f..%2fsecret-key"]
    return [f"{head}/{part}" for part in changed]


async def test_an_address_with_anything_changed_leads_nowhere_and_all_alike(world: World) -> None:
    export = await published(world)
    url = await address(world.client, world, "analyst", id=export, code=True)
    assert SECRET in (await world.client.get(url)).text
    answers: dict[tuple[int, bytes, str], str] = {}
    for changed in spoilt(url):
        response = await world.client.get(changed)
        answers.setdefault((response.status_code, response.content, str(sorted(response.headers.items()))), changed)
    assert len(answers) == 1, [(changed[-30:], status) for (status, _, _), changed in answers.items()]
    [(status, _, _)] = answers
    assert status == 404


async def test_a_token_of_another_purpose_opens_nothing(world: World) -> None:
    """Sign the same words with keys that are not the one for addresses."""
    url = await address(world.client, world, "analyst", id=await published(world))
    tail = url.rpartition("/")[2]
    payload = urlsafe_b64decode(tail + "=" * (-len(tail) % 4))[32:]
    server_key = b"k" * 64
    for key in (server_key, hmac.digest(server_key, b"nbinsight etag 1\0", sha256), b"", b"nbinsight content address 1\0"):
        forged = urlsafe_b64encode(hmac.digest(key, payload, sha256) + payload).decode().rstrip("=")
        assert (await world.client.get(f"/content/{forged}")).status_code == 404
    right = (
        urlsafe_b64encode(hmac.digest(hmac.digest(server_key, b"nbinsight content address 1\0", sha256), payload, sha256) + payload)
        .decode()
        .rstrip("=")
    )
    assert f"/content/{right}" == url


async def test_what_cannot_be_rendered_is_422(world: World) -> None:
    export = await published(world)
    url = await address(world.client, world, "analyst", id=export)
    async with world.application.parts.database.writing() as session:
        await session.execute(text("UPDATE export SET digest = :digest"), {"digest": "0" * 64})
    response = await world.client.get(url)
    assert response.status_code == 422
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert {name: response.headers[name] for name in SAFE} == SAFE
    assert "0" * 16 not in response.text


async def test_what_takes_long_is_503_and_there_later(world: World) -> None:
    export, parts = await published(world), world.application.parts
    limits = RenderLimits(timeout_seconds=30, memory_bytes=2**31, workers=1, queue=1, wait_seconds=0.001)
    hasty = Renderer(parts.store, Renderings(parts.database, parts.clock), limits)
    client = client_of(world, renderer=hasty)
    url = await address(client, world, "analyst", id=export)
    response = await client.get(url)
    assert response.status_code == 503
    assert 1 <= int(response.headers["retry-after"]) <= 30
    assert {name: response.headers[name] for name in SAFE} == SAFE
    assert (await world.client.get(url)).status_code == 200
    await hasty.close()


async def test_an_address_lies_on_the_origin_for_content(start: Start) -> None:
    world = await start(content_origin="https://content.example.org", root_path="/nb")
    url = await address(world.client, world, "analyst", id=await published(world))
    assert url.startswith("https://content.example.org/nb/content/")
    response = await world.client.get(url.removeprefix("https://content.example.org/nb"))
    assert "style-src 'unsafe-inline' https://content.example.org;" in response.headers["content-security-policy"]
    assert 'href="/nb/static/' in response.text


async def test_a_server_that_knows_no_origin_sends_the_style_along(start: Start) -> None:
    world = await start(host="0.0.0.0", frame_ancestors="https://portal.example.org")  # noqa: S104  nothing listens
    response = await world.client.get(await address(world.client, world, "analyst", id=await published(world)))
    assert "/static/" not in response.text
    assert "<style>" in response.text
    policy = response.headers["content-security-policy"]
    assert "style-src 'unsafe-inline';" in policy
    assert policy.endswith("frame-ancestors https://portal.example.org")
    foreign = await world.client.get(
        await address(world.client, world, "analyst", id=await published(world, "Again")), headers={"host": "evil.example"}
    )
    assert "evil.example" not in foreign.text + str(foreign.headers)


async def test_an_address_takes_nothing_but_reading(world: World) -> None:
    url = await address(world.client, world, "analyst", id=await published(world))
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert (await world.client.request(method, url)).status_code == 405
