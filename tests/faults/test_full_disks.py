"""The disk is full, or read-only: that is told, what was there is shown, nothing is half done, and no restart is needed afterwards (R2)."""

import subprocess
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx2
import pytest

from tests.faults.conftest import Note
from tests.faults.publishers import PROJECT, PUBLISH, SAVE, content_of, faults_in, given_by, wait_until
from tests.faults.readiness import unready
from tests.faults.test_failing_calls import attempt
from tests.fixtures.running import Running, serving
from tests.fixtures.world import settings_for

pytestmark = pytest.mark.timeout(600)

ROOM: Final = "16m"
PIECE_BYTES: Final = 64 * 1024
SIDE_BY_SIDE: Final = 8
ADDRESS: Final = "query($id: ID!) { export(id: $id) { rendering(format: HTML) { url } } }"
COUNTED: Final = "query($id: ID!) { notebook(id: $id) { exports(first: 1) { totalCount } } }"


def _mount(*words: str) -> bool:
    return subprocess.run(["/usr/bin/mount", *words], capture_output=True, check=False).returncode == 0  # noqa: S603  our own words


@contextmanager
def disk(folder: Path) -> Generator[Path]:
    """Mount a small disk of its own, until the block ends."""
    folder.mkdir()
    with suppress(FileNotFoundError):
        if _mount("-t", "tmpfs", "-o", f"size={ROOM},mode=700", "tmpfs", str(folder)):
            try:
                yield folder
            finally:
                subprocess.run(["/usr/bin/umount", "--lazy", folder], check=True)  # noqa: S603  our own words
            return
    pytest.skip("needs the right to mount a disk (SYS_ADMIN)")


def chattr(change: str, *paths: Path) -> bool:
    """Make files unchangeable (`+i`), or changeable again (`-i`); tell whether that was done."""
    return subprocess.run(["/usr/bin/chattr", change, *paths], capture_output=True, check=False).returncode == 0  # noqa: S603  our own words


def require_unchangeable(folder: Path) -> None:
    """Skip the test where the file system does not refuse to write to files that are open and unchangeable."""
    probe = folder / "probe"
    with probe.open("wb", buffering=0) as file:
        try:
            if chattr("+i", probe):
                file.write(b"x")
        except PermissionError:
            return
        finally:
            chattr("-i", probe)
            probe.unlink()
    pytest.skip("needs a file system like ext4, and the right to make files unchangeable (LINUX_IMMUTABLE)")


def fill(folder: Path) -> Path:
    """Fill the disk to the last byte; return the file that does."""
    path = folder / "filler"
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(b"x" * PIECE_BYTES):
            pass
    return path


def go_through(server: Running, break_it: Callable[[], Callable[[], object]], wrong: set[str], code: str) -> None:
    """Publish, break the disk of some parts, see what holds and which code is told, mend it, and publish again."""
    token = server.token
    server.data(PROJECT, token)
    saved = attempt(server, token, SAVE, name="Weekly", content=content_of("before"))
    assert saved is not None
    notebook = saved["notebook"]["id"]
    made = attempt(server, token, PUBLISH, id=notebook, key="before")
    assert made is not None
    url = server.data(ADDRESS, token, id=made["export"]["id"])["export"]["rendering"]["url"]
    shown = httpx2.get(httpx2.URL(server.address).join(url), timeout=60)
    assert (shown.status_code, "before" in shown.text) == (200, True)
    mend = break_it()
    [error] = server.post(SAVE, token, name="Weekly", content=content_of("x" * 10**6)).json()["errors"]
    assert error["extensions"]["code"] == code
    assert set(unready(server)) == wrong
    assert httpx2.get(httpx2.URL(server.address).join("/healthz"), timeout=60).status_code == 200
    again = httpx2.get(httpx2.URL(server.address).join(url), timeout=60)
    assert (again.status_code, again.content) == (200, shown.content)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:  # who reads now takes more connections than there were
        counts = list(threads.map(lambda _: server.data(COUNTED, token, id=notebook), range(5 * SIDE_BY_SIDE)))
    assert {count["notebook"]["exports"]["totalCount"] for count in counts} == {1}
    mend()
    wait_until(lambda: not unready(server), "it does not become ready again")
    assert attempt(server, token, SAVE, name="Weekly", content=content_of("after")) is not None
    assert attempt(server, token, PUBLISH, id=notebook, key="after") is not None
    assert server.data(COUNTED, token, id=notebook)["notebook"]["exports"]["totalCount"] == 2


def test_a_full_disk_of_database_and_blobs(tmp_path: Path, note: Note) -> None:
    with disk(tmp_path / "disk") as folder:
        settings = settings_for(f"sqlite:///{folder}/nbinsight.db", folder, store_url=(folder / "blobs").as_uri())
        with serving(cwd=tmp_path, **given_by(settings)) as server:
            go_through(server, lambda: fill(folder).unlink, {"database", "store"}, "INTERNAL")
            assert faults_in(settings) == []
            assert list((folder / "blobs" / "tmp").iterdir()) == []
    note(filled=1, half_done=0, restarts=0)


def test_a_disk_of_blobs_that_is_mounted_read_only_and_back(tmp_path: Path, note: Note) -> None:
    def make_read_only() -> Callable[[], object]:
        assert _mount("-o", "remount,ro", str(tmp_path / "disk"))
        return lambda: _mount("-o", "remount,rw", str(tmp_path / "disk"))

    with disk(tmp_path / "disk") as folder:
        settings = settings_for(f"sqlite:///{tmp_path}/nbinsight.db", tmp_path, store_url=(folder / "blobs").as_uri())
        with serving(cwd=tmp_path, **given_by(settings)) as server:
            go_through(server, make_read_only, {"store"}, "INTERNAL")
            assert faults_in(settings) == []
    note(read_only=1, half_done=0, restarts=0)


def test_a_database_that_can_only_be_read_for_a_while(tmp_path: Path, note: Note) -> None:
    """Nobody can remount a disk with files open for writing; unchangeable ones answer as on a disk that became read-only by itself."""
    folder = tmp_path / "database"
    folder.mkdir()
    require_unchangeable(folder)
    files = (folder, folder / "nbinsight.db", folder / "nbinsight.db-wal")

    def make_read_only() -> Callable[[], object]:
        assert chattr("+i", *files)
        return lambda: chattr("-i", *files)

    settings = settings_for(f"sqlite:///{folder}/nbinsight.db", tmp_path, store_url=(tmp_path / "blobs").as_uri())
    with serving(cwd=tmp_path, **given_by(settings)) as server:
        try:
            go_through(server, make_read_only, {"database"}, "UNAVAILABLE")
        finally:
            chattr("-i", *files)
        assert faults_in(settings) == []
    note(read_only=1, half_done=0, restarts=0)
