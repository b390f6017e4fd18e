"""What a folder of blobs promises besides what every store does (R1, R2)."""

import asyncio
import errno
import os
import resource
import stat
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.stores.folder import FolderStore
from tests.contract.stores import ABSENT, CONTENT, DIGEST, files_in, folder, path_of, root

__all__ = ["folder", "root"]

Patch = pytest.MonkeyPatch


def everything_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


async def test_a_folder_holds_a_file_per_blob_and_nothing_else(folder: FolderStore, root: Path) -> None:
    await asyncio.gather(*(folder.put(CONTENT) for _ in range(20)))
    await folder.check()
    assert files_in(root) == [root / DIGEST[:2] / DIGEST[2:]]


async def test_a_folder_is_its_owners_alone_whatever_the_umask(root: Path) -> None:
    umask = os.umask(0)
    try:
        store = FolderStore(root)
        await store.put(CONTENT)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(path_of(root, DIGEST).stat().st_mode) == 0o600
    assert [stat.S_IMODE(path.stat().st_mode) for path in (root, root / "tmp", root / DIGEST[:2])] == [0o700] * 3


async def test_a_large_file_is_not_read_into_memory(folder: FolderStore, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    with source.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    tracemalloc.start()
    try:
        digest = await folder.put_file(source)
        async with folder.local_file(digest) as path:
            assert path.stat().st_size == 64 * 1024 * 1024
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 4 * 1024 * 1024


async def test_bytes_are_there_for_another_process_and_after_a_restart(folder: FolderStore, root: Path) -> None:
    other = FolderStore(root)
    await folder.put(CONTENT)
    assert [await store.get(DIGEST) for store in (other, FolderStore(root))] == [CONTENT] * 2


def failing(number: int) -> Callable[..., None]:
    """Return a function of the system that always fails with that error."""

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def recorded(monkeypatch: Patch, root: Path) -> list[str]:
    """Have fsync and rename note what they are called on."""
    calls: list[str] = []
    fsync, rename = os.fsync, os.replace

    def noted_fsync(descriptor: int) -> None:
        known = [folder for folder in (root, path_of(root, DIGEST).parent) if os.path.samestat(folder.stat(), os.fstat(descriptor))]
        calls.append("fsync " + ("root" if known == [root] else "shard" if known else "file"))
        fsync(descriptor)

    def noted_rename(source: Path, target: Path) -> None:
        calls.append("rename")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_rename)
    return calls


async def test_a_blob_is_durable_before_its_name_and_its_name_before_the_answer(
    folder: FolderStore, root: Path, monkeypatch: Patch
) -> None:
    path_of(root, DIGEST).parent.mkdir()
    calls = recorded(monkeypatch, root)
    await folder.put(CONTENT)
    assert calls == ["fsync file", "rename", "fsync shard", "fsync root"]
    calls.clear()
    await folder.put(CONTENT)
    assert calls == ["fsync file", "fsync shard"], "whoever put it first may not have needed it durable"
    calls.clear()
    await FolderStore(root).put(CONTENT)  # to this one, the shard is what another process may have just made
    assert calls == ["fsync file", "fsync shard", "fsync root"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("function", ["fsync", "replace"])
async def test_a_fault_leaves_nothing_half_visible(folder: FolderStore, root: Path, monkeypatch: Patch, function: str, number: int) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, function, failing(number))
        with pytest.raises(OSError, match=os.strerror(number)):
            await folder.put(CONTENT)
    assert files_in(root) == []
    assert await folder.get(DIGEST) is None
    assert await folder.put(CONTENT) == DIGEST
    assert await folder.get(DIGEST) == CONTENT


async def test_a_folder_whose_fsync_fails_is_synced_again_at_the_next_try(folder: FolderStore, root: Path, monkeypatch: Patch) -> None:
    fsync = os.fsync

    def fail_on_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            failing(errno.EIO)()
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail_on_folders)
        for _ in range(2):  # the second time the bytes are there already, and still nobody may be told so
            with pytest.raises(OSError, match=os.strerror(errno.EIO)):
                await folder.put(CONTENT)
    assert files_in(root) == [path_of(root, DIGEST)]  # whole, as content-addressed bytes always are
    calls = recorded(monkeypatch, root)
    assert await folder.put(CONTENT) == DIGEST
    assert calls == ["fsync file", "fsync shard", "fsync root"]


@contextmanager
def room_for(size_bytes: int) -> Iterator[None]:
    """Let the kernel refuse to make any file longer, in the middle of a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("by_file", [False, True], ids=["put", "put_file"])
async def test_a_write_that_fails_half_way_leaves_nothing_behind(folder: FolderStore, root: Path, tmp_path: Path, *, by_file: bool) -> None:
    large = b"x" * 3_000_000
    source = tmp_path / "upload"
    source.write_bytes(large)
    await folder.put(CONTENT)
    with room_for(0):
        assert await folder.put(CONTENT) == DIGEST
    with room_for(1_500_000), pytest.raises(OSError, match="File too large"):
        await (folder.put_file(source) if by_file else folder.put(large))
    assert files_in(root) == [path_of(root, DIGEST)]
    assert await folder.get(DIGEST) == CONTENT
    digest = await (folder.put_file(source) if by_file else folder.put(large))
    assert await folder.get(digest) == large


async def test_a_folder_that_cannot_be_written_fails_its_check_with_the_reason(folder: FolderStore, root: Path, monkeypatch: Patch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(errno.ENOSPC))
        with pytest.raises(OSError, match=f"The blob store {root} cannot be written: No space left on device") as caught:
            await folder.check()
    assert caught.value.errno == errno.ENOSPC
    assert files_in(root) == []
    await folder.check()


@pytest.fixture
def remount(root: Path) -> Callable[[], object]:
    """Take a store's disk away, leaving the empty folder it was mounted on; return what brings it back."""
    away = root.with_name("away")
    root.rename(away)
    root.mkdir()
    return lambda: away.replace(root)


async def test_a_folder_whose_disk_is_gone_is_unreachable(folder: FolderStore, root: Path, remount: Callable[[], object]) -> None:
    with pytest.raises(OSError, match=f"The blob store {root} cannot be written: No such file"):
        await folder.check()
    for call in (folder.get(DIGEST), folder.has(DIGEST), folder.put(CONTENT)):
        with pytest.raises(OSError, match=f"The blob store {root} is not there"):
            await call
    assert is_empty(root)
    remount()
    await folder.check()
    assert await folder.put(CONTENT) == DIGEST


async def test_a_blob_that_cannot_be_read_is_an_error_and_not_absent(folder: FolderStore, root: Path) -> None:
    path_of(root, DIGEST).mkdir(parents=True)
    with pytest.raises(OSError, match="Is a directory"):
        await folder.get(DIGEST)


async def test_the_first_write_removes_temporary_files_older_than_an_hour(folder: FolderStore, root: Path) -> None:
    await folder.put(CONTENT)
    old, young = root / "tmp" / "old", root / "tmp" / "young"
    for path, age_seconds in ((old, 3700), (young, 3500), (path_of(root, DIGEST), 1_000_000)):
        path.touch()
        os.utime(path, (time.time() - age_seconds,) * 2)
    before = files_in(root)
    store = FolderStore(root)
    assert await store.get(DIGEST) == CONTENT
    assert [blob.digest async for blob in store.walk()] == [DIGEST]
    assert files_in(root) == before, "who only looks changes nothing"
    await store.delete("0" * 64)
    assert files_in(root) == sorted([path_of(root, DIGEST), young])
    old.touch()
    os.utime(old, (time.time() - 3700,) * 2)
    await FolderStore(root).put(CONTENT + b"!")
    assert not old.exists()


async def test_a_copy_without_its_empty_folders_is_read_as_it_is(folder: FolderStore, root: Path) -> None:
    await folder.put(CONTENT)
    (root / "tmp").rmdir()
    before = everything_in(root)
    copy = FolderStore(root)
    assert (await copy.get(DIGEST), await copy.get(ABSENT), await copy.has(ABSENT)) == (CONTENT, None, False)
    async with copy.local_file(DIGEST) as path:
        assert path.read_bytes() == CONTENT
    assert [blob.digest async for blob in copy.walk()] == [DIGEST]
    assert everything_in(root) == before
    await copy.delete(ABSENT)
    await copy.put(CONTENT + b"!")
    assert await copy.get(DIGEST) == CONTENT


def test_a_folder_that_cannot_be_made_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"):
        FolderStore(tmp_path / "file" / "blobs")
