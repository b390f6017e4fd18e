import asyncio
import gc
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest

from server.domain.errors import InvalidNotebook, QueryTooComplex, RenderFailed, RenderPending, RenderTimeout
from server.domain.notebooks import Kernel, NotebookSummary
from server.domain.rendering import Rendered, RenderFormat, RenderNotice, RenderNoticeCode, RenderOptions, RenderProfile
from server.render.failures import MOST, Failures
from server.render.formats import formats
from server.render.keys import renderer_version, rendering_key
from server.render.renderer import Renderer
from server.stores.folder import FolderStore
from tests.fixtures import make
from tests.unit.render.fakes import HTML, NOTEBOOK, SLOW, House, InMemoryRecords, Open, limits, rendered


async def settled(house: House, digest: str) -> Rendered:
    """Come back until there is a rendering, or the failure of one."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await house.renderer.render(digest, HTML)
            except RenderPending:
                await asyncio.sleep(0.02)


def refuse() -> None:
    msg = "no more"
    raise QueryTooComplex(msg)


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
    for format_ in formats().values():
        for show_code in (True, False):
            found = await house.renderer.render(digest, RenderOptions(format_, show_code))
            assert found.content.decode() == rendered(NOTEBOOK, format_, show_code=show_code)[0]
    assert house.records.keeps == 10


async def test_twenty_who_ask_at_once_cause_one_rendering(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    found = await asyncio.gather(*[house.renderer.render(digest, HTML) for _ in range(20)])
    assert len({rendering.content for rendering in found}) == 1
    assert (house.records.keeps, house.blobs.puts) == (1, 2)


async def test_who_may_have_nothing_made_finds_what_is_kept(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    with pytest.raises(QueryTooComplex):
        await house.renderer.render(digest, HTML, refuse)
    assert house.records.keeps == 0
    made = await house.renderer.render(digest, HTML)
    assert await house.renderer.render(digest, HTML, refuse) == made


async def test_who_joins_somebody_who_may_have_nothing_made_sets_out_anew(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    asked: list[str] = []
    refused, *made = await asyncio.gather(
        house.renderer.render(digest, HTML, refuse),
        *(house.renderer.render(digest, HTML, lambda: asked.append("asked")) for _ in range(5)),
        return_exceptions=True,
    )
    assert isinstance(refused, QueryTooComplex)
    assert made == [Rendered(rendered(NOTEBOOK)[0].encode(), ())] * 5
    assert asked == ["asked"], "one sets out, four join"


async def test_bytes_that_are_lost_are_rendered_again(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    first = await house.renderer.render(digest, HTML)
    del house.blobs.kept[sha256(first.content).hexdigest()]
    assert await house.renderer.render(digest, HTML) == first
    assert house.records.keeps == 2


async def test_the_bytes_reach_the_store_before_the_record_and_readers_before_both(
    open_house: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(NOTEBOOK)
    asked = asyncio.Event()

    async def refuse(_: bytes, *, durable: bool) -> str:
        assert not durable
        asked.set()
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(house.blobs, "put", refuse)
        assert (await house.renderer.render(digest, HTML)).content == rendered(NOTEBOOK)[0].encode()
        await asked.wait()
    await house.renderer.close()
    assert house.records.kept == {}
    assert [record.message for record in caplog.records] == ["a rendering could not be kept, so it will be rendered again: ConnectionError"]
    assert (await house.renderer.render(digest, HTML)).content == rendered(NOTEBOOK)[0].encode()


async def test_who_asks_before_a_rendering_is_kept_finds_it_all_the_same(open_house: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    house, free = open_house(limits()), asyncio.Event()
    digest = await house.blobs.put(NOTEBOOK)
    put = house.blobs.put

    async def wait(content: bytes, *, durable: bool) -> str:
        await free.wait()
        return await put(content, durable=durable)

    monkeypatch.setattr(house.blobs, "put", wait)
    first = await house.renderer.render(digest, HTML)
    assert await house.renderer.render(digest, HTML) is first
    free.set()
    await house.renderer.close()


async def test_a_rendering_torn_by_a_power_cut_is_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store, records = FolderStore(tmp_path), InMemoryRecords()
    digest = await store.put(NOTEBOOK)
    first = await rendered_by(store, records, digest)
    [record] = records.kept.values()
    file = tmp_path / record.digest[:2] / record.digest[2:]
    for torn in (b"", first.content[:100], bytes(len(first.content))):
        file.write_bytes(torn)
        assert await rendered_by(store, records, digest) == first
        assert file.read_bytes() == first.content
    assert {record.levelname for record in caplog.records} == {"ERROR"}


async def rendered_by(store: FolderStore, records: InMemoryRecords, digest: str) -> Rendered:
    """Render with a new renderer, as after a restart; what it makes is kept on return."""
    renderer = Renderer(store, records, limits())
    before = records.keeps
    found = await renderer.render(digest, HTML)
    async with asyncio.timeout(20):
        while records.keeps == before:  # noqa: ASYNC110  the fake tells nobody
            await asyncio.sleep(0.01)
    await renderer.close()
    return found


async def test_the_same_notebook_gives_the_same_bytes_in_any_process(open_house: Open) -> None:
    outputs = [make.html_output("<p id=a class='k n'>x</p>"), make.display({"application/javascript": "1"}), make.png_output({"alt": "a"})]
    data = make.dump(make.notebook(make.markdown("# A\n\n[l](https://a.example)"), make.code("x = 1", *outputs), minor=2))
    found: list[list[bytes]] = []
    for _ in range(2):
        house = open_house(limits(workers=1))
        digest = await house.blobs.put(data)
        options = [RenderOptions(format_, show_code) for format_ in formats().values() for show_code in (True, False)]
        found.append([(await house.renderer.render(digest, option)).content for option in options])
        await house.renderer.close()
    assert found[0] == found[1]


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


def test_the_key_changes_with_everything_that_decides_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    options = [RenderOptions(format_, *rest) for format_ in formats().values() for rest in product((True, False), RenderProfile)]
    keys = {rendering_key(digest, option) for digest in ("a", "b") for option in options}
    assert len(keys) == 40
    monkeypatch.setattr("server.render.keys.renderer_version", lambda: "other")
    assert not keys & {rendering_key("a", option) for option in options}


def test_the_version_names_each_library_that_draws() -> None:
    names = [part.split("=")[0] for part in renderer_version().split(";")]
    assert names == ["ours", "nbconvert", "nbformat", "mistune", "pygments", "nh3", "math-core", "latex2mathml"]


def test_failures_are_forgotten_in_time_and_number() -> None:
    now = 0.0
    failures = Failures(clock=lambda: now)
    failures.keep("slow", RenderTimeout("slow", lasts_seconds=60))
    failures.keep("bad", RenderFailed("bad"))
    failures.keep("store", RenderFailed("store", lasts_seconds=0))
    for key, kind in (("slow", RenderTimeout), ("bad", RenderFailed)):
        with pytest.raises(kind, match=key):
            failures.raise_known(key)
    now = 60.0
    failures.raise_known("slow")
    with pytest.raises(RenderFailed):
        failures.raise_known("bad")
    for index in range(MOST):
        failures.keep(str(index), RenderFailed("x"))
    failures.raise_known("bad")


async def test_inspecting_a_file_that_is_gone_is_no_fault_of_the_notebook(open_house: Open, tmp_path: Path) -> None:
    with pytest.raises(RenderFailed, match="could not read or write"):
        await open_house(limits(workers=1)).renderer.inspect(tmp_path / "gone.ipynb")


async def test_too_many_inspections_at_once_are_told_to_come_back(open_house: Open, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(NOTEBOOK)
    renderer = open_house(limits(workers=1, queue=1)).renderer
    found = await asyncio.gather(*[renderer.inspect(path) for _ in range(3)], return_exceptions=True)
    assert [type(outcome) for outcome in found] == [NotebookSummary, NotebookSummary, RenderPending]


CELLS = [make.markdown("# Words $x$"), make.code("secret", make.stream("1\n")), make.raw("raw"), make.code("last", make.png_output())]


@pytest.mark.parametrize("show_code", [True, False])
async def test_pages_of_cells_agree_with_the_fragment_cell_by_cell(open_house: Open, *, show_code: bool) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(make.dump(make.notebook(*CELLS)))
    whole = await house.renderer.render(digest, RenderOptions(RenderFormat.HTML, show_code))
    pages = [await house.renderer.cells(digest, show_code=show_code, first=2, after_index=after) for after in (-1, 1)]
    cells = [cell for page in pages for cell in page.cells]
    assert [(page.total, page.has_more) for page in pages] == [(4, True), (4, False)]
    assert [(cell.index, cell.cell_id, cell.type) for cell in cells] == [
        (0, "id-0", "markdown"),
        (1, "id-1", "code"),
        (2, "id-2", "raw"),
        (3, "id-3", "code"),
    ]
    assert "\n".join(cell.html for cell in cells).encode() == whole.content
    assert [cell.source for cell in cells] == ["# Words $x$", "secret" if show_code else None, "raw", "last" if show_code else None]
    assert [cell.execution_count for cell in cells] == [None, 1, None, 1]


async def test_a_page_passes_over_cells_that_their_author_hid(open_house: Open) -> None:
    house = open_house(limits())
    hidden = make.code("secret", metadata={"tags": ["hide-cell"]})
    digest = await house.blobs.put(
        make.dump(make.notebook(hidden, make.markdown("a", metadata={"tags": ["t"]}), hidden, make.markdown("b")))
    )
    page = await house.renderer.cells(digest, show_code=True, first=1)
    assert [(cell.index, cell.tags) for cell in page.cells] == [(1, ("t",))]
    assert (page.total, page.has_more) == (2, True)
    [last] = (await house.renderer.cells(digest, show_code=True, first=9, after_index=1)).cells
    assert (last.index, last.source) == (3, "b")


async def test_cells_of_what_is_no_notebook_fail_as_its_rendering_does(open_house: Open) -> None:
    house = open_house(limits())
    digest = await house.blobs.put(b"[]")
    with pytest.raises(RenderFailed, match="the JSON is not an object"):
        await house.renderer.cells(digest, show_code=True, first=1)
