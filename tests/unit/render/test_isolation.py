"""Rendering is done by children that can be killed, and nothing they do harms the server."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from pebble import ProcessPool

from server.domain.errors import InvalidNotebook, RenderFailed, RenderPending, RenderTimeout
from server.render import pool
from server.render.pool import RenderLimits
from tests.fixtures import make
from tests.unit.render.fakes import HTML, HTML_WITHOUT_CODE, HUNGRY, MIB, NOTEBOOK, SLOW, Open, limits

ROOT = Path(__file__).parents[3]


def child_pids() -> set[int]:
    """Return the processes that render: children of the fork server, which is a child of this one."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if fields[0] != "Z":
            parents[int(status.parent.name)] = int(fields[1])
    mine = {pid for pid, parent in parents.items() if parent == os.getpid()}
    return {pid for pid, parent in parents.items() if parent in mine}


async def test_a_rendering_that_is_kept_needs_no_child(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    first = await house.renderer.render(digest, HTML)
    await house.renderer.close()
    before = child_pids()
    assert await house.renderer.render(digest, HTML) == first
    assert child_pids() == before


async def test_what_takes_too_long_is_ended_and_the_next_renders(open_house: Open) -> None:
    house = open_house(limits(timeout=1, workers=1))
    slow, quick = await house.blobs.put(SLOW), await house.blobs.put(NOTEBOOK)
    with pytest.raises(RenderTimeout) as caught:
        await house.renderer.render(slow, HTML)
    assert caught.value.message == "Rendering this notebook takes longer than 1 s; make its outputs smaller."
    assert (await house.renderer.render(quick, HTML)).notices == ()
    assert house.records.keeps == 1


async def test_renderings_that_take_for_ever_do_not_keep_the_others_waiting(open_house: Open) -> None:
    """With as many of them as there are children, and more behind them."""
    house = open_house(replace(limits(workers=2, timeout=25), slow_seconds=0.2))
    slow = [await house.blobs.put(SLOW + b" " * number) for number in range(3)]
    waiting = [asyncio.create_task(house.renderer.render(digest, HTML)) for digest in slow]
    await asyncio.sleep(0.5)
    quick = await house.blobs.put(NOTEBOOK)
    async with asyncio.timeout(15):  # the slow ones take 25 s each
        assert (await house.renderer.render(quick, HTML)).notices == ()
    assert not any(task.done() for task in waiting)
    await house.renderer.close()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_timeout_is_remembered_and_not_tried_again(open_house: Open) -> None:
    house = open_house(limits(timeout=0.5, workers=1))
    digest = await house.blobs.put(SLOW)
    for _ in range(2):
        with pytest.raises(RenderTimeout):
            await house.renderer.render(digest, HTML)
    async with asyncio.timeout(0.2):
        with pytest.raises(RenderTimeout):
            await house.renderer.render(digest, HTML)


async def test_what_takes_too_much_memory_fails_and_the_next_renders(open_house: Open) -> None:
    house = open_house(limits(memory=24 * MIB, workers=1))
    hungry, small = await house.blobs.put(HUNGRY), await house.blobs.put(NOTEBOOK)
    with pytest.raises(RenderFailed) as caught:
        await house.renderer.render(hungry, HTML)
    assert "memory" in caught.value.message
    assert (await house.renderer.render(small, HTML)).notices == ()


async def test_a_child_that_is_killed_fails_its_task_and_the_pool_works_on(open_house: Open) -> None:
    house = open_house(limits(workers=1))
    slow, quick = await house.blobs.put(SLOW), await house.blobs.put(NOTEBOOK)
    await house.renderer.render(quick, HTML)
    before = child_pids()
    task = asyncio.create_task(house.renderer.render(slow, HTML))
    await asyncio.sleep(0.5)
    [child] = before
    os.kill(child, signal.SIGKILL)
    with pytest.raises(RenderFailed, match="ended unexpectedly"):
        await task
    assert (await house.renderer.render(quick, HTML_WITHOUT_CODE)).notices == ()


async def test_idle_children_that_are_killed_are_replaced(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    await house.renderer.render(digest, HTML)
    for child in child_pids():
        os.kill(child, signal.SIGKILL)
    await asyncio.sleep(0.5)
    assert (await house.renderer.render(digest, HTML_WITHOUT_CODE)).notices == ()


async def test_closing_ends_the_children_and_deletes_what_they_were_lent(
    open_house: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    house = open_house(limits(timeout=20))
    slow = await house.blobs.put(SLOW)
    task = asyncio.create_task(house.renderer.render(slow, HTML))
    await asyncio.sleep(1)
    await house.renderer.close()
    with pytest.raises(RenderPending):
        await task
    assert child_pids() == set()
    assert list(tmp_path.glob("nbinsight*")) == []  # noqa: ASYNC240  a look at an empty folder


async def test_inspecting_takes_no_longer_than_allowed(open_house: Open, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(make.dump(make.notebook(make.code("1", make.display({"application/json": [[]] * 3_000_000})))))
    with pytest.raises(InvalidNotebook) as caught:
        await open_house(limits(timeout=0.2, workers=1)).renderer.inspect(path)
    assert caught.value.reason == "reading it takes longer than 0.2 s."


async def test_inspecting_takes_no_more_memory_than_allowed(open_house: Open, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(HUNGRY * 4)
    with pytest.raises(InvalidNotebook) as caught:
        await open_house(limits(memory=24 * MIB, workers=1)).renderer.inspect(path)
    assert caught.value.reason == "reading it takes more memory than an operator allows."


PROGRAM = """
import asyncio, sys
from pathlib import Path
from server.domain.rendering import RenderTheme
from server.render import page, styles
from server.render.renderer import Renderer, RenderLimits

async def main():
    renderer = Renderer(None, None, RenderLimits(30.0, 2**31, 1, 4))
    print((await renderer.inspect(Path(sys.argv[1]))).cell_count)
    await renderer.close()

styles.style_sheet(RenderTheme.LIGHT)
asyncio.run(main())
print(sorted({name.split(".")[0] for name in sys.modules} & {"nbconvert", "nbformat", "mistune", "bleach", "jinja2"}))
"""
"""Without a `__main__` guard: a child that imported the main program again would start over and over."""


def test_neither_does_the_server_import_nbconvert_nor_a_child_the_main_program(tmp_path: Path) -> None:
    program, notebook = tmp_path / "program.py", tmp_path / "a.ipynb"
    program.write_text(PROGRAM, encoding="utf-8")
    notebook.write_bytes(NOTEBOOK)
    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, program, notebook], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)}
    )
    assert (done.stdout, done.stderr) == ("2\n[]\n", "")


def test_a_child_whose_server_is_gone_ends_itself(tmp_path: Path) -> None:
    notebook = tmp_path / "a.ipynb"
    notebook.write_bytes(SLOW)
    program = f"""
from server.domain.rendering import RenderFormat, RenderOptions
from server.render import worker
worker.start(2**31, 2**28)
print("started", flush=True)
worker.render({str(notebook)!r}, {sha256(SLOW).hexdigest()!r}, "/dev/null", RenderOptions(RenderFormat.HTML, True), 0.1)
"""
    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)}, timeout=30
    )
    assert (done.returncode, done.stdout) == (-signal.SIGALRM, "started\n")


async def test_where_no_child_can_start_rendering_fails_and_says_so(open_house: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)

    def fail(_: RenderLimits) -> None:
        raise BrokenProcessPool

    monkeypatch.setattr("server.render.pool._started", fail)
    with pytest.raises(RenderFailed, match="ended unexpectedly"):
        await house.renderer.render(digest, HTML)


async def test_a_pool_that_is_closed_while_it_starts_leaves_no_child(open_house: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    first, house = open_house(limits(workers=1)), open_house(limits(workers=1))
    await first.renderer.render(await first.blobs.put(NOTEBOOK), HTML)  # the fork server is up: children start at once
    await first.renderer.close()
    starting, start = threading.Event(), pool._started  # noqa: SLF001  to know when

    def start_slowly(limits_: RenderLimits) -> ProcessPool:
        starting.set()
        time.sleep(0.3)
        return start(limits_)

    monkeypatch.setattr(pool, "_started", start_slowly)
    before, digest = child_pids(), await house.blobs.put(NOTEBOOK)
    task = asyncio.create_task(house.renderer.render(digest, HTML))
    await asyncio.to_thread(starting.wait)
    await house.renderer.close()
    with pytest.raises(RenderPending):
        await task
    await asyncio.sleep(0.7)
    assert child_pids() <= before
