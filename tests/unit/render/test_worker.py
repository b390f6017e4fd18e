"""What a child does, done in this process; limits are tried out with real children, in test_renderer.py."""

import ctypes
import logging
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from server.domain.notebooks import Kernel, NotebookSummary
from server.domain.rendering import RenderNotice, RenderNoticeCode
from server.render import worker
from server.render.formats import html
from server.render.outcomes import Done, Invalid, Trouble
from server.render.prepared import Prepared
from tests.fixtures import make
from tests.unit.render.fakes import HTML, rendered

NOTEBOOK = make.dump(make.notebook(make.code("secret", count="*")))


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "a.ipynb"
    path.write_bytes(NOTEBOOK)
    return path


def render(stored: Path, target: Path, digest: str | None = None) -> Done | Invalid | Trouble:
    return worker.render(str(stored), digest or sha256(stored.read_bytes()).hexdigest(), str(target), HTML, 60)


def test_a_child_writes_the_rendering_and_hands_back_notices(stored: Path, tmp_path: Path) -> None:
    notice = RenderNotice(RenderNoticeCode.REPAIRED, "Execution count `*` is no count and was left out.", 0)
    assert render(stored, tmp_path / "out") == Done((notice,))
    assert (tmp_path / "out").read_text(encoding="utf-8") == rendered(NOTEBOOK)[0]


def test_a_child_tells_what_is_wrong_with_the_file(stored: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert render(stored, target, digest="0" * 64) is Trouble.DAMAGED
    assert render(stored, tmp_path) is Trouble.DISK
    stored.write_bytes(b"[]")
    assert render(stored, target) == Invalid("the JSON is not an object.", None)
    assert worker.inspect(str(stored), 60) == Invalid("the JSON is not an object.", None)
    stored.unlink()
    assert render(stored, target, digest="0" * 64) is Trouble.MISSING
    assert worker.inspect(str(stored), 60) is Trouble.MISSING
    assert not target.exists()


def test_a_child_summarizes(stored: Path) -> None:
    summary = NotebookSummary(Kernel("python3", "Python3", "python"), cell_count=1, has_outputs=False, has_active_content=False)
    assert worker.inspect(str(stored), 60) == summary


@pytest.mark.parametrize(("error", "trouble"), [(MemoryError, Trouble.MEMORY), (KeyError, Trouble.FAULT), (SystemExit, Trouble.FAULT)])
def test_a_fault_in_a_format_is_told_without_the_notebooks_words(
    error: type[BaseException],
    trouble: Trouble,
    stored: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(prepared: Prepared) -> bytes:
        raise error(prepared.notebook["cells"][0]["source"])

    monkeypatch.setattr(html, "render", fail)
    with caplog.at_level(logging.ERROR):
        assert render(stored, tmp_path / "out") is trouble
    assert "secret" not in caplog.text
    assert (f"{error.__name__} at test_worker.py" in caplog.text) is (trouble is Trouble.FAULT)


@pytest.mark.parametrize("library", [lambda _: object(), ctypes.CDLL], ids=["another C library", "glibc"])
def test_memory_is_given_back_where_the_c_library_can(library: Callable[[object], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", library)
    worker.give_memory_back()
