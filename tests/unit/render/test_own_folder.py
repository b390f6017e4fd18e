"""The folder of one renderer in the system's temporary one, next to those of others, living and dead."""

import os
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

from server.render.own_folder import OwnFolder, remove_abandoned


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_folder_is_made_when_asked_for_and_for_its_user_alone(temporary: Path) -> None:
    own = OwnFolder()
    own.remove()
    assert names(temporary) == set()
    path = own.path()
    assert own.path() == path
    assert path.stat().st_mode & 0o777 == 0o700
    assert names(temporary) == {path.name, f"{path.name}.lock"}
    (path / "cells").mkdir()
    (path / "cells" / "x").write_bytes(b"x")
    own.remove()
    assert names(temporary) == set()
    assert own.path() != path
    own.remove()


def test_folders_in_use_stay(temporary: Path) -> None:
    first, second = OwnFolder(), OwnFolder()
    kept = {first.path().name, second.path().name}
    remove_abandoned()
    assert kept < names(temporary)
    first.remove()
    assert names(temporary) == {second.path().name, f"{second.path().name}.lock"}
    second.remove()


def test_folders_of_metrics_are_kept_and_removed_likewise(temporary: Path) -> None:
    own = OwnFolder("metrics")
    path = own.path()
    assert path.name.startswith("nbinsight-metrics-")
    (temporary / "nbinsight-metrics-dead").mkdir()
    (temporary / "nbinsight-metrics-dead.lock").touch()
    remove_abandoned()
    assert names(temporary) == {path.name, f"{path.name}.lock"}
    own.remove()
    assert names(temporary) == set()


def test_a_folder_whose_lock_nobody_holds_is_abandoned(temporary: Path) -> None:
    for name in ("nbinsight-render-a", "nbinsight-render-b"):
        (temporary / f"{name}.lock").touch()
    (temporary / "nbinsight-render-a").mkdir()
    (temporary / "nbinsight-render-a" / "x").write_bytes(b"x")
    remove_abandoned()
    assert names(temporary) == set()


def test_what_others_put_there_is_left_alone(temporary: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_bytes(b"kept")
    (temporary / "nbinsight-render-link.lock").symlink_to(precious / "file")
    os.link(precious / "file", temporary / "nbinsight-render-hard.lock")
    (temporary / "nbinsight-render-full.lock").write_bytes(b"words")
    (temporary / "nbinsight-render-folder.lock").mkdir()
    (temporary / "nbinsight-render-elsewhere.lock").touch()
    (temporary / "nbinsight-render-elsewhere").symlink_to(precious)
    (temporary / "nbinsight-other").mkdir()
    before = names(temporary)
    remove_abandoned()
    assert names(temporary) == before
    assert (precious / "file").read_bytes() == b"kept"


def test_a_lock_that_another_start_takes_first_is_given_up_for_another(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = FileLock(temporary / "nbinsight-render-1.lock", timeout=0)
    taken.acquire()
    numbers = iter(("1", "2"))

    class Number:
        def __init__(self) -> None:
            self.hex = next(numbers)

    monkeypatch.setattr("server.render.own_folder.uuid4", Number)
    own = OwnFolder()
    assert own.path() == temporary / "nbinsight-render-2"
    own.remove()
    assert names(temporary) == {"nbinsight-render-1.lock"}
    taken.release()
