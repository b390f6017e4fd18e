"""A content address whose document takes long: sent while it is rendered, and never whole where it failed."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from starlette.types import Message

from tests.fixtures import make
from tests.fixtures.running import serving
from tests.fixtures.world import World
from tests.integration.http.serving import signed_in
from tests.unit.render.fakes import SLOW

MANY: Final = 6000
RENDERING: Final = """query($id: ID!, $format: RenderFormat!, $code: Boolean!) { export(id: $id) {
    rendering(format: $format, showCode: $code) { url body fragment } } }"""
URL: Final = "query($id: ID!, $format: RenderFormat!) { export(id: $id) { rendering(format: $format) { url } } }"


def many_cells() -> dict[str, Any]:
    """Return a notebook that takes a second or two, however seldom a busy server looks at it; with a notice at its end."""
    cells = [make.code(f"x = {number}\nprint(x + {number})", make.stream(f"{number}\n")) for number in range(MANY)]
    return make.notebook(make.markdown("# First"), *cells, make.code("x", make.html_output("<script>1</script><b>Last</b>")))


@pytest.fixture
def nothing_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.render.renderer._QUICK_SECONDS", 0.0)


@pytest.mark.usefixtures("nothing_is_quick")
@pytest.mark.parametrize("format_name", ["HTML", "SLIDES"])
async def test_what_is_sent_while_it_is_rendered_is_what_is_sent_later(world: World, format_name: str) -> None:
    export = (await world.publish(await world.save(notebook=many_cells())))["export"]
    url = (await world.ok("analyst", URL, id=export, format=format_name))["export"]["rendering"]["url"]
    head = await world.client.head(url)
    coming, whole = await world.client.get(url), await world.client.get(url)
    assert (coming.status_code, whole.status_code) == (200, 200)
    assert "content-length" not in coming.headers, "it was sent before its length was known"
    assert int(whole.headers["content-length"]) == len(whole.content)
    assert coming.content == whole.content
    for name in ("etag", "content-type", "content-disposition", "content-security-policy"):
        assert coming.headers[name] == whole.headers[name] == head.headers[name]
    assert "Differences from the notebook" in coming.text
    variables = {"id": export, "format": format_name, "code": False}
    response = await world.client.post("/graphql", json={"query": RENDERING, "variables": variables}, headers=signed_in(world, "analyst"))
    rendering = response.json()["data"]["export"]["rendering"]
    assert (rendering["fragment"] is None) is (format_name == "SLIDES")
    assert (rendering["fragment"] or "") in coming.text
    after_head = coming.text.partition("<body")[2].partition(">")[2]
    assert re.split("</main>|<script", after_head)[0] in rendering["body"]
    assert [int(number) for number in re.findall(r"<pre>(\d+)\n", coming.text)] == list(range(MANY))


@pytest.mark.usefixtures("nothing_is_quick")
async def test_a_client_that_goes_away_ends_its_answer_and_not_the_rendering(world: World) -> None:
    export = (await world.publish(await world.save(notebook=many_cells())))["export"]
    url = (await world.ok("analyst", URL, id=export, format="HTML"))["export"]["rendering"]["url"]
    gone, answers = asyncio.Event(), list[Message]()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answers.append(message)
        if message.get("body"):
            gone.set()
            await asyncio.Event().wait()  # a connection that takes nothing more

    scope = {"type": "http", "method": "GET", "path": url, "query_string": b"", "root_path": "", "headers": []}
    await world.application.asgi(scope, receive, send)
    assert [message.get("more_body") for message in answers] == [None, True]
    assert (await world.client.get(url)).text.endswith("</html>\n")
    async with asyncio.timeout(20):
        while len(await world.rows("SELECT * FROM rendering")) != 1:  # noqa: ASYNC110  kept soon after it was handed out
            await asyncio.sleep(0.01)


async def test_asking_for_the_head_renders_nothing(world: World) -> None:
    export = (await world.publish(await world.save()))["export"]
    url = (await world.ok("analyst", URL, id=export, format="HTML"))["export"]["rendering"]["url"]
    before = await world.client.head(url)
    assert (before.status_code, "content-length" in before.headers) == (200, False)
    assert await world.rows("SELECT * FROM rendering") == []
    whole, after = await world.client.get(url), await world.client.head(url)
    assert after.headers == whole.headers
    assert after.content == b""


async def test_asking_for_the_head_of_other_formats_tells_their_length(world: World) -> None:
    export = (await world.publish(await world.save()))["export"]
    url = (await world.ok("analyst", URL, id=export, format="MARKDOWN"))["export"]["rendering"]["url"]
    whole, head = await world.client.get(url), await world.client.head(url)
    assert head.headers == whole.headers


SAVE: Final = """mutation($content: String!) {
    createProject(input: {key: "SALES", name: "Sales"}) { errors { message } }
    saveNotebook(input: {projectKey: "SALES", name: "Slow", content: $content}) { notebook { id } errors { message } } }"""
EXPORT: Final = "mutation($id: ID!) { createExport(input: {notebookId: $id}) { export { id } errors { message } } }"


def begun_at(address: httpx2.URL) -> tuple[int, str]:
    """Read an answer that must be cut off; return its status and what came of it."""
    begun = b""
    with httpx2.stream("GET", address, timeout=30) as response:
        try:
            for chunk in response.iter_bytes():
                begun += chunk
        except httpx2.RemoteProtocolError:
            return response.status_code, begun.decode()
    pytest.fail("the answer looks complete")


def test_what_fails_after_its_first_cell_is_cut_off_and_refused_from_then_on(tmp_path: Path) -> None:
    notebook = make.notebook(make.markdown("# First"), make.markdown(json.loads(SLOW)["cells"][0]["source"]))
    with serving(cwd=tmp_path, NBINSIGHT_RENDER_TIMEOUT_SECONDS="3") as server:
        token = (tmp_path / "nbinsight-data" / "admin-token").read_text(encoding="utf-8").strip()
        saved = server.data(SAVE, token, content=json.dumps(notebook))["saveNotebook"]["notebook"]["id"]
        export = server.data(EXPORT, token, id=saved)["createExport"]["export"]["id"]
        url = server.data(URL, token, id=export, format="HTML")["export"]["rendering"]["url"]
        address = httpx2.URL(server.address).join(url)
        status, begun = begun_at(address)
        assert status == 200
        assert "First" in begun
        assert "</html>" not in begun
        again = httpx2.get(address)
        assert (again.status_code, again.text) == (422, "Rendering this notebook takes longer than 3 s; make its outputs smaller.")
        assert httpx2.head(address).status_code == 422
        assert server.data("{ viewer { user { login } } }", token)["viewer"]["user"]["login"] == "admin"
