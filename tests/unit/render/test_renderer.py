import asyncio
import gc
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path

import pytest

from server.domain.errors import InvalidNotebook, RenderFailed, RenderPending, RenderTimeout
from server.domain.notebooks import Kernel, NotebookSummary
from server.domain.rendering import Rendered, RenderFormat, RenderNotice, RenderNoticeCode, RenderOptions
from server.render.failures import MOST, Failures
from server.render.keys import renderer_version, rendering_key
from server.render.pool import RenderLimits
from tests.fixtures import make
from tests.unit.render.fakes import HTML, HTML_WITHOUT_CODE, MIB, House, limits, rendered

NOTEBOOK = make.dump(make.notebook(make.markdown("# Words"), make.code("print(1)", make.stream("1\n"))))
SLOW = make.dump(make.notebook(make.markdown("\\begin{a}" * 60_000)))
"""Markdown for which nbconvert's parser needs minutes, inside one regular expression."""
HUNGRY = make.dump(make.notebook(make.code("1", make.html_output("<table>" + "<tr><td>x</td></tr>" * 400_000 + "</table>"))))

ROOT = Path(__file__).parents[3]

Open = Callable[[RenderLimits], House]


@pytest.fixture
async def open_house(tmp_path: Path) -> AsyncIterator[Open]:
    """Give renderers that are closed after the test."""
    houses: list[House] = []

    def make_house(limits_: RenderLimits) -> House:
        houses.append(House(tmp_path, limits_))
        return houses[-1]

    yield make_house
    for house in houses:
        await house.renderer.close()


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


async def settled(house: House, digest: str) -> Rendered:
    """Come back until there is a rendering, or the failure of one."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await house.renderer.render(digest, HTML)
            except RenderPending:
                await asyncio.sleep(0.02)


async def test_a_rendering_is_what_the_formats_make_and_is_kept(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    found = await house.renderer.render(digest, HTML)
    assert found == Rendered(rendered(NOTEBOOK)[0].encode(), ())
    [record] = house.records.kept.values()
    assert record.key == rendering_key(digest, HTML)
    assert record.digest == sha256(found.content).hexdigest()
    assert record.byte_size == len(found.content)
    assert await house.blobs.get(record.digest) == found.content


async def test_notices_come_with_the_rendering_and_again_from_its_record(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(make.dump(make.notebook(make.code("1", count="*"))))
    notice = RenderNotice(RenderNoticeCode.REPAIRED, "Execution count `*` is no count and was left out.", 0)
    assert (await house.renderer.render(digest, HTML)).notices == (notice,)
    assert (await house.renderer.render(digest, HTML)).notices == (notice,)
    assert house.records.keeps == 1


async def test_every_combination_of_format_and_code_has_its_own_rendering(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    for format_ in RenderFormat:
        for show_code in (True, False):
            found = await house.renderer.render(digest, RenderOptions(format_, show_code))
            assert found.content.decode() == rendered(NOTEBOOK, format_, show_code=show_code)[0]
    assert house.records.keeps == 8


async def test_twenty_who_ask_at_once_cause_one_rendering(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    found = await asyncio.gather(*[house.renderer.render(digest, HTML) for _ in range(20)])
    assert len({rendering.content for rendering in found}) == 1
    assert (house.records.keeps, house.blobs.puts) == (1, 2)


async def test_a_rendering_that_is_kept_needs_no_child(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    first = await house.renderer.render(digest, HTML)
    await house.renderer.close()
    before = child_pids()
    assert await house.renderer.render(digest, HTML) == first
    assert child_pids() == before


async def test_bytes_that_are_lost_are_rendered_again(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    first = await house.renderer.render(digest, HTML)
    del house.blobs.kept[sha256(first.content).hexdigest()]
    assert await house.renderer.render(digest, HTML) == first
    assert house.records.keeps == 2


async def test_the_bytes_reach_the_store_before_the_record(open_house: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)

    async def refuse(_: bytes) -> str:
        raise ConnectionError

    monkeypatch.setattr(house.blobs, "put", refuse)
    with pytest.raises(ConnectionError):
        await house.renderer.render(digest, HTML)
    assert house.records.kept == {}


async def test_the_same_notebook_gives_the_same_bytes_in_any_process(open_house: Open) -> None:
    outputs = [make.html_output("<p id=a class='k n'>x</p>"), make.display({"application/javascript": "1"}), make.png_output({"alt": "a"})]
    data = make.dump(make.notebook(make.markdown("# A\n\n[l](https://a.example)"), make.code("x = 1", *outputs), minor=2))
    found: list[list[bytes]] = []
    for _ in range(2):
        house = open_house(limits(workers=1))
        digest = await house.blobs.put(data)
        options = [RenderOptions(format_, show_code) for format_ in RenderFormat for show_code in (True, False)]
        found.append([(await house.renderer.render(digest, option)).content for option in options])
        await house.renderer.close()
    assert found[0] == found[1]


async def test_what_takes_too_long_is_ended_and_the_next_renders(open_house: Open) -> None:
    house = open_house(limits(timeout=1, workers=1))
    slow, quick = await house.blobs.put(SLOW), await house.blobs.put(NOTEBOOK)
    with pytest.raises(RenderTimeout) as caught:
        await house.renderer.render(slow, HTML)
    assert caught.value.message == "Rendering this notebook takes longer than 1 s; make its outputs smaller."
    assert (await house.renderer.render(quick, HTML)).notices == ()
    assert house.records.keeps == 1


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


async def test_who_waits_too_long_is_told_to_come_back_and_finds_it_done(open_house: Open) -> None:
    house = open_house(limits(wait=0.001))
    digest = await house.blobs.put(NOTEBOOK)
    with pytest.raises(RenderPending) as caught:
        await house.renderer.render(digest, HTML)
    assert caught.value.retry_after_seconds == 1
    assert (await settled(house, digest)).content == rendered(NOTEBOOK)[0].encode()
    assert house.records.keeps == 1


async def test_a_full_queue_refuses_at_once(open_house: Open) -> None:
    house = open_house(limits(workers=1, queue=1, timeout=5))
    slow = [await house.blobs.put(SLOW + b" " * index) for index in range(3)]
    waiting = [asyncio.create_task(house.renderer.render(digest, HTML)) for digest in slow[:2]]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(0.5):
        with pytest.raises(RenderPending) as caught:
            await house.renderer.render(slow[2], HTML)
    assert caught.value.retry_after_seconds == 2
    await house.renderer.close()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_caller_who_leaves_does_not_end_the_rendering_for_others(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    leaver = asyncio.create_task(house.renderer.render(digest, HTML))
    stayer = asyncio.create_task(house.renderer.render(digest, HTML))
    await asyncio.sleep(0)
    leaver.cancel()
    assert (await stayer).notices == ()
    assert leaver.cancelled()
    assert house.records.keeps == 1


async def test_a_failure_reaches_all_who_wait_and_leaves_nothing_behind(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(b"[]")
    found = await asyncio.gather(*[house.renderer.render(digest, HTML) for _ in range(5)], return_exceptions=True)
    assert [str(error) for error in found] == ["This notebook cannot be read: the JSON is not an object."] * 5
    assert {type(error) for error in found} == {RenderFailed}


async def test_a_failure_nobody_waits_for_is_not_reported_by_the_event_loop(open_house: Open) -> None:
    house = open_house(limits(wait=0.001))
    digest = await house.blobs.put(b"[]")
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    with pytest.raises(RenderPending):
        await house.renderer.render(digest, HTML)
    with pytest.raises(RenderFailed):
        await settled(house, digest)
    gc.collect()
    assert complaints == []


async def test_a_notebook_that_cannot_be_shown_is_tried_once(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(b"{")
    messages: set[str] = set()
    for _ in range(3):
        with pytest.raises(RenderFailed) as caught:
            await house.renderer.render(digest, HTML)
        messages.add(caught.value.message)
        house.blobs.kept[digest] = NOTEBOOK  # would be another failure, were it tried again
    assert messages == {
        "This notebook cannot be read: the file is not JSON: Expecting property name enclosed in double quotes (line 1, column 2)."
    }


async def test_bytes_that_do_not_fit_their_digest_are_never_rendered(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    house.blobs.kept[digest] = NOTEBOOK + b" "
    with pytest.raises(RenderFailed, match="stored bytes are damaged"):
        await house.renderer.render(digest, HTML)
    house.blobs.kept[digest] = NOTEBOOK
    assert (await house.renderer.render(digest, HTML)).notices == ()


async def test_a_notebook_missing_from_the_store_fails_until_it_is_back(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    del house.blobs.kept[digest]
    with pytest.raises(RenderFailed, match="stored bytes are missing"):
        await house.renderer.render(digest, HTML)
    await house.blobs.put(NOTEBOOK)
    assert (await house.renderer.render(digest, HTML)).notices == ()


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
    with pytest.raises(asyncio.CancelledError):
        await task
    assert child_pids() == set()
    assert list(tmp_path.glob("nbinsight*")) == []  # noqa: ASYNC240  a look at an empty folder


async def test_inspecting_a_file_tells_what_it_holds(open_house: Open, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(NOTEBOOK)
    found = await open_house(limits()).renderer.inspect(path)
    assert found == NotebookSummary(Kernel("python3", "Python3", "python"), cell_count=2, has_outputs=True, has_active_content=False)


HOSTILE = {
    "nothing": (b"", "the file is empty.", None),
    "100,000 levels": (b"[" * 100_000, "it is nested more than 200 levels deep.", None),
    "a cell that is a number": (b'{"nbformat": 4, "cells": [1]}', "a cell is not an object.", 0),
}


@pytest.mark.parametrize(("data", "reason", "cell_index"), HOSTILE.values(), ids=HOSTILE)
async def test_inspecting_what_is_no_notebook_says_why(
    data: bytes, reason: str, cell_index: int | None, open_house: Open, tmp_path: Path
) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(data)
    with pytest.raises(InvalidNotebook) as caught:
        await open_house(limits(workers=1)).renderer.inspect(path)
    assert (caught.value.reason, caught.value.cell_index) == (reason, cell_index)


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
worker.start(2**31)
print("started", flush=True)
worker.render({str(notebook)!r}, {sha256(SLOW).hexdigest()!r}, "/dev/null", RenderOptions(RenderFormat.HTML, True), 0.1)
"""
    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)}, timeout=30
    )
    assert (done.returncode, done.stdout) == (-signal.SIGALRM, "started\n")


def test_the_key_changes_with_everything_that_decides_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    options = [RenderOptions(format_, show_code) for format_ in RenderFormat for show_code in (True, False)]
    keys = {rendering_key(digest, option) for digest in ("a", "b") for option in options}
    assert len(keys) == 16
    monkeypatch.setattr("server.render.keys.renderer_version", lambda: "other")
    assert not keys & {rendering_key("a", option) for option in options}


def test_the_version_names_each_library_that_draws() -> None:
    names = [part.split("=")[0] for part in renderer_version().split(";")]
    assert names == ["ours", "nbconvert", "nbformat", "mistune", "pygments", "nh3"]


def test_failures_are_forgotten_in_time_and_number() -> None:
    now = 0.0
    failures = Failures(clock=lambda: now)
    failures.keep("slow", RenderTimeout("slow"), seconds=60)
    failures.keep("bad", RenderFailed("bad"), seconds=None)
    for key, kind in (("slow", RenderTimeout), ("bad", RenderFailed)):
        with pytest.raises(kind, match=key):
            failures.raise_known(key)
    now = 60.0
    failures.raise_known("slow")
    with pytest.raises(RenderFailed):
        failures.raise_known("bad")
    for index in range(MOST):
        failures.keep(str(index), RenderFailed("x"), seconds=None)
    failures.raise_known("bad")
