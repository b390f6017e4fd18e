"""What every blob store promises (R1, R2, R10), and what a folder promises besides."""

import asyncio
import errno
import hashlib
import logging
import os
import resource
import stat
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.render.ports import Blobs
from server.stores.folder import FolderStore
from server.stores.memory import MemoryStore
from server.stores.opening import open_store
from server.stores.port import BlobStore

Patch = pytest.MonkeyPatch
Log = pytest.LogCaptureFixture

CONTENT = b'{"cells": []}'
DIGEST = hashlib.sha256(CONTENT).hexdigest()
ABSENT = hashlib.sha256(b"never stored").hexdigest()
NO_DIGESTS = ["", "../../etc/passwd", "..%2f" * 12 + "abcd", DIGEST.upper(), DIGEST[:-1], DIGEST + "\n", "/" + DIGEST[1:], "." * 64]


@dataclass(frozen=True)
class Subject:
    """A store, and a way to damage what it holds behind its back."""

    store: BlobStore
    damage: Callable[[str, bytes], object]


def path_of(root: Path, digest: str) -> Path:
    return root / digest[:2] / digest[2:]


def files_in(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "blobs"


@pytest.fixture
def folder(root: Path) -> FolderStore:
    return FolderStore(root)


@pytest.fixture(params=["folder", "memory"])
def subject(request: pytest.FixtureRequest, root: Path) -> Subject:
    if request.param == "folder":
        return Subject(FolderStore(root), lambda digest, content: path_of(root, digest).write_bytes(content))
    memory = MemoryStore()
    return Subject(memory, memory.blobs.__setitem__)


@pytest.fixture
def store(subject: Subject) -> BlobStore:
    return subject.store


def test_a_store_is_what_the_render_room_asks_for(store: BlobStore) -> None:
    blobs: Blobs = store  # mypy is the judge
    assert blobs is store


@pytest.mark.parametrize("content", [CONTENT, b"", bytes(range(256)) * 5000], ids=["small", "empty", "1.3 MB"])
async def test_bytes_come_back_under_their_sha256(store: BlobStore, content: bytes) -> None:
    digest = await store.put(content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert await store.get(digest) == content
    assert await store.has(digest)
    await store.check()


async def test_putting_the_same_bytes_again_gives_the_same_digest(store: BlobStore) -> None:
    assert [await store.put(CONTENT), await store.put(CONTENT)] == [DIGEST, DIGEST]
    assert await store.get(DIGEST) == CONTENT


async def test_what_was_never_put_is_absent(store: BlobStore) -> None:
    assert await store.get(ABSENT) is None
    assert not await store.has(ABSENT)
    with pytest.raises(FileNotFoundError):
        await store.local_file(ABSENT).__aenter__()


async def test_deleted_bytes_are_absent_and_may_be_deleted_again(store: BlobStore) -> None:
    await store.put(CONTENT)
    await store.put(b"another")
    await store.delete(DIGEST)
    await store.delete(DIGEST)
    assert await store.get(DIGEST) is None
    assert await store.get(hashlib.sha256(b"another").hexdigest()) == b"another"


@pytest.mark.parametrize("damaged", [b"", CONTENT[:-1], CONTENT + b"\0", b"[" + CONTENT[1:]])
async def test_damaged_bytes_are_never_returned_and_are_logged_once(subject: Subject, damaged: bytes, caplog: Log) -> None:
    store = subject.store
    await store.put(CONTENT)
    subject.damage(DIGEST, damaged)
    for _ in range(2):
        assert await store.get(DIGEST) is None
        with pytest.raises(FileNotFoundError):
            await store.local_file(DIGEST).__aenter__()
    assert await store.has(DIGEST)
    (record,) = caplog.records
    assert (record.name, record.levelno, DIGEST in record.getMessage()) == ("server.stores", logging.ERROR, True)


@pytest.mark.parametrize("by_file", [False, True], ids=["put", "put_file"])
async def test_putting_bytes_again_heals_damage(subject: Subject, tmp_path: Path, caplog: Log, *, by_file: bool) -> None:
    store = subject.store
    source = tmp_path / "upload"
    source.write_bytes(CONTENT)
    for _ in range(2):
        await store.put(CONTENT)
        subject.damage(DIGEST, b"x" * len(CONTENT))
        assert await store.get(DIGEST) is None
        await (store.put_file(source) if by_file else store.put(CONTENT))
        assert await store.get(DIGEST) == CONTENT
    assert len(caplog.records) == 2  # damage after healing is news


async def test_a_file_is_kept_and_stays_the_callers(store: BlobStore, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(CONTENT)
    assert await store.put_file(source) == DIGEST
    assert source.read_bytes() == CONTENT
    source.write_bytes(b"changed afterwards")
    assert await store.get(DIGEST) == CONTENT
    with pytest.raises(FileNotFoundError):
        await store.put_file(tmp_path / "nothing")


async def test_twenty_writers_of_the_same_bytes_and_readers_between_agree(store: BlobStore, tmp_path: Path) -> None:
    content = CONTENT * 10_000
    digest = hashlib.sha256(content).hexdigest()
    source = tmp_path / "upload"
    source.write_bytes(content)
    writers = [store.put(content) if turn % 2 else store.put_file(source) for turn in range(20)]
    *digests, seen = await asyncio.gather(*writers, store.get(digest))
    assert digests == [digest] * 20
    assert seen in {None, content}
    assert await store.get(digest) == content


async def test_a_local_file_holds_the_bytes_and_outlives_its_loan_only_if_the_store_owns_it(store: BlobStore) -> None:
    await store.put(CONTENT)
    async with store.local_file(DIGEST) as path:
        assert path.is_absolute()
        assert path.read_bytes() == CONTENT
    assert path.exists() == isinstance(store, FolderStore)
    assert await store.get(DIGEST) == CONTENT


async def test_a_temporary_local_file_goes_when_its_borrower_fails() -> None:
    store = MemoryStore()
    await store.put(CONTENT)
    loan = store.local_file(DIGEST)
    path = await loan.__aenter__()
    assert not await loan.__aexit__(RuntimeError, RuntimeError(), None)
    assert not path.parent.exists()


@pytest.mark.parametrize("name", NO_DIGESTS)
async def test_a_name_that_is_no_digest_is_refused(store: BlobStore, name: str) -> None:
    for refused in (store.get, store.has, store.delete):
        with pytest.raises(ValueError, match="64 lower-case hex digits"):
            await refused(name)
    with pytest.raises(ValueError, match="64 lower-case hex digits"):
        await store.local_file(name).__aenter__()


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


async def test_opening_a_folder_removes_temporary_files_older_than_an_hour(folder: FolderStore, root: Path) -> None:
    await folder.put(CONTENT)
    old, young = root / "tmp" / "old", root / "tmp" / "young"
    for path, age_seconds in ((old, 3700), (young, 3500), (path_of(root, DIGEST), 1_000_000)):
        path.touch()
        os.utime(path, (time.time() - age_seconds,) * 2)
    FolderStore(root)
    assert files_in(root) == sorted([path_of(root, DIGEST), young])


async def test_each_store_opens_by_its_address(tmp_path: Path) -> None:
    root = tmp_path / "a folder, 100 % ours"
    await open_store(root.as_uri()).put(CONTENT)
    assert files_in(root) == [path_of(root, DIGEST)]
    assert isinstance(open_store("memory://"), MemoryStore)


@pytest.mark.parametrize("url", ["s3://user:hunter2@bucket/path", "", "blobs", "FTP://example.org"])
def test_an_address_of_no_store_is_refused_with_those_that_exist_and_without_its_secrets(url: str) -> None:
    with pytest.raises(ValueError, match="The stores are `file:///FOLDER` and `memory://`") as caught:
        open_store(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["file:blobs", "file://blobs", "file://host/blobs", "file:///blobs?x=1", "file:///blobs#x"])
def test_a_folder_without_an_absolute_path_of_this_machine_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="three slashes"):
        open_store(url)


def test_a_folder_that_cannot_be_made_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"):
        FolderStore(tmp_path / "file" / "blobs")
