import subprocess
import sys
from pathlib import Path

import pytest

from server.domain.rendering import RenderNoticeCode
from server.render import drawing
from server.render.cell_store import CellStore, DrawnCell, NoCells, _limits, open_cells
from server.render.formats.html import render as render_html
from server.render.load import load
from server.render.notices import Notices
from server.render.prepared import Prepared
from server.render.redact import redact
from tests.fixtures import make

ROOT = Path(__file__).parents[3]


class Drawings:
    """Renders notebooks with one store, and counts how many cells were drawn."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.count = folder, 0
        original = drawing.drawn

        def counted(*args: object) -> str:
            self.count += 1
            return original(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(drawing, "drawn", counted)

    def render(self, *cells: make.Node, show_code: bool = True, **options: object) -> tuple[int, str, Notices]:
        """Return how many cells were drawn for a notebook, and what came out."""
        before, notices = self.count, Notices()
        loaded = load(make.dump(make.notebook(*cells, **options)), notices)  # type: ignore[arg-type]
        redact(loaded.notebook, notices, show_code=show_code)
        with open_cells(self.folder) as store:
            html = b"".join(render_html(Prepared(loaded.notebook, show_code, None, notices, store))).decode()
        return self.count - before, html, notices


@pytest.fixture
def drawings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drawings:
    return Drawings(tmp_path, monkeypatch)


CELLS = [make.markdown("# A"), make.code("b", make.stream("c\n")), make.code("d", make.png_output({"alt": "e"})), make.raw("f")]


def test_a_notebook_rendered_again_draws_nothing_and_is_the_same(drawings: Drawings) -> None:
    first, html, _ = drawings.render(*CELLS)
    again, same, _ = drawings.render(*CELLS)
    assert (first, again) == (4, 0)
    assert html == same


def test_cells_of_another_project_are_not_found(tmp_path: Path) -> None:
    drawn = DrawnCell(b"<p>")
    with open_cells(tmp_path, "one") as store:
        store.keep(b"key", drawn)
    with open_cells(tmp_path, "other") as store:
        assert store.find([b"key"]) == {}
    with open_cells(tmp_path, "one") as store:
        assert store.find([b"key", b"no key"]) == {b"key": drawn}


def test_one_changed_cell_alone_is_drawn(drawings: Drawings) -> None:
    drawings.render(*CELLS)
    assert drawings.render(make.code("new"), *CELLS[:1], make.code("b changed", make.stream("c\n")), *CELLS[2:])[0] == 2


def test_what_comes_from_the_store_is_what_would_be_drawn(drawings: Drawings, tmp_path: Path) -> None:
    drawings.render(*CELLS)
    _, html, _ = drawings.render(make.markdown("before"), *CELLS)
    drawings.folder = tmp_path / "other"
    drawings.folder.mkdir()
    assert drawings.render(make.markdown("before"), *CELLS)[1] == html
    assert 'id="nb-' in html
    assert "-cell-id=id-3" in html


def test_the_id_of_a_cell_is_its_own_though_its_drawing_is_kept(drawings: Drawings) -> None:
    drawings.render(make.code("x", id="one"))
    count, html, _ = drawings.render(make.code("x", id="two"))
    assert count == 0
    assert "-cell-id=two" in html
    assert "one" not in html


def test_notices_come_back_with_the_cell_they_are_about(drawings: Drawings) -> None:
    cell = make.code("x", make.html_output("<p>a<script>b</script>"))
    drawings.render(cell)
    count, _, notices = drawings.render(make.code("y"), cell)
    assert count == 1
    assert [(notice.code, notice.cell_index) for notice in notices.all()] == [(RenderNoticeCode.ACTIVE_CONTENT_REMOVED, 1)]


def test_a_picture_named_after_its_cell_is_drawn_anew_where_the_cell_moved(drawings: Drawings) -> None:
    cell = make.code("x", make.png_output())
    assert 'alt="image output of cell 1"' in drawings.render(cell)[1]
    assert 'alt="image output of cell 2"' in drawings.render(make.code("y"), cell)[1]


def test_what_was_drawn_with_code_is_never_found_without(drawings: Drawings) -> None:
    cells = [make.markdown("same"), make.code("secret", make.stream("1\n"))]
    assert drawings.render(*cells)[0] == 2
    count, html, _ = drawings.render(*cells, show_code=False)
    assert count == 2
    assert "secret" not in html


def test_another_language_colours_anew(drawings: Drawings) -> None:
    drawings.render(make.code("x"))
    assert drawings.render(make.code("x"), language="r")[0] == 1


def test_ids_tell_notebooks_apart_and_say_nothing_of_hidden_code(drawings: Drawings) -> None:
    def mark(source: str, *, show_code: bool) -> str:
        html = drawings.render(make.markdown("# A\n\n[to A](#A)"), make.code(source), show_code=show_code)[1]
        found = html.partition('<h1 id="')[2].partition('A"')[0]
        assert f'href="#{found}A"' in html
        return found

    assert mark("one", show_code=True) != mark("two", show_code=True)
    assert mark("one", show_code=False) == mark("two", show_code=False)


def test_a_store_that_cannot_be_opened_keeps_nothing(tmp_path: Path) -> None:
    with open_cells(tmp_path / "nowhere") as store:
        assert isinstance(store, NoCells)
        store.keep(b"k", DrawnCell(b"x"))
        assert store.find([b"k"]) == {}
        store.close()


def test_a_damaged_store_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "cells.sqlite").write_bytes(b"no database" * 1000)
    with open_cells(tmp_path) as store:
        assert store.find([b"k"]) == {}


def test_a_store_is_shared_and_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_limits, "cells", 200_000)
    for number in range(40):
        with open_cells(tmp_path) as store:
            assert isinstance(store, CellStore)
            store.keep(b"%d" % number, DrawnCell(b"x" * 20_000))
        with open_cells(tmp_path / f"{number}"):
            pass  # another folder: the first is closed
    with open_cells(tmp_path) as store:
        kept = store.find([b"%d" % number for number in range(40)])
    assert b"39" in kept
    assert 2 <= len(kept) <= 12


def test_a_huge_cell_does_not_drive_out_the_others(tmp_path: Path) -> None:
    with open_cells(tmp_path) as store:
        store.keep(b"huge", DrawnCell(b"x" * (9 * 1024 * 1024)))
        store.keep(b"small", DrawnCell(b"x"))
        store.write()
        assert list(store.find([b"huge", b"small"])) == [b"small"]


DETERMINISM = """
import sys
from pathlib import Path
from tests.unit.render.fakes import rendered
for name in sys.argv[1:]:
    sys.stdout.buffer.write(rendered(Path(name).read_bytes(), show_code=False)[0].encode())
"""


def test_two_processes_render_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [*CELLS, make.markdown("$x$ ![a](attachment:b.png) `c`\n\n# D"), make.code("x", make.error_output("E", "x", "---> 1 x", "y"))]
    path.write_bytes(make.dump(make.notebook(*cells, minor=4)))
    outcomes = {
        subprocess.run(  # noqa: S603  our own interpreter
            [sys.executable, "-c", DETERMINISM, path],
            capture_output=True,
            check=True,
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outcomes) == 1
    assert b"jp-Cell" in outcomes.pop()


def test_integers_of_any_size_are_no_obstacle(drawings: Drawings) -> None:
    big = make.code("1", make.display({"text/plain": "x"}, {"width": 2**70}))
    assert drawings.render(big)[0] == 1
    assert drawings.render(big)[0] == 0
    assert drawings.render(make.code("1", make.display({"text/plain": "x"}, {"width": 2**70 + 1})))[0] == 1
