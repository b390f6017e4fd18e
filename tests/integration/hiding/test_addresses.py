"""Addresses of content: given to those who may see an export, and gone with their right, however they are asked for.

| of bytes | here, for everybody | and in depth |
|---|---|---|
| without signature, expired, tampered, `..%2f` | | `http/test_content.py` |
| of another viewer | an address is its viewer's: it ends with them, whoever sends it | `http/test_content_rights.py` |
| after revocation: GET, HEAD, Range, If-None-Match | each of the four who could read it | `http/test_content_rights.py` |
| digest of a hidden export as a capability | claims signed by us for one who may not see it | `test_hidden_code.py` |
| `Cache-Control: private` | 200, 304, 404, with each method | `http/test_content.py` |
"""

from dataclasses import replace
from typing import Final

import httpx2
import pytest

from server.auth.addresses import Claims
from server.domain.rendering import RenderFormat, RenderProfile, RenderTheme
from tests.fixtures.world import World
from tests.integration.hiding.scene import INSIDE, PEOPLE, SIGNED_IN, Scene
from tests.integration.mutations.asking import do

shared = pytest.mark.asyncio(loop_scope="session")

ADDRESS: Final = "query($id: ID!) { export(id: $id) { rendering { url } } }"
WAYS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("GET", {}),
    ("HEAD", {}),
    ("GET", {"range": "bytes=0-9"}),
    ("GET", {"if-none-match": "*"}),
    ("HEAD", {"if-none-match": "*"}),
)


async def answers(world: World, url: str) -> list[tuple[int, bytes, httpx2.Headers]]:
    """Ask for an address in every way."""
    responses = [await world.client.request(method, url, headers=headers) for method, headers in WAYS]
    assert {response.headers["cache-control"] for response in responses} == {"private, no-cache"}
    return [(response.status_code, response.content, response.headers) for response in responses]


def claims_for(scene: Scene, who: str, export: str) -> Claims:
    """Name an export as our own signer would for somebody, with the code."""
    token = next(id_ for label, id_ in scene.ids.items() if label.startswith(f"token {who} "))
    return Claims(scene.ids[export], RenderFormat.HTML, False, RenderTheme.LIGHT, RenderProfile.STATIC, token)  # noqa: FBT003  a record


@shared
@pytest.mark.parametrize("who", SIGNED_IN)
async def test_an_address_leads_to_what_its_viewer_may_see_even_if_we_signed_more(scene: Scene, who: str) -> None:
    """Claims are no right: those of a hidden export, of hidden code, of a tile that does not show it lead nowhere."""
    parts, never = scene.world.application.parts, await answers(scene.world, "/content/never")
    reads = who in {"analyst", "writer"}
    for export in ("export open 1", "export open 2", "export closed", "export foreign"):
        plain = claims_for(scene, who, export)
        through = replace(plain, show_code=True, tile_id=scene.ids["tile unlisted"])
        asked = {"plain": plain, "code": replace(plain, show_code=True), "through a tile": through}
        expected = {"plain": scene.sees(who, export), "code": reads and export != "export foreign"}
        expected["through a tile"] = who in INSIDE and export == "export open 2"
        for name, claims in asked.items():
            url = f"/content/{parts.signer.sign(claims, parts.clock())[0]}"
            found = await answers(scene.world, url)
            assert ([status for status, _, _ in found] == [200, 200, 200, 304, 304]) is expected[name], (export, name)
            assert (found == never) is not expected[name], (export, name)


@pytest.mark.parametrize("end", ["grant", "token", "user"])
async def test_whatever_ends_somebodys_right_ends_their_address_and_nobody_elses(own_scene: Scene, end: str) -> None:
    world, export = own_scene.world, own_scene.ids["export open 1"]
    urls = {who: (await world.ok(who, ADDRESS, id=export))["export"]["rendering"]["url"] for who in (*INSIDE, "coder")}
    assert len(set(urls.values())) == 5
    never = await answers(world, "/content/never")
    for who in INSIDE:
        assert [status for status, _, _ in await answers(world, urls[who])] == [200, 200, 200, 304, 304]
        if end == "grant":
            await do(world, "owner", "setProjectPermissions", projectKey="SALES", userLogin=who, permissions=[])
        elif end == "token":
            await do(world, "admin", "revokeAccessToken", accessTokenId=own_scene.ids[f"token {who} test"])
        else:
            await do(world, "admin", "deactivateUser", login=who)
        assert await answers(world, urls[who]) == never, who
        assert [status for status, _, _ in await answers(world, urls["coder"])] == [200, 200, 200, 304, 304]


@shared
@pytest.mark.parametrize("who", PEOPLE)
async def test_addresses_are_given_to_those_alone_who_may_see_the_export(scene: Scene, who: str | None) -> None:
    for export in ("export open 1", "export closed", "export foreign"):
        answer = await scene.world.run(who, ADDRESS, id=scene.ids[export])
        given = "/content/" in str(answer)
        assert given is scene.sees(who, export), export
