"""A byte that has changed or gone in the store is never served: a rendering is made again, a notebook is said to be damaged."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Final

import pytest

from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.mutations.asking import address

SECONDS: Final = 20
"""However busy the machine is, it is done within so long."""
BODY: Final = "query($id: ID!) { export(id: $id) { rendering(format: MARKDOWN, showCode: false) { body } } }"

URL: Final = "query($id: ID!) { export(id: $id) { rendering { url } } }"


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncGenerator[World]:
    """A server whose bytes lie in a folder and which keeps no rendering in memory."""
    made = await make_world(settings_for(database_url, tmp_path, store_url=(tmp_path / "blobs").as_uri(), render_kept_bytes=0))
    yield made
    await end_world(made)


def blob(folder: Path, digest: str) -> Path:
    return folder / "blobs" / digest[:2] / digest[2:]


def spoil_file(path: Path, spoil: Callable[[bytes], bytes] | None) -> None:
    """Change a file's bytes, or remove it."""
    if spoil is None:
        path.unlink()
    else:
        path.write_bytes(spoil(path.read_bytes()))


def content_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


SPOILS: Final[dict[str, Callable[[bytes], bytes] | None]] = {
    "first": lambda content: bytes([content[0] ^ 1]) + content[1:],
    "last": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "cut": lambda content: content[:-1],
    "longer": lambda content: content + b" ",
    "gone": None,
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
async def test_a_rendering_whose_bytes_changed_is_made_again(world: World, tmp_path: Path, spoil: Callable[[bytes], bytes] | None) -> None:
    made = await world.publish(await world.save())
    url = await address(world, "analyst", made["export"])
    page = (await world.client.get(url)).content
    body = (await world.ok("analyst", BODY, id=made["export"]))["export"]
    async with asyncio.timeout(SECONDS):  # a rendering is answered before it is kept
        while len(digests := [row[0] for row in await world.rows("SELECT digest FROM rendering")]) < 2:  # noqa: ASYNC110  nothing tells it
            await asyncio.sleep(0.02)
    kept = {digest: blob(tmp_path, digest).read_bytes() for digest in digests}
    for digest in kept:
        spoil_file(blob(tmp_path, digest), spoil)
    served = await world.client.get(url)
    assert (served.status_code, served.content == page) == (200, True)
    assert (await world.ok("analyst", BODY, id=made["export"]))["export"] == body
    async with asyncio.timeout(SECONDS):  # and they are right again
        while {digest: content_of(blob(tmp_path, digest)) for digest in digests} != kept:  # noqa: ASYNC110  nothing tells it
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
async def test_a_notebook_whose_bytes_changed_is_said_to_be_damaged(
    world: World, tmp_path: Path, spoil: Callable[[bytes], bytes] | None
) -> None:
    notebook = await world.save()
    made = await world.publish(notebook)
    url = (await world.ok("analyst", URL, id=made["export"]))["export"]["rendering"]["url"]
    [[digest]] = await world.rows("SELECT digest FROM export")
    spoil_file(blob(tmp_path, digest), spoil)
    served = await world.client.get(url)
    assert (served.status_code, "shown 6" in served.text) == (422, False)
    answer = await world.run("analyst", BODY, id=made["export"])
    assert answer["data"] == {"export": {"rendering": {"body": None}}}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["RENDER_FAILED"]
    answer = await world.run("analyst", "query($id: ID!) { notebook(id: $id) { name source } }", id=notebook)
    assert answer["data"] == {"notebook": {"name": "Weekly", "source": None}}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["RENDER_FAILED"]
    assert answer["errors"][0]["message"] == "The stored notebook is damaged: save it again."
    await world.save()
    assert (await world.ok("analyst", BODY, id=made["export"]))["export"]["rendering"]["body"], "saved again, it is whole again"
    assert (await world.client.get(url)).status_code == 200
