"""Reading along while a child renders: first bytes early, nothing that failed looks complete, nobody disturbs another."""

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from server.domain.errors import RenderFailed, RenderPending
from server.domain.rendering import Rendered
from server.render.flights import Broken
from server.render.renderer import Stream
from tests.fixtures import make
from tests.unit.render.fakes import HTML, NOTEBOOK, House, Open, limits, rendered
from tests.unit.render.test_isolation import child_pids
from tests.unit.render.trickle import TRICKLE, trickling


async def reading(house: House, digest: str) -> Stream:
    """Read along; what is rendered must not be done yet."""
    stream = await house.renderer.stream(digest, TRICKLE)
    assert isinstance(stream, Stream)
    return stream


async def rest(stream: Stream) -> bytes:
    """Read to the end."""
    try:
        return b"".join([chunk async for chunk in stream.chunks()])
    finally:
        stream.close()


async def test_what_is_drawn_is_read_before_the_rest_is(open_house: Open, tmp_path: Path) -> None:
    house, gate = open_house(limits()), tmp_path / "gate"
    digest = await house.blobs.put(trickling("one", ("two", gate), "three"))
    stream = await reading(house, digest)
    chunks = stream.chunks()
    assert await anext(chunks) == b"one"
    assert house.records.kept == {}
    gate.touch()
    assert b"".join([chunk async for chunk in chunks]) == b"twothree"
    assert house.records.keeps == 1, "a stream ends when the rendering is kept"
    stream.close()
    assert await house.renderer.stream(digest, TRICKLE) == Rendered(b"onetwothree", ())


async def test_those_who_read_along_and_those_who_wait_join_one_rendering(open_house: Open, tmp_path: Path) -> None:
    house, gate = open_house(limits()), tmp_path / "gate"
    digest = await house.blobs.put(trickling("one", ("two", gate)))
    early = await reading(house, digest)
    late, waiting = await reading(house, digest), asyncio.create_task(house.renderer.render(digest, TRICKLE))
    await asyncio.sleep(0)
    gate.touch()
    assert [await rest(early), await rest(late)] == [b"onetwo", b"onetwo"]
    assert (await waiting).content == b"onetwo"
    assert (house.records.keeps, house.blobs.puts) == (1, 2)


async def test_a_reader_who_leaves_ends_nothing_for_the_others(open_house: Open, tmp_path: Path) -> None:
    house, gate = open_house(limits()), tmp_path / "gate"
    digest = await house.blobs.put(trickling("one", ("two", gate)))
    leaver, stayer = await reading(house, digest), await reading(house, digest)
    gone = asyncio.create_task(rest(leaver))
    await asyncio.sleep(0.1)
    gone.cancel()
    await asyncio.wait({gone})
    gate.touch()
    assert await rest(stayer) == b"onetwo"
    assert house.records.keeps == 1


async def test_a_reader_slower_than_the_child_misses_nothing(open_house: Open, tmp_path: Path) -> None:
    house, gate = open_house(limits()), tmp_path / "gate"
    digest = await house.blobs.put(trickling("one", ("two", gate)))
    stream = await reading(house, digest)
    gate.touch()
    await house.renderer.render(digest, TRICKLE)
    assert await rest(stream) == b"onetwo"


async def test_notices_are_known_at_the_end(open_house: Open, tmp_path: Path) -> None:
    house, gate = open_house(limits()), tmp_path / "gate"
    notebook = make.notebook(make.raw("one"), make.raw(f"two {gate}"), make.code("", count="*"))
    stream = await reading(house, await house.blobs.put(make.dump(notebook)))
    assert not stream.notices
    gate.touch()
    await rest(stream)
    assert [notice.cell_index for notice in stream.notices] == [2]


@pytest.mark.parametrize("end", ["fail", "die"])
async def test_a_failure_after_the_first_byte_breaks_every_stream_and_keeps_nothing(end: str, open_house: Open, tmp_path: Path) -> None:
    house, gate = open_house(limits()), tmp_path / "gate"
    digest = await house.blobs.put(trickling("one", (end, gate)))
    streams = [await reading(house, digest) for _ in range(2)]
    gate.touch()
    broken = await asyncio.gather(*map(rest, streams), return_exceptions=True)
    assert [type(error) for error in broken] == [Broken, Broken]
    assert (house.records.kept, house.blobs.puts) == ({}, 1)
    with pytest.raises(RenderFailed):
        await house.renderer.stream(digest, TRICKLE)


async def test_a_child_killed_in_mid_stream_breaks_it(open_house: Open, tmp_path: Path) -> None:
    house = open_house(limits(workers=1))
    stream = await reading(house, await house.blobs.put(trickling("one", ("two", tmp_path / "never"))))
    chunks = stream.chunks()
    assert await anext(chunks) == b"one"
    [child] = child_pids()
    os.kill(child, signal.SIGKILL)
    with pytest.raises(Broken):
        await anext(chunks)
    stream.close()
    assert house.records.kept == {}


async def test_a_server_that_stops_breaks_what_it_streams(open_house: Open, tmp_path: Path) -> None:
    house = open_house(limits())
    stream = await reading(house, await house.blobs.put(trickling("one", ("two", tmp_path / "never"))))
    await house.renderer.close()
    with pytest.raises(Broken):
        await rest(stream)


async def test_a_failure_before_the_first_byte_is_raised(open_house: Open) -> None:
    house = open_house(limits())
    for notebook in (trickling("fail"), b"[]"):
        with pytest.raises(RenderFailed):
            await house.renderer.stream(await house.blobs.put(notebook), TRICKLE)


async def test_who_waits_too_long_for_the_first_byte_is_told_to_come_back(open_house: Open, tmp_path: Path) -> None:
    house, gate = open_house(limits(wait=0.5)), tmp_path / "gate"
    digest = await house.blobs.put(trickling(("one", gate), ("two", tmp_path / "later")))
    with pytest.raises(RenderPending):
        await house.renderer.stream(digest, TRICKLE)
    gate.touch()
    stream = await reading(house, digest)
    (tmp_path / "later").touch()
    assert await rest(stream) == b"onetwo"


async def test_what_is_quickly_made_comes_as_a_whole(open_house: Open) -> None:
    house = open_house(limits())
    await house.renderer.render(await house.blobs.put(trickling("children", "are", "started")), TRICKLE)
    found = await house.renderer.stream(await house.blobs.put(NOTEBOOK), HTML)
    assert found == Rendered(rendered(NOTEBOOK)[0].encode(), ())


async def test_what_goes_back_for_others_is_read_on_where_it_was(open_house: Open, tmp_path: Path) -> None:
    house = open_house(replace(limits(workers=2), slow_seconds=0.2))
    gates = [tmp_path / "first", tmp_path / "second"]
    digests = [await house.blobs.put(trickling("one", ("two", gate), f"three{number}")) for number, gate in enumerate(gates)]
    streams = [await reading(house, digest) for digest in digests]
    chunks = [stream.chunks() for stream in streams]
    assert [await anext(some) for some in chunks] == [b"one", b"one"]
    await house.renderer.render(await house.blobs.put(NOTEBOOK), HTML)  # for which the second one goes back
    for gate in gates:
        gate.touch()
    assert [b"".join([chunk async for chunk in some]) for some in chunks] == [b"twothree0", b"twothree1"]
    for stream in streams:
        stream.close()
